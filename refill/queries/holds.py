"""Credits set aside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from refill.domain.errors import Unknown
from refill.models import Hold


@dataclass(frozen=True, slots=True)
class HoldRow:
    id: int
    state: str
    credits: int
    captured: int
    expires_at: datetime | None
    reference: str | None
    created_at: datetime
    ended_at: datetime | None


def get(account_id: int, hold_id: int) -> HoldRow:
    """One hold. Raises Unknown."""
    row = Hold.objects.filter(account_id=account_id, pk=hold_id).values(*HoldRow.__slots__).first()
    if row is None:
        raise Unknown("There is no such hold in this account.")
    return HoldRow(**row)


def newest(account_id: int, *, before: int | None, limit: int) -> list[HoldRow]:
    """Holds below the id `before`, the newest first."""
    rows = Hold.objects.filter(account_id=account_id)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [HoldRow(**row) for row in rows.order_by("-pk").values(*HoldRow.__slots__)[:limit]]
