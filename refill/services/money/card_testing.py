"""Whoever tries cards that are not theirs needs many: cards added are counted (reliability, X20)."""

from __future__ import annotations

from datetime import datetime, timedelta

from refill.domain.errors import TooMany
from refill.models import PaymentMethod

CARDS_ADDED, ADDED_WITHIN = 20, timedelta(days=1)


def demand_few_cards(account_id: int, now: datetime) -> None:
    """Before a card is added. Raises TooMany, which says when."""
    added = PaymentMethod.objects.filter(account_id=account_id, created_at__gt=now - ADDED_WITHIN)
    times = list(added.order_by("-created_at").values_list("created_at", flat=True)[:CARDS_ADDED])
    if len(times) == CARDS_ADDED:
        raise _later(f"At most {CARDS_ADDED} cards are added in a day.", times[-1], now, ADDED_WITHIN)


def _later(said: str, first: datetime, now: datetime, within: timedelta) -> TooMany:
    """The limit is open again when the oldest that counts is that old."""
    seconds = int((first + within - now).total_seconds()) + 1
    return TooMany(f"{said} Try again in {-(-seconds // 60)} minutes.", retry_after_seconds=seconds)
