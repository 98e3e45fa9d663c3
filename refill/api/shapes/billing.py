"""Subscriptions, quotes, orders, invoices and cards."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import ConfigDict, Field, model_validator

from refill.api.shapes.ledger import Balance
from refill.api.shapes.parts import E164, IdText, In, Instant, Money, Out, Quantity, id_or_none, money, words
from refill.domain import ids
from refill.domain.payments import CardFace
from refill.domain.records import AddOnKind, BalanceRead
from refill.queries.cards import CardRow
from refill.queries.orders import ChargeRow, OrderRow
from refill.queries.quotes import QuoteRow
from refill.queries.subscriptions import BoundaryRow, PeriodRow, SubscriptionRow

SandboxCard = Literal[
    "visa_ok", "declined", "declined_final", "needs_action", "unknown_then_ok", "unknown_then_declined",
    "processing_then_ok",
]  # fmt: skip

TO_BE = "pm_"
CardToBe = Annotated[str, Field(pattern=f"^{TO_BE}({'|'.join(get_args(SandboxCard))})$")]


class Period(Out):
    """One half-open stretch [starts_at, ends_at)."""

    id: str
    index: int
    starts_at: Instant
    ends_at: Instant
    state: Annotated[str, words("current", "past", "skipped")]
    price: str
    credits: int
    paid: str

    @classmethod
    def of(cls, row: PeriodRow) -> Period:
        return cls(
            id=ids.encode("per", row.id), index=row.index, starts_at=row.starts_at, ends_at=row.ends_at,
            state=row.state, price=ids.encode("price", row.price_id), credits=row.credits, paid=row.paid,
        )  # fmt: skip


class ScheduledChange(Out):
    price: str
    effective_at: Instant


class NextCharge(Out):
    at: Instant
    amount: Money


class Subscription(Out):
    """What an account is on. `next_charge` is seen by those who may see prices: the next renewal; past due, what is
    owed and when it is tried again, null where nothing is tried until there is another card."""

    id: str
    status: Annotated[str, words("trialing", "active", "past_due", "suspended", "canceled")]
    price: str
    plan: str
    plan_name: str
    interval: Annotated[str, words("month", "year")]
    current_period: Period | None
    anchor: Instant
    scheduled_change: ScheduledChange | None
    cancel_at: Instant | None
    next_charge: NextCharge | None

    @classmethod
    def of(cls, row: SubscriptionRow, *, sees_money: bool) -> Subscription:
        charge = row.next_charge if sees_money else None
        return cls(
            id=ids.encode("sub", row.id), status=row.status, price=ids.encode("price", row.price_id),
            plan=ids.encode("plan", row.plan_id), plan_name=row.plan_name, interval=row.interval,
            current_period=Period.of(row.current_period) if row.current_period else None, anchor=row.anchor_at,
            scheduled_change=ScheduledChange(
                price=ids.encode("price", row.scheduled[0]), effective_at=row.scheduled[1]
            ) if row.scheduled else None,
            cancel_at=row.cancel_at,
            next_charge=NextCharge(at=charge.at, amount=money(charge.amount_minor, charge.currency))
            if charge else None,
        )  # fmt: skip


class Boundary(Out):
    """The start of a period to come; without a price, the end of the subscription."""

    index: int
    at: Instant
    kind: Literal["renewal", "end"]
    price: str | None
    credits: int

    @classmethod
    def of(cls, row: BoundaryRow) -> Boundary:
        return cls(
            index=row.index, at=row.at, kind="end" if row.price_id is None else "renewal",
            price=id_or_none("price", row.price_id), credits=row.credits,
        )  # fmt: skip


class CalendarAddress(Out):
    """A secret address, shown once; none when it is revoked."""

    url: str | None


class ChangePlan(In):
    price: IdText


class BuyCredits(In):
    pack: IdText
    quantity: Quantity = 1


class AddNumber(In):
    """A place for a further number; or, with `number`, a number of the carrier's, in a free place if there is one."""

    quantity: Quantity = 1
    number: E164 | None = None
    inbox: IdText | None = None


class AddSeats(In):
    quantity: Quantity


class RemoveAddOn(In):
    kind: AddOnKind
    quantity: Quantity = 1


class Cancel(In):
    """Nothing more is asked."""


class Reactivate(In):
    price: IdText


class PayOverdue(In):
    """`new_period` begins one now instead of paying for the rest of this one, both at full price."""

    new_period: Annotated[bool, Field(strict=True)] = False


KINDS = (
    "add_number", "add_seats", "buy_credits", "cancel", "change_plan", "pay_overdue", "reactivate", "remove_add_on",
)  # fmt: skip


