"""Invoices as the API lists them (RULES §9.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models.query import QuerySet

from refill.domain.documents import document_name
from refill.domain.errors import Unknown
from refill.models import CreditNote, Invoice


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """`lines` hold description, amount_minor and working. `credited_minor`: the sum of its credit notes."""

    id: int
    name: str
    order_id: int
    status: str
    lines: list[dict[str, Any]]
    tax_lines: list[dict[str, Any]]
    subtotal_minor: int
    tax_minor: int
    total_minor: int
    currency: str
    buyer: dict[str, Any]
    seller: dict[str, Any]
    finalized_at: datetime
    paid_at: datetime | None
    voided_at: datetime | None
    hash: str
    credited_minor: int
    credit_notes: tuple[int, ...]


def get(account_id: int, invoice_id: int) -> InvoiceRow:
    """One invoice. Raises Unknown."""
    found = _rows(Invoice.objects.filter(account_id=account_id, pk=invoice_id))
    if not found:
        raise Unknown("There is no such invoice in this account.")
    return found[0]


def newest(account_id: int, *, before: int | None, limit: int) -> list[InvoiceRow]:
    """Invoices below the id `before`, the newest first."""
    rows = Invoice.objects.filter(account_id=account_id)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return _rows(rows.order_by("-pk")[:limit])


def _rows(invoices: QuerySet[Invoice]) -> list[InvoiceRow]:
    found = list(invoices)
    notes: dict[int, list[tuple[int, int]]] = {}
    if found:
        credited = CreditNote.objects.filter(account_id=found[0].account_id, invoice__in=[row.pk for row in found])
        for invoice_id, note_id, total in credited.order_by("id").values_list("invoice_id", "id", "total_minor"):
            notes.setdefault(invoice_id, []).append((note_id, total))
    return [
        InvoiceRow(
            row.pk, document_name(row.series_id, row.number), row.order_id, row.status, row.lines, row.tax_lines,
            row.subtotal_minor, row.tax_minor, row.total_minor, row.currency, row.buyer, row.seller, row.finalized_at,
            row.paid_at, row.voided_at, bytes(row.hash).hex(), sum(total for _, total in notes.get(row.pk, ())),
            tuple(note for note, _ in notes.get(row.pk, ())),
        )
        for row in found
    ]  # fmt: skip
