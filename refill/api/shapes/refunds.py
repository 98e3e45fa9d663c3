"""Refunds and disputes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from refill.api.shapes.parts import IdText, In, Instant, Money, MoneyIn, NoCardNumber, Out, id_or_none, money, words
from refill.domain import ids
from refill.domain.refunds import RefundOffer
from refill.queries.refunds import DisputeRow, RefundRow


class RefundIn(In):
    """What to give back of an order's payment. `customer`: the rule decides the sum, and the credits go. `operator`:
    any sum up to what was paid, all that is left where none is named; `keep_credits` leaves the credits.

    With `preview` nothing happens; its `mark` sent with the real one makes sure that exactly that is done."""

    order: IdText
    reason: Literal["customer", "operator"]
    amount: MoneyIn | None = None
    keep_credits: Annotated[bool, Field(strict=True)] = False
    preview: Annotated[bool, Field(strict=True)] = False
    mark: Annotated[str, Field(strict=True, min_length=32, max_length=32, pattern="^[0-9a-f]{32}$")] | None = None
    note: Annotated[str, Field(strict=True, max_length=500), NoCardNumber] = ""


class TakenCredits(Out):
    """Credits taken back of a grant."""

    grant: str
    credits: int


class Refund(Out):
    """A giving back, or the preview of one: then it has no id, and a `mark`. `pending`: the provider is being asked."""

    id: str | None
    status: Annotated[str, words("preview", "pending", "succeeded")]
    order: str
    reason: Annotated[str, words("customer", "operator")]
    amount: Money
    tax: Money
    working: str
    credits: list[TakenCredits]
    available_after: int | None
    warnings: list[str]
    mark: str | None
    credit_note: str | None
    created_at: Instant | None

    @classmethod
    def offered(cls, offer: RefundOffer) -> Refund:
        return cls(
            id=None, status="preview", order=ids.encode("ord", offer.order_id), reason=offer.reason,
            amount=money(offer.amount_minor, offer.currency), tax=money(offer.tax_minor, offer.currency),
            working=offer.working, credits=_taken(offer.takes), available_after=offer.available_after,
            warnings=list(offer.warnings), mark=offer.mark, credit_note=None, created_at=None,
        )  # fmt: skip

    @classmethod
    def of(cls, row: RefundRow) -> Refund:
        return cls(
            id=ids.encode("ref", row.id), status="succeeded" if row.is_settled else "pending",
            order=ids.encode("ord", row.order_id), reason=row.reason, amount=money(row.amount_minor, row.currency),
            tax=money(row.tax_minor, row.currency), working=row.working,
            credits=_taken([(grant, credits) for grant, credits in row.grants]), available_after=None, warnings=[],
            mark=None, credit_note=ids.encode("cn", row.credit_note_id), created_at=row.created_at,
        )  # fmt: skip


def _taken(rows: list[tuple[int, int]] | tuple[tuple[int, int], ...]) -> list[TakenCredits]:
    return [TakenCredits(grant=ids.encode("gra", grant), credits=credits) for grant, credits in rows]


class DisputeIn(In):
    """Play a customer's bank, in test mode: it takes back an order's payment, or a part of it."""

    order: IdText
    amount: MoneyIn | None = None
    fee: Annotated[int, Field(strict=True, ge=0, le=1_000_000)] = 0


class DisputeEnd(In):
    """What the bank decided."""

    won: Annotated[bool, Field(strict=True)]


class DisputedCredits(Out):
    """Of one grant: what was unspent and taken, and what was used and is owed."""

    grant: str
    taken: int
    owed: int


class Dispute(Out):
    """A customer's bank takes money back. `fee` is what the provider keeps for it."""

    id: str
    order: str
    reference: str
    state: Annotated[str, words("open", "won", "lost")]
    amount: Money
    fee: Money
    credits: list[DisputedCredits]
    credit_note: str | None
    opened_at: Instant
    closed_at: Instant | None

    @classmethod
    def of(cls, row: DisputeRow) -> Dispute:
        return cls(
            id=ids.encode("dis", row.id), order=ids.encode("ord", row.order_id), reference=row.reference,
            state=row.state, amount=money(row.amount_minor, row.currency), fee=money(row.fee_minor, row.currency),
            credits=[
                DisputedCredits(grant=ids.encode("gra", one["grant"]), taken=one["taken"], owed=one["owed"])
                for one in row.grants
            ],
            credit_note=id_or_none("cn", row.credit_note_id), opened_at=row.opened_at, closed_at=row.closed_at,
        )  # fmt: skip
