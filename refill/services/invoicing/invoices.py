"""Invoices: numbered without gaps when final, never changed after (RULES §9.5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings

from refill.domain.billing_details import printed
from refill.models import Account, Invoice, InvoiceSeries, Order
from refill.services.invoicing import billing_details
from refill.services.invoicing.countries import COUNTRIES
from refill.services.recording import emit


def finalize(order: Order, now: datetime) -> Invoice:
    """Make the order's invoice final and open; the number is taken in this transaction, so none is ever missing."""
    known = Invoice.objects.filter(account_id=order.account_id, order=order).first()
    if known is not None:
        return known
    livemode = Account.objects.values_list("livemode", flat=True).get(pk=order.account_id)
    series = next_number("R" if livemode else "TEST")
    invoice = Invoice.objects.create(
        account_id=order.account_id, order=order, series=series, number=series.last, status="open", lines=order.lines,
        tax_lines=order.tax_lines, subtotal_minor=order.amount_minor - order.tax_minor, tax_minor=order.tax_minor,
        total_minor=order.amount_minor, currency=order.currency,
        buyer=_buyer(order.account_id), seller=settings.SELLER, finalized_at=now,
    )  # fmt: skip
    emit(order.account_id, now, "invoice.finalized", invoice=invoice.pk, order=order.pk)
    return invoice


def _buyer(account_id: int) -> dict[str, Any]:
    """Whom the document names, with the country's name: it keeps what it said."""
    details = billing_details.buyer_of(account_id)
    return {**printed(details), "country_name": COUNTRIES.get(details.country, "")}


def next_number(name: str) -> InvoiceSeries:
    """Take the next number of a series; its row stays locked until the transaction ends, so that no gap can come."""
    InvoiceSeries.objects.get_or_create(name=name)
    series = InvoiceSeries.objects.select_for_update().get(name=name)
    series.last += 1
    series.save()
    return series


def pay(order: Order, now: datetime) -> None:
    """The order is paid, and so is its invoice."""
    invoice = finalize(order, now)
    Invoice.objects.filter(pk=invoice.pk).update(status="paid", paid_at=now)
    emit(order.account_id, now, "invoice.paid", invoice=invoice.pk, order=order.pk)
