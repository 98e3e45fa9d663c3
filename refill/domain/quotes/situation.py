"""All that a quote is computed from, as plain records."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from refill.domain.calendars import Interval
from refill.domain.policies import Policy
from refill.domain.records import AddOnKind
from refill.domain.taxes import NO_TAX, Tax

# States of an account that can be read, and not spent from.
CLOSED = ("canceled", "purged", "suspended")


@dataclass(frozen=True, slots=True)
class PriceFacts:
    """One price of the catalogue. `credits` are those of a whole period."""

    id: int
    plan_id: int
    plan_name: str
    interval: Interval
    credits: int
    amount_minor: int
    currency: str
    seats: int
    numbers: int
    withdrawn: bool = False

    @property
    def label(self) -> str:
        """Growth 1,000; Growth 12,000 a year."""
        return f"{self.plan_name} {self.credits:,}" + (" a year" if self.interval == "year" else "")

    @property
    def is_free(self) -> bool:
        return self.amount_minor == 0


@dataclass(frozen=True, slots=True)
class PackFacts:
    id: int
    credits: int
    amount_minor: int
    currency: str
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class GrantFacts:
    """A grant that is not used up. `left` is spendable; held credits count as spent in every rule of §4."""

    id: int
    source: str
    period_id: int | None
    left: int
    held: int
    started: bool
    ends_at: datetime | None
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class PeriodFacts:
    """The current period. Shares are seconds left of [starts_at, full_ends_at)."""

    id: int
    index: int
    starts_at: datetime
    ends_at: datetime
    full_ends_at: datetime
    paid: str
    paid_minor: int
    most_held: int


@dataclass(frozen=True, slots=True)
class SubscriptionFacts:
    id: int
    status: str
    price: PriceFacts
    period: PeriodFacts | None
    cancel_at: datetime | None
    scheduled: PriceFacts | None
    coming: PriceFacts | None = None

    @property
    def next_price(self) -> PriceFacts:
        """What the next period is sold at: `coming` is as it is stored, an announced change of price included."""
        return self.coming or self.scheduled or self.price


@dataclass(frozen=True, slots=True)
class PaidExtras:
    """So many extras of one kind that one order paid for in the current period, from `since` on (None: for all of it).
    A price of `lines_minor` was charged as `total_minor`, tax included; `most_minor` of it can still go back."""

    order_id: int
    quantity: int
    since: datetime | None
    lines_minor: int
    total_minor: int
    most_minor: int

    @property
    def left_minor(self) -> int:
        """What of the lines has not gone back."""
        return self.most_minor * self.lines_minor // self.total_minor if self.total_minor else 0


@dataclass(frozen=True, slots=True)
class AddOnFacts:
    """Paid extras of one kind: `quantity` now, `at_renewal` after removals; `in_use` by the account, which may keep
    them `elsewhere` and is then taken to use all that it pays for. `paid`: by which payments of the period, newest
    first; what was given back in whole is not paid for."""

    kind: AddOnKind
    quantity: int
    at_renewal: int
    in_use: int
    paid: tuple[PaidExtras, ...] = ()
    elsewhere: bool = False

    @property
    def left_minor(self) -> int:
        """What of the lines of all its payments has not gone back."""
        return sum(one.left_minor for one in self.paid)


@dataclass(frozen=True, slots=True)
class OverdueFacts:
    """The renewal that was not paid: its order, its lines' sum, and what its payment will still grant: the period's
    credits less what its own advance gave, and older ones of unpaid periods."""

    order_id: int
    period_id: int
    description: str
    amount_minor: int
    credits: int
    advance_used: int = 0
    older_advances: int = 0


@dataclass(frozen=True, slots=True)
class CardFacts:
    id: int
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """An account at one instant (whole seconds), under one policy version.

    `numbers_held` are phone numbers that are kept here; `phone_taken`: the one asked for is somebody's already.
    `advance_owed` is what was used of advances whose period was never paid: the next paid allowance is less by it,
    or credits would be had that nobody paid for (RULES §4.6). `owed` is settled first from the next grants (§6.3).
    `next_policy` and `next_tax` are those of the next period, where it does not keep these.
    """

    now: datetime
    zone: str
    currency: str
    policy: Policy
    tax: Tax = NO_TAX
    account_status: str
    subscription: SubscriptionFacts | None
    grants: tuple[GrantFacts, ...] = ()
    add_ons: tuple[AddOnFacts, ...] = ()
    overdue: OverdueFacts | None = None
    card: CardFacts | None = None
    free_allowance_at: datetime | None = None
    advance_owed: int = 0
    undecided: bool = False
    numbers_held: int = 0
    phone_taken: bool = False
    prices: dict[int, PriceFacts] = field(default_factory=dict)
    packs: dict[int, PackFacts] = field(default_factory=dict)
    owed: int = 0
    next_policy: Policy | None = None
    next_tax: Tax | None = None

    @property
    def coming_policy(self) -> Policy:
        """The policies of a period that has not begun."""
        return self.next_policy or self.policy

    def add_on(self, kind: AddOnKind) -> AddOnFacts:
        for found in self.add_ons:
            if found.kind == kind:
                return found
        return AddOnFacts(kind, 0, 0, 0)
