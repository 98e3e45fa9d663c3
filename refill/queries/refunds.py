"""Refunds and disputes, for reading (RULES §9.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F

from refill.domain.errors import Unknown
from refill.models import Dispute, Refund


@dataclass(frozen=True, slots=True)
class RefundRow:
    """`grants` are [grant, credits taken back]; `is_settled`: the provider has given the money back."""

    id: int
    order_id: int
    invoice_id: int
    credit_note_id: int
    reason: str
    amount_minor: int
    tax_minor: int
    currency: str
    grants: list[list[int]]
    note: str
    working: str
    is_settled: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """`grants` hold grant, taken and owed of each."""

    id: int
    order_id: int
    reference: str
    state: str
    amount_minor: int
    fee_minor: int
    currency: str
    grants: list[dict[str, Any]]
    credit_note_id: int | None
    opened_at: datetime
    closed_at: datetime | None


def get(account_id: int, refund_id: int) -> RefundRow:
    """One refund. Raises Unknown."""
    row = _refunds(account_id).filter(pk=refund_id).first()
    if row is None:
        raise Unknown("There is no such refund in this account.")
    return _refund(row)


def newest(account_id: int, *, before: int | None, limit: int) -> list[RefundRow]:
    """Refunds below the id `before`, the newest first."""
    rows = _refunds(account_id)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [_refund(row) for row in rows.order_by("-pk")[:limit]]


def newest_of_order(account_id: int, order_id: int) -> list[RefundRow]:
    """What was given back of one order, the newest first."""
    return [_refund(row) for row in _refunds(account_id).filter(charge__order_id=order_id).order_by("-pk")]


def dispute(account_id: int, dispute_id: int) -> DisputeRow:
    """One dispute. Raises Unknown."""
    found = _disputes(account_id, pk=dispute_id)
    if not found:
        raise Unknown("There is no such dispute in this account.")
    return found[0]


def disputes(account_id: int, *, before: int | None, limit: int) -> list[DisputeRow]:
    """Disputes below the id `before`, the newest first."""
    return _disputes(account_id, limit=limit, **({"pk__lt": before} if before is not None else {}))


def _refunds(account_id: int) -> Any:
    return Refund.objects.filter(account_id=account_id).select_related("charge", "credit_note")


def _refund(row: Refund) -> RefundRow:
    note = row.credit_note
    return RefundRow(
        row.pk, row.charge.order_id, note.invoice_id, note.pk, row.reason, row.amount_minor, note.tax_minor,
        row.currency, row.grants, row.note, note.lines[0]["working"], row.charge.refunded_minor >= row.due_minor,
        row.created_at,
    )  # fmt: skip


def _disputes(account_id: int, limit: int = 1, **chosen: Any) -> list[DisputeRow]:
    rows = Dispute.objects.filter(account_id=account_id, **chosen).annotate(order_id=F("charge__order_id"))
    return [DisputeRow(**row) for row in rows.order_by("-pk").values(*DisputeRow.__slots__)[:limit]]
