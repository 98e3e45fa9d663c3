"""Quotes, orders and invoices as pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery, Sum

from refill.domain import ids
from refill.domain.documents import document_name
from refill.models import Charge, CreditNote, Invoice, Order, Quote


@dataclass(frozen=True, slots=True)
class QuotePage:
    """A stored offer. `offer` has title, lines, tax_minor, recurring, grants, warnings, as they were shown."""

    id: int
    kind: str
    request: dict[str, Any]
    offer: dict[str, Any]
    due_now_minor: int
    currency: str
    effective_at: datetime
    created_at: datetime
    expires_at: datetime
    order_id: int | None

    @property
    def public_id(self) -> str:
        return ids.encode("quo", self.id)


@dataclass(frozen=True, slots=True)
class OrderPage:
    id: int
    kind: str
    status: str
    amount_minor: int
    tax_minor: int
    currency: str
    lines: list[dict[str, Any]]
    created_at: datetime
    settled_at: datetime | None
    title: str
    effective_at: datetime | None
    request: dict[str, Any]
    action_url: str
    decline_code: str
    decline_final: bool
    card: str
    invoice: str
    after: int | None
    gateway: str

    @property
    def public_id(self) -> str:
        return ids.encode("ord", self.id)


@dataclass(frozen=True, slots=True)
class InvoicePage:
    id: int
    name: str
    status: str
    what: str
    lines: list[dict[str, Any]]
    subtotal_minor: int
    tax_minor: int
    total_minor: int
    currency: str
    finalized_at: datetime
    paid_at: datetime | None
    voided_at: datetime | None
    credited_minor: int

    @property
    def public_id(self) -> str:
        return ids.encode("inv", self.id)


def quote_of(account_id: int, quote_id: int) -> QuotePage | None:
    """Return the account's quote, or nothing."""
    row = Quote.objects.select_related("order").filter(account_id=account_id, id=quote_id).first()
    if row is None:
        return None
    order = Order.objects.filter(account_id=account_id, quote_id=row.pk).values_list("id", flat=True).first()
    return QuotePage(
        row.pk, row.kind, row.request, row.offer, row.due_now_minor, row.currency, row.effective_at,
        row.created_at, row.expires_at, order,
    )  # fmt: skip


def order_of(account_id: int, order_id: int) -> OrderPage | None:
    """Return the account's order with its latest charge and its invoice, or nothing."""
    row = Order.objects.select_related("quote").filter(account_id=account_id, id=order_id).first()
    if row is None:
        return None
    charge = (
        Charge.objects.select_related("payment_method")
        .filter(account_id=account_id, order_id=order_id)
        .order_by("-id")
        .first()
    )
    invoice = Invoice.objects.filter(account_id=account_id, order_id=order_id).order_by("-id").first()
    offer = row.quote.offer if row.quote else {}
    card = charge.payment_method if charge else None
    return OrderPage(
        row.pk, row.kind, row.status, row.amount_minor, row.tax_minor, row.currency, row.lines, row.created_at,
        row.settled_at, offer.get("title", ""), row.quote.effective_at if row.quote else None,
        row.quote.request if row.quote else {}, charge.action_url if charge else "",
        charge.decline_code if charge else "", charge.decline_final if charge else False,
        card.label if card else "",
        ids.encode("inv", invoice.pk) if invoice else "", offer.get("after"), card.gateway if card else "",
    )  # fmt: skip


def _page(row: Invoice) -> InvoicePage:
    what = row.lines[0]["description"] if row.lines else "Nothing"
    return InvoicePage(
        row.pk, document_name(row.series_id, row.number), row.status, what, row.lines, row.subtotal_minor,
        row.tax_minor, row.total_minor, row.currency, row.finalized_at, row.paid_at, row.voided_at,
        getattr(row, "credited_minor", None) or 0,
    )  # fmt: skip


def invoices_of(account_id: int, limit: int, before: int | None = None) -> tuple[InvoicePage, ...]:
    """Return invoices, newest first; those before an id for the next page."""
    credited = CreditNote.objects.filter(account_id=account_id, invoice=OuterRef("pk")).values("invoice")
    total = credited.annotate(total=Sum("total_minor")).values("total")
    rows = Invoice.objects.filter(account_id=account_id).annotate(credited_minor=Subquery(total))
    if before is not None:
        rows = rows.filter(id__lt=before)
    return tuple(_page(row) for row in rows.order_by("-id")[:limit])
