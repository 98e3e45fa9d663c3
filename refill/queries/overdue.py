"""The renewal that is owed, and when it is tried again by itself (RULES §9.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from refill.domain.payments import may_try
from refill.models import Charge, Order, PaymentMethod


@dataclass(frozen=True, slots=True)
class Owed:
    """What is tried, with tax. Without `next_try_at` nothing is, until there is another card."""

    amount_minor: int
    currency: str
    next_try_at: datetime | None


def owed_of(account_id: int, period_id: int) -> Owed | None:
    """The renewal of this period, where it was declined and is not given up."""
    order = Order.objects.filter(
        account_id=account_id, kind="renewal", status="declined", period_id=period_id, period__paid="unpaid"
    ).first()
    if order is None:
        return None
    last = Charge.objects.filter(account_id=account_id, order=order).order_by("-id").first()
    card = PaymentMethod.objects.filter(account_id=account_id, removed_at=None, is_default=True).first()
    refused = (last.payment_method_id, last.created_at) if last is not None and last.decline_final else None
    tries = card is not None and may_try(refused=refused, card=(card.pk, card.renewed_at))
    return Owed(order.amount_minor, order.currency, order.next_try_at if tries else None)
