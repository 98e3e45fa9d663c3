"""The main job on given texts: an account of its own on a test clock sends them, over as many months as it takes.

Each text goes the real way: measured (RULES §7.1), priced by the rate card (§7.2), spent once for its key (§2.4).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Literal

from refill.domain import calendars, segments
from refill.domain.errors import Conflict, InsufficientCredits, Invalid
from refill.domain.money import ceil_div
from refill.domain.policies import Policy, rate
from refill.domain.records import Actor, QuoteRequest
from refill.ledger import verify
from refill.models import Order, Pack, Price, Quote, Subscription
from refill.services import accounts, credits, orders, periods
from refill.services.chores import clocks
from refill.services.money import quotes

WhenEmpty = Literal["stop", "wait", "buy", "upgrade"]
WHEN_EMPTY: tuple[WhenEmpty, ...] = ("stop", "wait", "buy", "upgrade")
MODES = ("both", "test")
MOST_A_DAY = 100_000
ACTOR = Actor("replay")
OWNER_EMAIL = "replay@refill.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to replay. `credits` and `interval` name a price of the plan `code`; `starts` is a wall clock in `zone`.

    With a seed, a day has between half and one and a half of `texts_a_day`.
    """

    texts: Sequence[str]
    code: str
    credits: int
    interval: str
    starts: datetime
    zone: str
    texts_a_day: int
    when_empty: WhenEmpty
    seed: int | None = None


@dataclass(slots=True)
class Tally:
    """What has happened so far; credits, texts and parts. `at` is the account's instant."""

    account_id: int
    clock_id: int
    at: datetime
    balance: int = 0
    sent: int = 0
    empty: int = 0
    unsent: int = 0
    parts: int = 0
    spent: int = 0
    encodings: dict[str, int] = field(default_factory=lambda: {"gsm7": 0, "ucs2": 0})
    days: int = 0
    resets: int = 0
    ran_dry: int = 0
    waits: int = 0
    packs: int = 0
    upgrades: int = 0
    ended: str = ""
    mismatches: tuple[verify.Mismatch, ...] = ()


def price_of(code: str, credits_a_period: int, interval: str) -> Price:
    """The price on offer in test mode that is meant. Raises Invalid, naming those that the plan has."""
    offered = Price.objects.filter(plan__code=code, mode__in=MODES, withdrawn_at=None, plan__withdrawn_at=None)
    price = offered.filter(credits=credits_a_period, interval=interval).order_by("amount_minor").first()
    if price is not None:
        return price
    known = [f"{code}:{row.credits}:{row.interval}" for row in offered.order_by("interval", "credits")]
    raise Invalid(
        f"There is no price {code}:{credits_a_period}:{interval}. "
        + (f"On offer: {', '.join(known)}." if known else f"There is no plan {code}."),
        param="plan",
    )


def run(wanted: Wanted, tell: Callable[[Tally], None] = lambda _: None) -> Tally:
    """Send all texts, or as many as `when_empty` allows, then verify; `tell` hears the tally after each text.

    Raises Invalid for a price, zone, start, pace or `when_empty` that cannot be.
    """
    if wanted.when_empty not in WHEN_EMPTY:
        raise Invalid(f"when-empty is one of {', '.join(WHEN_EMPTY)}.", param="when_empty")
    if not 1 <= wanted.texts_a_day <= MOST_A_DAY:
        raise Invalid(f"pace is 1 to {MOST_A_DAY:,} texts a day.", param="pace")
    if not calendars.valid_zone(wanted.zone):
        raise Invalid("Give an IANA time zone, such as America/New_York.", param="zone")
    price = price_of(wanted.code, wanted.credits, wanted.interval)
    starts_at = calendars.local_instant(wanted.starts, wanted.zone)
    clock_id = clocks.create(now=starts_at)
    made = accounts.create(
        actor=ACTOR, name="Replay", timezone=wanted.zone, currency=price.currency, owner_email=OWNER_EMAIL,
        owner_name="Replay", livemode=False, price_id=price.pk, clock_id=clock_id, card="visa_ok",
    )  # fmt: skip
    replay = _Replay(wanted, Tally(made.account_id, clock_id, starts_at), tell)
    replay.play()
    replay.tally.mismatches = tuple(verify.run(made.account_id))
    return replay.tally


