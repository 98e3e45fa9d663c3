"""Accounts, clocks, events and estimates."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from refill.api.shapes.billing import TO_BE, CardIn, CardToBe, Order, SandboxCard, Subscription
from refill.api.shapes.ledger import Allowance
from refill.api.shapes.parts import (
    Currency,
    IdText,
    In,
    Instant,
    InstantIn,
    Name,
    Out,
    Paging,
    id_or_none,
    is_none,
    words,
)
from refill.domain import ids
from refill.domain.errors import Invalid
from refill.domain.events import KINDS, name_data
from refill.domain.records import BalanceRead
from refill.queries.accounts import AccountRow
from refill.queries.clocks import ClockRow
from refill.queries.events import EventRow
from refill.queries.subscriptions import SubscriptionRow

Zone = Annotated[str, Field(strict=True, min_length=1, max_length=64, examples=["America/New_York"])]
Email = Annotated[str, Field(strict=True, min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]


class OwnerIn(In):
    email: Email
    name: Name


class AccountIn(In):
    """A paying customer to be. `anchor` is the instant that periods are counted from: now, or a past one."""

    name: Name
    timezone: Zone
    currency: Currency
    owner: OwnerIn
    price: IdText | None = None
    anchor: InstantIn | None = None
    test_clock: IdText | None = None
    payment_method: CardIn | SandboxCard | CardToBe | None = None
    trial: Annotated[bool, Field(strict=True)] = False

    @property
    def card(self) -> str | None:
        if isinstance(self.payment_method, CardIn):
            return self.payment_method.sandbox
        return self.payment_method and self.payment_method.removeprefix(TO_BE)


class AccountChange(In):
    name: Name | None = None
    timezone: Zone | None = None


class Account(Out):
    """An account with what it is on. `order` is that of the first charge, where there was one."""

    id: str
    name: str
    timezone: str
    currency: str
    status: Annotated[str, words("active", "incomplete", "past_due", "suspended", "canceled", "purged")]
    livemode: bool
    created_at: Instant
    test_clock: str | None
    subscription: Subscription | None
    allowance: Allowance | None
    order: Annotated[Order | None, Field(exclude_if=is_none)] = None

    @classmethod
    def of(
        cls, row: AccountRow, subscription: SubscriptionRow | None, balance: BalanceRead, *, sees_money: bool,
        order: Order | None = None,
    ) -> Account:  # fmt: skip
        return cls(
            id=ids.encode("acc", row.id), name=row.name, timezone=row.timezone, currency=row.currency,
            status=row.status, livemode=row.livemode, created_at=row.created_at,
            test_clock=id_or_none("clk", row.test_clock_id),
            subscription=Subscription.of(subscription, sees_money=sees_money) if subscription else None,
            allowance=Allowance.of(balance), order=order,
        )  # fmt: skip


class ClockIn(In):
    """A clock that test accounts live by; a running one keeps pace with real time."""

    now: InstantIn
    running: Annotated[bool, Field(strict=True)] = False


class AdvanceIn(In):
    """Move on to an instant; with `work` false as if the worker were down."""

    to: InstantIn
    work: Annotated[bool, Field(strict=True)] = True


class Clock(Out):
    id: str
    now: Instant
    running: bool

    @classmethod
    def of(cls, row: ClockRow) -> Clock:
        return cls(id=ids.encode("clk", row.id), now=row.now, running=row.running)


class EventPaging(Paging):
    """Which events."""

    kind: Literal[*KINDS] | None = None  # type: ignore[valid-type]


class Event(Out):
    """Something that happened; `data` holds ids and facts."""

    id: str
    kind: str
    at: Instant
    data: dict[str, Any]

    @classmethod
    def of(cls, row: EventRow) -> Event:
        return cls(id=ids.encode("evt", row.id), kind=row.kind, at=row.at, data=name_data(row.data))


class EstimateIn(In):
    """A text as it would be sent. `to` is a phone number, whose country decides the rate."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"anyOf": [{"required": ["body"]}, {"required": ["media"]}]}
    )

    body: Annotated[str, Field(strict=True, max_length=10_000)] = ""
    media: Annotated[list[Annotated[str, Field(strict=True, max_length=2_000)]], Field(max_length=10)] = []
    to: Annotated[str, Field(strict=True, max_length=32, pattern=r"^\+[0-9]{4,15}$")] | None = None

    @model_validator(mode="after")
    def _not_empty(self) -> EstimateIn:
        if not self.body and not self.media:
            raise Invalid("An empty text without media cannot be sent.", param="body")
        return self


class Offending(Out):
    """A character outside GSM-7; `index` counts characters from 0."""

    index: int
    character: str
    suggestion: str | None


class Estimate(Out):
    """What a text would cost, and what makes it dear."""

    encoding: Literal["gsm7", "ucs2"]
    parts: int
    characters: int
    units: int
    credits: int
    offending: list[Offending]
