"""The model of one account, written from the rules alone: quotes and their effects (RULES §4, §5.1)."""

from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

from tests.model.lots import Grant, Refused
from tests.model.months import months_after
from tests.model.periods import KEEP_PURCHASED_MONTHS, Charge, Periods, Price

QUOTE_SECONDS = 1800


@dataclass(frozen=True)
class Pack:
    id: str
    credits: int
    amount_minor: int


@dataclass
class Quote:
    kind: str
    due_minor: int
    before: int
    after: int
    effective_at: int
    computed_from: tuple[object, ...]
    until: int
    request: tuple[str, str | None, int] = ("", None, 1)
    target: Price | None = None
    credits: int = 0
    allowance_left: int = 0
    order: str | None = None


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


@dataclass
class Account(Periods):
    prices: dict[str, Price] = field(default_factory=dict)
    packs: dict[str, Pack] = field(default_factory=dict)
    changes: int = 0  # confirmed changes of plan, for the abuse search

    @classmethod
    def open(
        cls,
        now: int,
        zone: str,
        prices: dict[str, Price],
        packs: dict[str, Pack],
        price: str | None = None,
        anchor: int | None = None,
    ) -> "Account":
        account = cls(now=now, zone=zone, prices=prices, packs=packs)
        if price is not None:
            account.take(prices[price].amount_minor)
            account.begin(prices[price], now if anchor is None else anchor, prices[price].amount_minor)
        return account

    def admit(self) -> None:
        if self.status in ("suspended", "canceled"):
            raise Refused("account_closed")

    # operator
    def grant(
        self, source: str, credits: int, starts_in: int | None = None, ends_in: int | None = None
    ) -> dict[str, object]:
        self.catch_up()
        starts = self.now + (starts_in or 0)
        ends = None if ends_in is None else self.now + ends_in
        if source not in ("promotion", "adjustment") or credits < 1 or (ends is not None and ends <= starts):
            raise Refused("invalid")
        if self.purged:
            raise Refused("purged")
        self.add_grant(source, credits, starts, ends, "operator")
        return {"credits": credits}

    # quotes
    def kind_of_change(self, target: Price) -> str:
        _, price = self.current()
        if self.status in ("past_due", "suspended"):
            return "move_to_zero" if target.amount_minor == 0 else "refused"
        if target.id == price.id:
            return "refused"
        if price.amount_minor == 0:
            return "start_paid" if target.amount_minor else "downgrade"
        if price.interval == target.interval:
            dearer = target.amount_minor > price.amount_minor
            same = target.amount_minor == price.amount_minor and target.credits >= price.credits
            return "upgrade" if dearer or same else "downgrade"
        if price.interval == "month" and target.amount_minor and target.credits >= 12 * price.credits:
            return "to_annual"
        return "downgrade"

    def quote(self, kind: str, target: str | None = None, quantity: int = 1) -> Quote:
        self.catch_up()
        quote = self.make_quote(kind, target, quantity)
        quote.request = (kind, target, quantity)
        return quote

    def make_quote(self, kind: str, target: str | None, quantity: int) -> Quote:
        if kind == "buy":
            if self.status in ("suspended", "canceled"):
                raise Refused("choose_a_plan_first")
            pack = self.packs[str(target)]
            credits = pack.credits * quantity
            return self.stored("buy", pack.amount_minor * quantity, self.available + credits, credits=credits)
        if self.undecided():
            raise Refused("charge_in_progress")
        if kind == "pay_overdue":
            return self.quote_overdue()
        if kind == "cancel":
            if self.status != "active" or self.cancel or self.period is None:
                raise Refused("nothing_to_cancel")
            return self.at_boundary("cancel", None)
        price = self.prices[str(target)]
        if kind == "reactivate":
            if self.status not in ("canceled", "suspended"):
                raise Refused("not_canceled")
            return self.quote_new_period("reactivate", price, price.amount_minor)
        if self.period is None or self.status not in ("active", "past_due", "suspended"):
            raise Refused("no_subscription")
        change = self.kind_of_change(price)
        if change == "refused":
            raise Refused("not_possible")
        if change == "upgrade":
            return self.quote_upgrade(price)
        if change == "downgrade":
            if self.scheduled == price and not self.cancel:
                raise Refused("scheduled_already")
            return self.at_boundary("downgrade", price)
        return self.quote_new_period(change, price, max(0, price.amount_minor - self.unused_minor(change)))

    def stored(self, kind: str, due_minor: int, after: int, **more: object) -> Quote:
        until = self.now + QUOTE_SECONDS
        quote = Quote(kind, due_minor, self.available, after, self.now, self.facts(kind), until)
        for name, value in more.items():
            setattr(quote, name, value)
        return quote

    def facts(self, kind: str) -> tuple[object, ...]:
        if kind == "buy":  # a pack is computed from the period and the card alone
            return (self.row, self.period.step if self.period is not None else None, self.card_serial)
        where = (self.row, self.period.step, self.period.settled) if self.period is not None else None
        return (self.price, where, self.status, self.scheduled, self.cancel, self.card_serial)

    def quote_upgrade(self, target: Price) -> Quote:
        period, price = self.current()
        share = Fraction(period.ends - self.now, period.ends - period.starts)
        due = half_up(target.amount_minor * share) - half_up(price.amount_minor * share)
        credits = max(0, ceil((target.credits - period.most_held) * share))
        return self.stored("upgrade", due, self.available + credits, target=target, credits=credits)

    def unused_minor(self, change: str) -> int:
        """What the rest of the paid monthly period is worth on the way to an annual one (RULES §4.5)."""
        if change != "to_annual":
            return 0
        period, price = self.current()
        time_left = Fraction(period.ends - self.now, period.ends - period.starts)
        most = period.most_held
        credits_left = Fraction(self.remaining_of("allowance"), most) if most else time_left
        worth = floor(price.amount_minor * min(time_left, credits_left))
        return max(0, min(period.paid_minor, worth))

    def quote_new_period(self, kind: str, target: Price, due_minor: int) -> Quote:
        left = self.remaining_of("allowance")
        fresh = target.credits - min(target.credits, self.debt())
        if target.amount_minor == 0:
            fresh = target.credits if self.zero_again() else 0
        return self.stored(kind, due_minor, self.available - left + fresh, target=target, allowance_left=left)

    def quote_overdue(self) -> Quote:
        if self.status != "past_due":
            raise Refused("nothing_overdue")
        assert self.price is not None
        advance = self.advance_of_period()
        used = advance.spent + advance.held if advance is not None else 0
        older = sum(self.owed_of(g) for g in self.unpaid_advances if g is not advance)
        credits = max(0, self.price.credits - used - older)
        return self.stored("pay_overdue", self.price.amount_minor, self.available + credits)

    def at_boundary(self, kind: str, target: Price | None) -> Quote:
        """Credits just before and just after the period's end, as if nothing more were spent."""
        assert self.period is not None
        at = self.period.ends
        coming = [(g, g.remaining if g.begun else g.amount) for g in self.grants.values() if not g.ended]
        before = sum(n for g, n in coming if g.starts < at and (g.ends is None or g.ends >= at))
        after = sum(n for g, n in coming if g.starts <= at and (g.ends is None or g.ends > at))
        quote = self.stored(kind, 0, after + (target.credits if target is not None else 0), target=target)
        quote.before, quote.effective_at = before, at
        return quote

    # confirming
    def confirm(self, quote: Quote) -> dict[str, object]:
        if quote.order not in (None, "declined"):
            return {"order": quote.order}
        self.catch_up()
        if self.now >= quote.until:
            raise Refused("quote_expired")
        if quote.kind != "buy" and self.undecided():
            raise Refused("charge_in_progress")
        if quote.computed_from != self.facts(quote.kind):
            self.quote(*quote.request)  # the fresh one; where it is refused, that is the answer
            raise Refused("quote_stale")
        if quote.due_minor and self.card is None:
            raise Refused("payment_method_required")
        quote.order = self.take(quote.due_minor, quote)
        if quote.order == "succeeded":
            self.changes += 1
            self.effect(quote)
        return {"order": quote.order}

    def still_possible(self, charge: Charge) -> bool:
        if charge.quote.kind in ("buy", "reactivate"):
            return True
        if charge.quote.kind == "pay_overdue" and self.status != "past_due":
            return False  # paid meanwhile, or suspended: then only a new period can be paid
        return charge.period is self.period

    def decide_order(self, charge: Charge, success: bool) -> None:
        quote: Quote = charge.quote
        quote.order = "declined" if not success else "refunded"
        if success and self.still_possible(charge):
            quote.order, self.changes = "succeeded", self.changes + 1
            self.taken_minor += charge.amount_minor
            self.effect(quote)

    def act(self, number: int, outcome: str) -> dict[str, object]:
        """The customer answers the bank's question about the order that was the `number`th to have one."""
        self.catch_up()
        charge = self.waiting[number]
        if charge not in self.open_charges:
            raise Refused("conflict")
        self.decide(charge, outcome == "authenticated")
        return {"order": charge.quote.order}

    def effect(self, quote: Quote) -> None:
        target = quote.target
        if quote.kind == "buy":
            self.add_grant("purchase", quote.credits, self.now, None, "pack")
        elif quote.kind == "cancel":
            assert self.period is not None
            self.cancel, self.kept_until = True, months_after(self.period.ends, KEEP_PURCHASED_MONTHS, self.zone)
        elif quote.kind == "pay_overdue":
            assert self.period is not None
            self.period.paid_minor += quote.due_minor
            self.settle()
        elif quote.kind == "downgrade":
            self.scheduled, self.cancel = target, False
        elif quote.kind == "upgrade":
            assert target is not None
            period, _ = self.current()
            self.price, self.scheduled, self.cancel = target, None, False
            period.paid_minor += quote.due_minor
            period.most_held = max(period.most_held, target.credits)
            self.add_grant("allowance", quote.credits, self.now, period.ends, "upgrade")
        else:
            assert target is not None
            spent_since = max(0, quote.allowance_left - self.remaining_of("allowance"))
            self.begin(target, self.now, quote.due_minor, spent_since if quote.kind == "to_annual" else 0)

    def change(
        self,
        kind: str,
        target: str | None = None,
        quantity: int = 1,
        delay: int = 0,
        spend: int = 0,
        key: str = "",
    ) -> dict[str, object]:
        """Quote, let time pass and credits be spent, confirm, and confirm once more."""
        quote = self.quote(kind, target, quantity)
        seen: dict[str, object] = {"due_now": quote.due_minor, "before": quote.before, "after": quote.after}
        seen["effective_at"] = quote.effective_at
        if delay:
            self.advance(delay)
        if spend:
            try:
                self.spend(key, spend)
                seen["spend"] = "taken"
            except Refused as refused:
                seen["spend"] = refused.code
        try:
            seen.update(self.confirm(quote))
        except Refused as refused:
            seen["order"] = refused.code
        return seen

    def undo(self) -> dict[str, object]:
        self.catch_up()
        if self.scheduled is None:
            raise Refused("nothing_scheduled")
        self.scheduled = None
        return {}

    def resume(self) -> dict[str, object]:
        self.catch_up()
        if not self.cancel:
            raise Refused("nothing_to_resume")
        self.cancel = False
        return {}

    def use_card(self, card: str) -> dict[str, object]:
        self.card, self.card_serial = card, self.card_serial + 1
        return {}

    def play(self, operation: dict[str, object]) -> dict[str, object]:
        """Do one operation of a life; a refusal is an answer too."""
        wanted = {name: value for name, value in operation.items() if name != "op"}
        try:
            answer: dict[str, object] = getattr(self, str(operation["op"]))(**wanted)
        except Refused as refused:
            answer = {"refused": refused.code}
        self.check()
        return answer

    def state(self) -> dict[str, object]:
        """What the account looks like from outside after a balance read."""
        self.catch_up()
        self.check()
        period = self.period if self.status in ("active", "past_due") else None
        price = self.price if period is not None else None
        grants = sorted(self.outline(g) for g in self.live() if g.remaining or g.held)
        return {
            "available": self.available,
            "held": self.held(),
            "allowance": self.remaining_of("allowance"),
            "promotion": self.remaining_of("promotion", "adjustment"),
            "purchased": self.remaining_of("purchase", "recharge"),
            "grants": grants,
            "status": self.status,
            "price": price.id if price is not None else None,
            "period": [period.index, period.starts, period.ends] if period is not None else None,
            "scheduled": self.scheduled.id if self.scheduled is not None else None,
            "cancel_at": period.ends if period is not None and self.cancel else None,
        }

    @staticmethod
    def outline(grant: Grant) -> tuple[str, int, int, int]:
        return (grant.source, grant.ends or 0, grant.remaining, grant.held)