class QuoteIn(In):
    """Exactly one change, and the card to pay it with (the default card, where none is named)."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"oneOf": [{"required": [kind]} for kind in KINDS]})

    change_plan: ChangePlan | None = None
    buy_credits: BuyCredits | None = None
    add_number: AddNumber | None = None
    add_seats: AddSeats | None = None
    remove_add_on: RemoveAddOn | None = None
    cancel: Cancel | None = None
    reactivate: Reactivate | None = None
    pay_overdue: PayOverdue | None = None
    payment_method: IdText | None = None

    @model_validator(mode="after")
    def _one_change(self) -> QuoteIn:
        if len(self.kinds()) != 1:
            raise ValueError("exactly one change is needed: one of " + ", ".join(KINDS))
        return self

    def kinds(self) -> list[str]:
        return [name for name in KINDS if getattr(self, name) is not None]


class Line(Out):
    description: str
    amount: Money
    working: str


class Recurring(Out):
    amount: Money
    interval: str
    next_at: str


class QuotedGrant(Out):
    """A grant before and after; one that is yet to be made has no id."""

    id: str | None
    source: str
    before: int
    after: int
    lost: int
    ends_at: str | None
    note: str


class QuotedCredits(Out):
    grants: list[QuotedGrant]
    before: int
    after: int


def _lines(rows: list[dict[str, Any]], currency: str) -> list[Line]:
    return [
        Line(description=row["description"], amount=money(row["amount_minor"], currency), working=row["working"])
        for row in rows
    ]


def _utc(text: str | None) -> str | None:
    return None if text is None else text.replace("+00:00", "Z")


class Quote(Out):
    """A stored offer with its exact consequences."""

    id: str
    kind: str
    title: str
    effective_at: Instant
    lines: list[Line]
    tax: Money
    due_now: Money
    recurring: Recurring | None
    credits: QuotedCredits
    warnings: list[str]
    payment_method: str | None
    created_at: Instant
    expires_at: Instant
    order: str | None

    @classmethod
    def of(cls, row: QuoteRow) -> Quote:
        offer, recurring = row.offer, row.offer["recurring"]
        return cls(
            id=ids.encode("quo", row.id), kind=row.kind, title=offer["title"], effective_at=row.effective_at,
            lines=_lines(offer["lines"], row.currency), tax=money(offer["tax_minor"], row.currency),
            due_now=money(row.due_now_minor, row.currency),
            recurring=Recurring(
                amount=money(recurring["amount_minor"], row.currency), interval=recurring["interval"],
                next_at=_utc(recurring["next_at"]) or "",
            ) if recurring else None,
            credits=QuotedCredits(
                grants=[
                    QuotedGrant(
                        id=id_or_none("gra", move["id"]), source=move["source"], before=move["before"],
                        after=move["after"], lost=move["lost"], ends_at=_utc(move["ends_at"]), note=move["note"],
                    ) for move in offer["grants"]
                ],
                before=offer["before"], after=offer["after"],
            ),
            warnings=offer["warnings"], payment_method=id_or_none("pm", row.payment_method),
            created_at=row.created_at, expires_at=row.expires_at, order=id_or_none("ord", row.order_id),
        )  # fmt: skip


class Charge(Out):
    """One intent to take money."""

    id: str
    state: Annotated[str, words("created", "sent", "succeeded", "declined", "needs_action", "unknown")]
    amount: Money
    decline_code: str | None
    payment_method: str | None
    created_at: Instant

    @classmethod
    def of(cls, row: ChargeRow) -> Charge:
        return cls(
            id=ids.encode("chg", row.id), state=row.state, amount=money(row.amount_minor, row.currency),
            decline_code=row.decline_code or None, payment_method=id_or_none("pm", row.payment_method_id),
            created_at=row.created_at,
        )  # fmt: skip


class Order(Out):
    """An accepted quote; `subscription` and `balance` are as they are now."""

    id: str
    kind: str
    status: Annotated[str, words("succeeded", "processing", "needs_action", "declined", "refunded")]
    amount: Money
    quote: str | None
    charges: list[Charge]
    action_url: str | None
    invoice: str | None
    subscription: Subscription | None
    balance: Balance
    created_at: Instant

    @classmethod
    def of(cls, row: OrderRow, subscription: SubscriptionRow | None, balance: BalanceRead) -> Order:
        return cls(
            id=ids.encode("ord", row.id), kind=row.kind, status=row.status,
            amount=money(row.amount_minor, row.currency), quote=id_or_none("quo", row.quote_id),
            charges=[Charge.of(charge) for charge in row.charges], action_url=row.action_url,
            invoice=id_or_none("inv", row.invoice_id),
            subscription=Subscription.of(subscription, sees_money=True) if subscription else None,
            balance=Balance.of(balance), created_at=row.created_at,
        )  # fmt: skip


class ActionIn(In):
    """What the customer did at the provider's, in the sandbox."""

    outcome: Literal["authenticated", "failed"]


class CardIn(In):
    """A card of the sandbox."""

    sandbox: SandboxCard


class CardChange(In):
    default: Annotated[bool, Field(strict=True)] | None = None
    recharge: Annotated[bool, Field(strict=True)] | None = None
    backup: Annotated[bool, Field(strict=True)] | None = None


class Card(Out):
    """A card that the provider keeps."""

    id: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    default: bool
    recharge: bool
    backup: bool
    created_at: Instant

    @classmethod
    def of(cls, row: CardRow) -> Card:
        return cls(
            id=ids.encode("pm", row.id), brand=row.brand, last4=row.last4, exp_month=row.exp_month,
            exp_year=row.exp_year, default=row.is_default, recharge=row.is_recharge, backup=row.is_backup,
            created_at=row.created_at,
        )  # fmt: skip

    @classmethod
    def to_be(cls, card: str, seen: CardFace, now: datetime) -> Card:
        """A sandbox card that no account keeps yet."""
        return cls(
            id=f"{TO_BE}{card}", brand=seen.brand, last4=seen.last4, exp_month=seen.exp_month, exp_year=seen.exp_year,
            default=False, recharge=False, backup=False, created_at=now,
        )  # fmt: skip


class SetupPage(Out):
    """Where a card is entered."""

    url: str


class Removed(Out):
    id: str
    removed: Literal[True] = True
