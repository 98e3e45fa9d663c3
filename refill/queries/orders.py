"""Orders with their charges."""

from __future__ import annotations

from collections import defaultdict
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
    return _rows(account_id, list(rows.order_by("-pk")[:limit]))


def get(account_id: int, order_id: int) -> OrderRow:
    """One order. Raises Unknown."""
    found = _rows(account_id, list(Order.objects.filter(account_id=account_id, pk=order_id)))
    if not found:
        raise Unknown("There is no such order in this account.")
    return found[0]


def first(account_id: int) -> int | None:
    """The order that the account began with."""
    return Order.objects.filter(account_id=account_id, kind="start").order_by("pk").values_list("pk", flat=True).first()


def _rows(account_id: int, orders: list[Order]) -> list[OrderRow]:
    of_these = {"account_id": account_id, "order__in": [order.pk for order in orders]}
    charges: dict[int, list[ChargeRow]] = defaultdict(list)
    rows = Charge.objects.filter(**of_these).order_by("pk")
    for order_id, *charge in rows.values_list("order", *ChargeRow.__slots__):
        charges[order_id].append(ChargeRow(*charge))
    invoices = dict(Invoice.objects.filter(**of_these).order_by("-pk").values_list("order", "pk"))
    return [_row(order, tuple(charges[order.pk]), invoices.get(order.pk)) for order in orders]


def _row(order: Order, charges: tuple[ChargeRow, ...], invoice_id: int | None) -> OrderRow:
    waiting = [charge.action_url for charge in charges if charge.state == "needs_action" and charge.action_url]
    return OrderRow(
        order.pk, order.kind, order.status, order.quote_id, order.amount_minor, order.tax_minor, order.currency,
        order.created_at, charges, waiting[-1] if waiting else None, invoice_id,
    )  # fmt: skip
