"""What happened, as events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from refill.models import Event


@dataclass(frozen=True, slots=True)
class EventRow:
    id: int
    kind: str
    at: datetime
    data: dict[str, Any]


def newest(account_id: int, *, before: int | None, limit: int) -> list[EventRow]:
    """Events below the id `before`, the newest first."""
    rows = Event.objects.filter(account_id=account_id)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [EventRow(**row) for row in rows.order_by("-pk").values(*EventRow.__slots__)[:limit]]
