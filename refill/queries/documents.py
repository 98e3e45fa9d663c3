"""Final documents in one shape: what pages, the PDF and JSON are all made from (RULES §9.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from refill.domain.documents import document_name
from refill.domain.errors import Unknown
from refill.models import Charge, CreditNote, Invoice


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """An invoice or a credit note. `lines` hold description, amount_minor, working; `tax_lines` description,
    base_minor, rate_basis_points, amount_minor, added_minor. A credit note names its invoice and why it was made."""

    kind: Literal["invoice", "credit_note"]
    id: int
    name: str
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
    hash: str
    zone: str
    card: str
    about: str
    about_id: int | None
    reason: str


def invoice(account_id: int, invoice_id: int) -> DocumentRow:
    """One invoice with the card that paid it. Raises Unknown."""
    row = Invoice.objects.select_related("account").filter(account_id=account_id, pk=invoice_id).first()
    if row is None:
        raise Unknown("There is no such invoice in this account.")
    charge = (
        Charge.objects.select_related("payment_method")
        .filter(account_id=account_id, order_id=row.order_id, state="succeeded")
        .first()
    )
    card = charge.payment_method if charge else None
    return DocumentRow(
        "invoice", row.pk, document_name(row.series_id, row.number), row.status, row.lines, row.tax_lines,
        row.subtotal_minor, row.tax_minor, row.total_minor, row.currency, row.buyer, row.seller, row.finalized_at,
        row.paid_at, bytes(row.hash).hex(), row.account.timezone,
        card.label if card else "", "", None, "",
    )  # fmt: skip


def credit_note(account_id: int, note_id: int) -> DocumentRow:
    """One credit note. Raises Unknown."""
    row = CreditNote.objects.select_related("account", "invoice").filter(account_id=account_id, pk=note_id).first()
    if row is None:
        raise Unknown("There is no such credit note in this account.")
    return _note(row, row.account.timezone)


def credit_notes_of(account_id: int, invoice_id: int) -> tuple[DocumentRow, ...]:
    """What was taken back of an invoice, the oldest first."""
    rows = CreditNote.objects.select_related("invoice", "account").filter(account_id=account_id, invoice_id=invoice_id)
    return tuple(_note(row, row.account.timezone) for row in rows.order_by("id"))


def _note(row: CreditNote, zone: str) -> DocumentRow:
    return DocumentRow(
        "credit_note", row.pk, document_name(row.series_id, row.number), "final", row.lines, row.tax_lines,
        row.subtotal_minor, row.tax_minor, row.total_minor, row.currency, row.buyer, row.seller, row.finalized_at, None,
        bytes(row.hash).hex(), zone, "", document_name(row.invoice.series_id, row.invoice.number), row.invoice_id,
        row.reason,
    )  # fmt: skip