class _Replay:
    """One run: days in order, and what is done when credits run out."""

    def __init__(self, wanted: Wanted, tally: Tally, tell: Callable[[Tally], None]) -> None:
        self.wanted, self.tally, self.tell = wanted, tally, tell
        self.account_id = tally.account_id
        self.next = 0
        self.waited_for = -1
        self.chance = Random(wanted.seed) if wanted.seed is not None else None  # noqa: S311
        self.resets_at = credits.balance(account_id=self.account_id).resets_at

    def play(self) -> None:
        day, wait_until = 0, None
        while self.next < len(self.wanted.texts) and not self.tally.ended:
            at = calendars.local_instant(self.wanted.starts + timedelta(days=day), self.wanted.zone)
            if wait_until is None or at >= wait_until:
                self._begin_day(at)
                wait_until = self._send_a_day()
            day += 1
        self.tally.ended = self.tally.ended or "every text was sent"
        self.tally.unsent = len(self.wanted.texts) - self.next
        self.tally.balance = credits.balance(account_id=self.account_id).available

    def _begin_day(self, at: datetime) -> None:
        if at > self.tally.at:
            clocks.advance(clock_id=self.tally.clock_id, to=at)
        self.tally.at, self.tally.days = at, self.tally.days + 1
        balance = credits.balance(account_id=self.account_id)
        self.tally.balance = balance.available
        if balance.resets_at != self.resets_at:
            self.resets_at, self.tally.resets = balance.resets_at, self.tally.resets + 1

    def _send_a_day(self) -> datetime | None:
        """Send a day's texts; the instant to wait for, where they ran into zero and that is what to do."""
        policy = periods.policy_in_force(self.account_id)
        pace = self.wanted.texts_a_day
        count = self.chance.randint(pace - pace // 2, pace + pace // 2) if self.chance else pace
        for _ in range(min(count, len(self.wanted.texts) - self.next)):
            while (short := self._send(policy)) is not None:
                self.tally.ran_dry += 1
                if not self._refill(short):
                    return self._wait()
            self.next += 1
            self.tell(self.tally)
        return None

    def _send(self, policy: Policy) -> InsufficientCredits | None:
        """Send the next text; the refusal, where credits are short. An empty text is refused and costs nothing."""
        measure = segments.measure(self.wanted.texts[self.next])
        tally = self.tally
        if measure.parts == 0:
            tally.empty += 1
            return None
        cost = rate(policy, kind="text", direction="out", country=None, parts=measure.parts)
        if cost:
            try:
                spent = credits.spend(
                    account_id=self.account_id, credits=cost, key=f"replay-{self.next}", kind="text",
                    parts=measure.parts, fingerprint=_fingerprint(self.next, cost, measure.parts),
                    reference=f"text {self.next + 1}",
                )  # fmt: skip
            except InsufficientCredits as short:
                return short
            tally.balance, tally.spent = spent.balance, tally.spent + spent.credits
        tally.sent, tally.parts = tally.sent + 1, tally.parts + measure.parts
        tally.encodings[measure.encoding] += 1
        return None

    def _refill(self, short: InsufficientCredits) -> bool:
        gap = int(short.facts["required"]) - int(short.facts["available"])
        if self.wanted.when_empty == "buy":
            return self._buy(gap)
        return self.wanted.when_empty == "upgrade" and self._upgrade(gap)

    def _wait(self) -> datetime | None:
        """Until the next reset; once for a text, since what a fresh allowance cannot pay none ever will."""
        if self.wanted.when_empty == "stop":
            self.tally.ended = "credits ran out"
        elif self.resets_at is None or self.waited_for == self.next:
            self.tally.ended = f"text {self.next + 1} costs more than a period has"
        else:
            self.waited_for, self.tally.waits = self.next, self.tally.waits + 1
        return self.resets_at

    def _buy(self, gap: int) -> bool:
        """The cheapest way to close the gap with packs of one kind."""
        subscription = periods.live_subscription(self.account_id)
        assert subscription is not None
        packs = Pack.objects.filter(mode__in=MODES, withdrawn_at=None, currency=subscription.price.currency)
        ways = [(ceil_div(gap, pack.credits), pack) for pack in packs]
        if not ways:
            return False
        quantity, pack = min(ways, key=lambda way: (way[0] * way[1].amount_minor, way[1].credits))
        bought = self._order(QuoteRequest(kind="buy_credits", pack_id=pack.pk, quantity=quantity))
        self.tally.packs += quantity if bought else 0
        return bought

    def _upgrade(self, gap: int) -> bool:
        """The cheapest dearer price of the same interval whose share of this period closes the gap."""
        subscription = periods.live_subscription(self.account_id)
        assert subscription is not None
        for price in _dearer(subscription):
            request = QuoteRequest(kind="change_plan", price_id=price.pk)
            quote_id = quotes.create(account_id=self.account_id, actor=ACTOR, request=request)
            offer = Quote.objects.get(account_id=self.account_id, pk=quote_id).offer
            if offer["after"] - offer["before"] >= gap:
                upgraded = self._confirm(quote_id)
                self.tally.upgrades += upgraded
                return upgraded
        return False

    def _order(self, request: QuoteRequest) -> bool:
        return self._confirm(quotes.create(account_id=self.account_id, actor=ACTOR, request=request))

    def _confirm(self, quote_id: int) -> bool:
        order_id = orders.confirm(account_id=self.account_id, quote_id=quote_id, actor=ACTOR, key=f"replay-{quote_id}")
        order = Order.objects.get(account_id=self.account_id, pk=order_id)
        if order.status != Order.Status.SUCCEEDED:
            raise Conflict(f"The order was not paid: it is {order.status}.")
        return True


def _dearer(subscription: Subscription) -> list[Price]:
    price = subscription.price
    offered = Price.objects.filter(mode__in=MODES, withdrawn_at=None, plan__withdrawn_at=None, currency=price.currency)
    dearer = offered.filter(interval=price.interval, amount_minor__gt=price.amount_minor)
    return list(dearer.order_by("amount_minor", "-credits"))


def _fingerprint(index: int, cost: int, parts: int) -> int:
    """63 bits of what the spend is, without its words: entries hold no texts."""
    return int.from_bytes(sha256(f"replay {index} {cost} {parts}".encode()).digest()[:8]) >> 1
