"""A search for sequences of actions that cheat (RULES §4.6), inside the model.

Checked after every action, with n = confirmed changes so far, exact fractions throughout:

1. due_now >= 0 for every quote, and the sum taken never falls.
2. worth * (used + left - free - lent) <= taken for plans + n * (worth + 1), where
   used = credits spent of any grant but purchases; left = live allowance, held or not;
   free = all that zero-price plans granted;
   lent = the largest renewal advance ever granted: one for the whole life, however often a renewal fails;
   worth = the least that the catalogue asks for one more credit: the smallest of price / credits over the
   paid prices and of (dearer - cheaper) / (more - fewer) over pairs at one interval.
   n * (worth + 1) is the rounding: one credit and one minor unit a change.
   In the catalogue LEVEL every credit costs 3.5 everywhere, so there the inequality has no other slack.
3. Allowance of zero-price plans is granted at most once in a calendar month.
4. Purchased credits obtained are exactly packs paid x their credits.
5. Detours: upgrading through a third price with no more credits, all at one instant, costs to the minor unit
   what going there directly costs, and grants at most one credit more (`detours`).
"""

from collections.abc import Iterator
from copy import deepcopy
from fractions import Fraction
from itertools import pairwise, permutations
from random import Random

from tests.model.lots import Refused
from tests.model.months import months_after, seconds_of
from tests.model.periods import Price
from tests.model.reference import Account, Pack


def catalogue(*prices: Price) -> dict[str, Price]:
    return {price.id: price for price in prices}


FREE = Price("free", "month", 0, 50)
LEVEL = catalogue(
    FREE,
    Price("growth", "month", 3500, 1000),
    Price("large", "month", 8750, 2500),
    Price("growth_year", "year", 42000, 12000),
    Price("large_year", "year", 105000, 30000),
)
SLOPED = catalogue(
    FREE,
    Price("growth", "month", 3500, 1000),
    Price("seats", "month", 4000, 800),
    Price("large", "month", 7500, 2500),
    Price("growth_year", "year", 35000, 12000),
    Price("large_year", "year", 75000, 30000),
)
PACKS = {"pack": Pack("pack", 1000, 4000)}
Action = tuple[str, object]
ACTIONS: tuple[Action, ...] = (
    *(("change_plan", price) for price in SLOPED),
    ("spend", Fraction(1)), ("spend", Fraction(1, 2)), ("hold", Fraction(1, 2)), ("release", None),
    ("wait", Fraction(1, 2)), ("wait", "last second"), ("wait", "boundary"), ("wait", "20 days"),
    ("wait", "undecided"), ("card", "declined"), ("card", "visa_ok"), ("pay_overdue", None),
    ("reactivate", "growth"), ("cancel", None), ("resume", None), ("undo", None), ("buy", "pack"),
)  # fmt: skip

# use everything, let the renewal fail, use the advance, and come back by a new period
UNPAID_ADVANCE: tuple[Action, ...] = (
    ("spend", Fraction(1)), ("card", "declined"), ("wait", "undecided"), ("spend", Fraction(1)),
    ("wait", "20 days"), ("card", "visa_ok"), ("reactivate", "growth"),
)  # fmt: skip


class Cheated(AssertionError):
    """A sequence that got more than it paid for."""


def least_worth(prices: list[Price]) -> Fraction:
    found = [Fraction(p.amount_minor, p.credits) for p in prices if p.amount_minor and p.credits]
    for cheap in prices:
        for dear in prices:
            more = dear.credits - cheap.credits
            if cheap.interval == dear.interval and dear.amount_minor > cheap.amount_minor and more > 0:
                found.append(Fraction(dear.amount_minor - cheap.amount_minor, more))
    return min(found)


def start(prices: dict[str, Price], price: str) -> Account:
    return Account.open(seconds_of("2026-01-31T14:00:00Z"), "America/New_York", prices, PACKS, price)


def act(account: Account, action: Action, name: str) -> bool:
    """Do one action; False when it is refused or does nothing."""
    verb, what = action
    if verb == "change_plan" and what not in account.prices:
        return False
    try:
        if verb in ("change_plan", "reactivate", "cancel", "pay_overdue", "buy"):
            answer = account.change(verb, None if what is None else str(what))
            if int(str(answer["due_now"])) < 0:
                raise Cheated(f"due {answer['due_now']}")
            return answer["order"] == "succeeded"
        if verb == "spend" or verb == "hold":
            assert isinstance(what, Fraction)
            account.catch_up()
            credits = int(account.available * what)
            account.spend(name, credits) if verb == "spend" else account.hold(name, credits, 10 * 86_400)
        elif verb == "release":
            for key in [key for key, hold in account.holds.items() if hold.open]:
                account.release(key)
        elif verb == "card":
            account.use_card(str(what))
        elif what == "undecided":  # to the boundary; the renewal's outcome comes with the next wait
            account.advance(0)
            account.advance(seconds_to_wait(account, "boundary"), work=False)
        elif verb == "wait":
            account.advance(seconds_to_wait(account, what))
        else:
            account.play({"op": verb})
    except Refused:
        return False
    return True


