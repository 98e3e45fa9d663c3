"""The periods half of the model: boundaries, renewals, declines and the clock (RULES §3, §4.7, §9.4)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.model.lots import Grant, Lots, Refused
from tests.model.months import add_months, instant_of, months_after, wall_of

DAY_SECONDS = 86_400
TRY_DAYS = (0, 1, 3, 5, 7, 10, 14)
KEEP_PURCHASED_MONTHS = 12
ASK_SECONDS, ACTION_SECONDS = 5, DAY_SECONDS
READ_ONLY_SECONDS = 30 * DAY_SECONDS
BOUGHT = ("purchase", "recharge")
MONTHS = {"month": 1, "year": 12}


@dataclass(frozen=True)
class Price:
    id: str
    interval: str
    amount_minor: int
    credits: int

    def advance(self) -> int:
        """10 % of one month's credits, rounded down."""
        return self.credits // (10 * MONTHS[self.interval])


# a card: what it answers at first, and when asked later
CARDS = {
    "visa_ok": ("succeeded", True), "declined": ("declined", False), "declined_final": ("declined", False),
    "needs_action": ("needs_action", False), "unknown_then_ok": ("processing", True),
    "unknown_then_declined": ("processing", False), "processing_then_ok": ("processing", True),
}  # fmt: skip


@dataclass
class Period:
    index: int | None  # None once the interval changed on the same anchor: how it is numbered is not said
    step: int
    starts: int
    ends: int
    state: str = "current"
    settled: str = ""  # paid, zero, due, unpaid; "" for a skipped one
    price: Price | None = None
    paid_minor: int = 0
    most_held: int = 0
    zone_moved: bool = False
    billed: bool = False


@dataclass(eq=False)
class Charge:
    """An undecided one: of a quote's order, or (no quote) of a renewal."""

    card: str
    amount_minor: int
    quote: Any
    period: Period | None
    ask_at: int | None
    lapses_at: int | None


