"""Final documents (RULES §9.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from refill.domain.errors import Unknown
from refill.models import Invoice


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """`lines` hold description, amount_minor and working."""

    id: int
    series_id: str
    number: int
    order_id: int
    status: str
    lines: list[dict[str, Any]]
    subtotal_minor: int
    tax_minor: int
    total_minor: int
    currency: str
    finalized_at: datetime
    paid_at: datetime | None
    voided_at: datetime | None


def get(account_id: int, invoice_id: int) -> InvoiceRow:
    """One invoice. Raises Unknown."""
    row = Invoice.objects.filter(account_id=account_id, pk=invoice_id).values(*InvoiceRow.__slots__).first()
    if row is None:
        raise Unknown("There is no such invoice in this account.")
    return InvoiceRow(**row)


def newest(account_id: int, *, before: int | None, limit: int) -> list[InvoiceRow]:
    """Invoices below the id `before`, the newest first."""
    rows = Invoice.objects.filter(account_id=account_id)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [InvoiceRow(**row) for row in rows.order_by("-pk").values(*InvoiceRow.__slots__)[:limit]]