def seconds_to_wait(account: Account, what: object) -> int:
    if what == "20 days" or account.period is None or account.period.ends <= account.now:
        return 20 * 86_400
    left = account.period.ends - account.now
    if isinstance(what, Fraction):
        return max(1, int(left * what))
    return left if what == "boundary" else max(1, left - 1)


def check(account: Account, taken_before: int) -> None:
    account.check()
    if account.taken_minor < taken_before:
        raise Cheated("money came back")
    grants = list(account.grants.values())
    packs = sum(g.amount for g in grants if g.source == "purchase") // PACKS["pack"].credits
    for_plans = account.taken_minor - packs * PACKS["pack"].amount_minor
    bought = [g for g in grants if g.source == "purchase"]
    if any(g.amount != PACKS["pack"].credits for g in bought) or for_plans < 0:
        raise Cheated("purchased credits without a settled charge")
    zero = sorted(g.starts for g in grants if g.cause == "zero")
    if any(months_after(a, 1, account.zone) > b for a, b in pairwise(zero)):
        raise Cheated("free allowance twice in a month")
    used = sum(g.spent for g in grants if g.source != "purchase")
    left = sum(g.remaining + (g.held if not g.ended else 0) for g in grants if g.source == "allowance")
    free = sum(g.amount for g in grants if g.cause == "zero")
    lent = max((g.amount for g in grants if g.cause == "advance"), default=0)
    got = used + left - free - lent
    worth = least_worth(list(account.prices.values()))
    if got * worth > for_plans + account.changes * (worth + 1):
        raise Cheated(f"{got} credits for {for_plans} minor units after {account.changes} changes")


def walk(account: Account, actions: list[Action]) -> int:
    """Do the actions in order, checking after each; the number that took effect."""
    done = 0
    for number, action in enumerate(actions):
        before = account.taken_minor
        try:
            done += act(account, action, f"{number}-{account.now}")
            check(account, before)
        except Cheated as cheated:
            raise Cheated(f"{cheated}: {actions[: number + 1]}") from cheated
    return done


def search(account: Account, depth: int, path: tuple[Action, ...] = ()) -> Iterator[tuple[Action, ...]]:
    """Every sequence of effective actions up to `depth`, each extended from a copy of the one before."""
    for action in ACTIONS if depth else ():
        after = deepcopy(account)
        try:
            if not act(after, action, f"{len(path)}"):
                continue
            check(after, account.taken_minor)
        except Cheated as cheated:
            raise Cheated(f"{cheated}: {(*path, action)}") from cheated
        yield (*path, action)
        yield from search(after, depth - 1, (*path, action))


def wander(seed: int, length: int) -> int:
    """One long random sequence; every second seed is drawn to what a cheat would do."""
    random = Random(seed)
    prices = random.choice([LEVEL, SLOPED])
    actions: list[Action] = [random.choice(ACTIONS) for _ in range(length)]
    if seed % 2:
        actions = [step for action in actions for step in (*UNPAID_ADVANCE, action)][:length]
    return walk(start(prices, random.choice(list(prices))), actions)


def detours(prices: dict[str, Price]) -> Iterator[tuple[str, int, int]]:
    """For each way a-b-c of upgrades at one instant: what it costs and grants beyond going a-c directly."""
    for a, b, c in permutations(prices, 3):
        if prices[b].credits > prices[c].credits:
            continue  # the credits of b were paid for on the way
        for waited in (1, 86_400, 1_234_567, 2_419_199):
            direct, through = start(prices, a), start(prices, a)
            for account, path in ((direct, (c,)), (through, (b, c))):
                account.advance(waited)
                kinds = [account.kind_of_change(prices[path[0]])]
                for price in path:
                    kinds = [*kinds, account.kind_of_change(prices[price])]
                    account.change("change_plan", price)
                if set(kinds) != {"upgrade"}:
                    break
            else:
                money = through.taken_minor - direct.taken_minor
                yield f"{a} {b} {c} {waited}", money, through.available - direct.available
