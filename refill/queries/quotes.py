"""Stored quotes as they were shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from refill.domain.errors import Unknown
from refill.models import Quote


@dataclass(frozen=True, slots=True)
class QuoteRow:
    """`offer` holds title, lines, tax_minor, recurring, grants, before, after, warnings, card."""

    id: int
    kind: str
    offer: dict[str, Any]
    due_now_minor: int
    currency: str
    payment_method: int | None
    effective_at: datetime
    created_at: datetime
    expires_at: datetime
    order_id: int | None


def get(account_id: int, quote_id: int) -> QuoteRow:
    """One quote. Raises Unknown."""
    names = [name if name != "order_id" else "order__id" for name in QuoteRow.__slots__]
    row = Quote.objects.filter(account_id=account_id, pk=quote_id).values_list(*names).first()
    if row is None:
        raise Unknown("There is no such quote in this account.")
    return QuoteRow(*row)
