"""Orders with their charges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from refill.domain.errors import Unknown
from refill.models import Charge, Invoice, Order


@dataclass(frozen=True, slots=True)
class ChargeRow:
    id: int
    state: str
    amount_minor: int
    currency: str
    decline_code: str
    action_url: str
    payment_method_id: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class OrderRow:
    """`action_url` is set while the customer has to do something at the provider's."""

    id: int
    kind: str
    status: str
    quote_id: int | None
    amount_minor: int
    tax_minor: int
    currency: str
    created_at: datetime
    charges: tuple[ChargeRow, ...]
    action_url: str | None
    invoice_id: int | None


def newest(account_id: int, *, before: int | None, limit: int) -> list[OrderRow]:
    """Orders below the id `before`, the newest first: accepted quotes, renewals and recharges."""
    rows = Order.objects.filter(account_id=account_id)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [get(account_id, order_id) for order_id in rows.order_by("-pk").values_list("pk", flat=True)[:limit]]


def get(account_id: int, order_id: int) -> OrderRow:
    """One order. Raises Unknown."""
    order = Order.objects.filter(account_id=account_id, pk=order_id).first()
    if order is None:
        raise Unknown("There is no such order in this account.")
    rows = Charge.objects.filter(account_id=account_id, order_id=order_id).order_by("pk")
    charges = tuple(ChargeRow(**row) for row in rows.values(*ChargeRow.__slots__))
    waiting = [charge.action_url for charge in charges if charge.state == "needs_action" and charge.action_url]
    invoice_id = Invoice.objects.filter(account_id=account_id, order_id=order_id).values_list("pk", flat=True).first()
    return OrderRow(
        order.pk, order.kind, order.status, order.quote_id, order.amount_minor, order.tax_minor, order.currency,
        order.created_at, charges, waiting[-1] if waiting else None, invoice_id,
    )  # fmt: skip
