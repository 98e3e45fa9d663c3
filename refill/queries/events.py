"""What happened, as events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from refill.domain.errors import Unknown
from refill.models import Event


@dataclass(frozen=True, slots=True)
class EventRow:
    id: int
    kind: str
    at: datetime
    data: dict[str, Any]


def get(account_id: int, event_id: int) -> EventRow:
    """Raises Unknown."""
    row = Event.objects.filter(account_id=account_id, pk=event_id).values(*EventRow.__slots__).first()
    if row is None:
        raise Unknown("There is no such event.")
    return EventRow(**row)


def newest(account_id: int, *, before: int | None, limit: int, kind: str | None = None) -> list[EventRow]:
    """Events below the id `before`, the newest first, of one kind if asked."""
    rows = Event.objects.filter(account_id=account_id)
    if kind is not None:
        rows = rows.filter(kind=kind)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [EventRow(**row) for row in rows.order_by("-pk").values(*EventRow.__slots__)[:limit]]
