"""Cards, as a person may see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from refill.domain.errors import Unknown
from refill.models import PaymentMethod


@dataclass(frozen=True, slots=True)
class CardRow:
    id: int
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    is_default: bool
    is_recharge: bool
    is_backup: bool
    created_at: datetime


def get(account_id: int, card_id: int) -> CardRow:
    """One card that was not removed. Raises Unknown."""
    cards = PaymentMethod.objects.filter(account_id=account_id, pk=card_id, removed_at=None)
    row = cards.values(*CardRow.__slots__).first()
    if row is None:
        raise Unknown("There is no such payment method in this account.")
    return CardRow(**row)


def newest(account_id: int, *, before: int | None, limit: int) -> list[CardRow]:
    """Cards below the id `before`, the newest first."""
    rows = PaymentMethod.objects.filter(account_id=account_id, removed_at=None)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [CardRow(**row) for row in rows.order_by("-pk").values(*CardRow.__slots__)[:limit]]