@dataclass
class Periods(Lots):
    zone: str = "UTC"
    card: str | None = "visa_ok"
    card_serial: int = 0
    status: str | None = None
    price: Price | None = None
    anchor: datetime = datetime(2026, 1, 1)
    offset_months: int = 0  # from the anchor to where the present interval began to be counted
    base_step: int = 0
    first: int = 0
    row: int = 0  # which subscription row
    period: Period | None = None
    history: list[Period] = field(default_factory=list)
    scheduled: Price | None = None
    cancel: bool = False
    canceled_at: int | None = None
    kept_until: int | None = None  # how long bought credits outlive the plan; counted when it is canceled
    purged: bool = False
    last_paid: bool = False
    taken_minor: int = 0
    unpaid_advances: list[Grant] = field(default_factory=list)
    tries: int = 0
    retry_at: int | None = None
    tried_card: int | None = None
    refused_card: int | None = None
    open_charges: list[Charge] = field(default_factory=list)
    waiting: list[Charge] = field(default_factory=list)  # all orders that ever waited for the customer
    zero_granted_at: int | None = None

    def current(self) -> tuple[Period, Price]:
        assert self.period is not None
        assert self.price is not None
        return self.period, self.price

    # boundaries
    def boundary(self, step: int) -> int:
        assert self.price is not None
        if step == 0:
            return self.first
        months = self.offset_months + (step - self.base_step) * MONTHS[self.price.interval]
        return instant_of(add_months(self.anchor, months), self.zone)

    def begin(self, price: Price, anchor: int, paid_minor: int, less_credits: int = 0) -> None:
        """A new subscription row; the one before, and its period, end now."""
        if self.period is not None and self.period.state == "current":
            self.period.state, self.period.ends = "past", min(self.period.ends, self.now)
        for grant in self.live():
            if grant.source == "allowance":
                self.end_grant(grant)
        self.price, self.status, self.first, self.anchor = price, "active", anchor, wall_of(anchor, self.zone)
        self.offset_months = self.base_step = 0
        self.scheduled, self.cancel, self.canceled_at, self.row = None, False, None, self.row + 1
        self.kept_until, self.purged = None, False
        for grant in self.live():
            if grant.source in BOUGHT:
                grant.ends = None
        self.tries, self.retry_at, self.refused_card = 0, None, None
        step = 0
        while self.boundary(step + 1) <= self.now:
            step += 1
        self.enter(Period(step, step, self.boundary(step), self.boundary(step + 1), price=price))
        assert self.period is not None
        self.period.paid_minor = paid_minor
        if price.amount_minor:
            self.settle(less_credits)
        else:
            self.period.settled, self.last_paid = "zero", False
            if self.zero_again():
                self.grant_zero()

    def enter(self, period: Period) -> None:
        assert self.price is not None
        self.period, period.most_held = period, self.price.credits
        self.history.append(period)

    def zero_again(self) -> bool:
        last = self.zero_granted_at
        return last is None or months_after(last, 1, self.zone) <= self.now

    def grant_zero(self) -> None:
        period, price = self.current()
        self.zero_granted_at = self.now
        self.add_grant("allowance", price.credits, self.now, period.ends, "zero")

    def catch_up(self) -> None:
        """What a spend, hold or balance read does by itself at or after a boundary: credits, no charge."""
        super().catch_up()
        while self.period and self.status in ("active", "past_due") and self.period.ends <= self.now:
            self.roll(self.period)

    def roll(self, old: Period) -> None:
        old.state = "skipped" if old.settled in ("due", "") else "past"
        if old.settled in ("due", "unpaid"):
            self.last_paid = False
        if self.cancel or old.settled == "unpaid":
            if self.cancel:
                self.end_plan(old.ends)
            else:
                self.status = "suspended"
            self.scheduled, self.cancel, self.period, self.retry_at = None, False, None, None
            return
        index = old.index
        if self.scheduled is not None:
            assert self.price is not None
            if self.scheduled.interval != self.price.interval:
                self.offset_months += (old.step + 1 - self.base_step) * MONTHS[self.price.interval]
                self.base_step, index = old.step + 1, None
            self.price, self.scheduled = self.scheduled, None
        assert self.price is not None
        ends = self.boundary(old.step + 2)
        new = Period(None if index is None else index + 1, old.step + 1, old.ends, ends, price=self.price)
        self.enter(new)
        if new.ends <= self.now:
            new.state = "skipped"
        elif self.price.amount_minor == 0:
            new.settled, self.last_paid = "zero", False
            self.grant_zero()
        else:
            new.settled = "due"
            if self.last_paid:
                self.add_grant("allowance", self.price.advance(), self.now, new.ends, "advance")

    def end_plan(self, at: int) -> None:
        """Bought credits now end, some months later; a grant with all of it spent too, should some come back to it."""
        self.status, self.canceled_at = "canceled", at
        for grant in self.grants.values():
            if grant.source in BOUGHT and not grant.ended:
                grant.ends = self.kept_until
        self.turn_grants()

    def late(self) -> bool:
        """A renewal is due and the worker has not been there."""
        period = self.period if self.status == "active" else None
        return period is not None and period.settled == "due" and not period.billed

    # renewal charges
    def advance_of_period(self) -> Grant | None:
        live = [g for g in self.live() if g.cause == "advance"]
        return live[-1] if live else None

    def debt(self) -> int:
        """Advance credits used in periods that were never paid."""
        return sum(self.owed_of(g) for g in self.unpaid_advances)

    @staticmethod
    def owed_of(grant: Grant) -> int:
        """What comes back after it was made up for is lost, as it is with any grant that has ended."""
        return max(0, grant.spent + grant.held - grant.deducted)

    def deduct_debt(self, credits: int) -> int:
        for grant in self.unpaid_advances:
            taken = min(credits, self.owed_of(grant))
            grant.deducted, credits = grant.deducted + taken, credits - taken
        return credits

    def settle(self, less_credits: int = 0) -> None:
        """The charge of the current period settled: what is not yet there of its allowance is granted."""
        period, price = self.current()
        advance = self.advance_of_period()
        credits = price.credits - less_credits
        if advance is not None:
            credits -= advance.remaining + advance.held + advance.spent
            advance.closed = False
            self.unpaid_advances = [g for g in self.unpaid_advances if g is not advance]
        credits = self.deduct_debt(max(0, credits))
        period.settled, self.last_paid, self.status = "paid", True, "active"
        self.tries, self.retry_at, self.refused_card = 0, None, None
        self.add_grant("allowance", credits, self.now, period.ends, "period")

    def take(self, amount_minor: int, quote: Any = None) -> str:
        """Charge the card: succeeded, declined, or a state that is decided later."""
        state = CARDS[str(self.card)][0] if amount_minor else "succeeded"
        if state == "succeeded":
            self.taken_minor += amount_minor
        elif state in ("processing", "needs_action"):
            ask_at = self.now + ASK_SECONDS if state == "processing" else None
            lapses_at = self.now + ACTION_SECONDS if state == "needs_action" else None
            charge = Charge(str(self.card), amount_minor, quote, self.period, ask_at, lapses_at)
            self.open_charges.append(charge)
            if quote is not None and state == "needs_action":
                self.waiting.append(charge)
        return state

    def decide(self, charge: Charge, success: bool) -> None:
        """The outcome of an undecided charge. What came too late is given back in full (RULES §4.11)."""
        self.open_charges.remove(charge)
        if charge.quote is not None:
            self.decide_order(charge, success)
        elif charge.period is not self.period or charge.period is None:
            return
        elif not success:
            self.fail_renewal(charge.card)
        elif charge.period.settled in ("due", "unpaid"):
            self.taken_minor += charge.amount_minor
            charge.period.paid_minor += charge.amount_minor
            self.settle()

    def decide_order(self, charge: Charge, success: bool) -> None:
        raise AssertionError("only a whole account decides about its orders")

    def undecided(self) -> bool:
        """A charge of the subscription is undecided, or a renewal is due and not yet charged (RULES §4.11)."""
        of_plan = any(charge.quote is None or charge.quote.kind != "buy" for charge in self.open_charges)
        return of_plan or self.late()

    def try_renewal(self) -> None:
        period, price = self.current()
        period.billed, self.retry_at = True, None
        if self.refused_card == self.card_serial:
            self.fail_renewal("declined_final")
            return
        self.tried_card = self.card_serial
        state = self.take(price.amount_minor)
        if state == "succeeded":
            period.paid_minor += price.amount_minor
            self.settle()
        elif state == "declined":
            self.fail_renewal(str(self.card))

    def fail_renewal(self, card: str) -> None:
        period, _ = self.current()
        if card == "declined_final":
            self.refused_card = self.tried_card
        advance = self.advance_of_period()
        if period.settled == "due":
            period.settled, self.status = "unpaid", "past_due"
            if advance is not None:
                self.close_advance(advance)
                self.unpaid_advances.append(advance)
        while self.tries < len(TRY_DAYS) and period.starts + TRY_DAYS[self.tries] * DAY_SECONDS <= self.now:
            self.tries += 1  # tries missed while the worker was down fall together
        if self.tries == len(TRY_DAYS):
            self.status, self.retry_at = "suspended", None
        else:
            self.retry_at = period.starts + TRY_DAYS[self.tries] * DAY_SECONDS

    # the clock
    def work(self) -> None:
        """Everything that the worker would do now."""
        self.catch_up()
        if self.late():
            self.try_renewal()
        for charge in [c for c in self.open_charges if c.ask_at is not None and c.ask_at <= self.now]:
            self.decide(charge, CARDS[charge.card][1])
        for charge in [c for c in self.open_charges if c.lapses_at is not None and c.lapses_at <= self.now]:
            self.decide(charge, False)
        if self.retry_at is not None and self.retry_at <= self.now:
            self.try_renewal()
        purge_at = self.purge_at()
        if purge_at is not None and purge_at <= self.now:
            self.purged, self.card, self.card_serial = True, None, self.card_serial + 1

    def purge_at(self) -> int | None:
        return None if self.canceled_at is None or self.purged else self.canceled_at + READ_ONLY_SECONDS

    def dues(self) -> list[int]:
        found = [g.starts for g in self.grants.values() if not g.begun]
        found += [g.ends for g in self.grants.values() if not g.ended and g.ends is not None]
        found += [h.expires for h in self.holds.values() if h.open]
        found += [grace for g in self.grants.values() if (grace := self.grace_end(g)) is not None]
        if self.period is not None:
            found.append(self.period.ends)
        if self.retry_at is not None:
            found.append(self.retry_at)
        found += [at for c in self.open_charges for at in (c.ask_at, c.lapses_at) if at is not None]
        if (purge_at := self.purge_at()) is not None:
            found.append(purge_at)
        return [due for due in found if due > self.now]

    def advance(self, seconds: int, work: bool = True) -> dict[str, object]:
        """Move the clock; with a worker, everything due on the way happens at its own instant."""
        to = self.now + seconds
        if work:
            self.work()
            while dues := [due for due in self.dues() if due <= to]:
                self.now = min(dues)
                self.work()
        self.now = to
        if work:
            self.work()
        return {}

    def move_zone(self, zone: str) -> dict[str, object]:
        """The wall clock stays, future boundaries move; once a period (RULES §3.7)."""
        self.catch_up()
        if zone == self.zone:
            return {}
        if self.period is not None and self.now < self.period.ends:
            if self.period.zone_moved:
                raise Refused("zone_moved")
            self.period.zone_moved = True
        self.zone = zone
        return {}
