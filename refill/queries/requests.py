"""The request log of an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from refill.domain import ids
from refill.domain.errors import Unknown
from refill.models import ApiRequest
from refill.queries import keys

Outcome = Literal["good", "refused", "failed"]
BETWEEN: dict[Outcome, tuple[int, int]] = {"good": (100, 399), "refused": (400, 499), "failed": (500, 599)}


@dataclass(frozen=True, slots=True)
class RequestRow:
    """`calls` above 1: so many alike within a minute. `key_name` is empty for the operator's keys."""

    id: int
    at: datetime
    key_id: int
    key_name: str
    method: str
    path: str
    status: int
    code: str
    milliseconds: int
    calls: int
    request_id: str
    sent: Any
    answered: Any

    @property
    def public_id(self) -> str:
        return ids.encode("req", self.id)

    @property
    def key(self) -> str:
        return ids.encode("key", self.key_id)


def newest(
    account_id: int, *, before: int | None, limit: int, outcome: Outcome | None = None, key_id: int | None = None
) -> list[RequestRow]:
    """Calls below the id `before`, the newest first."""
    rows = ApiRequest.objects.filter(account_id=account_id)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    if outcome is not None:
        rows = rows.filter(status__range=BETWEEN[outcome])
    if key_id is not None:
        rows = rows.filter(key_id=key_id)
    return _named(account_id, list(rows.order_by("-pk")[:limit]))


def get(account_id: int, request: int) -> RequestRow:
    """Raises Unknown."""
    found = _named(account_id, list(ApiRequest.objects.filter(account_id=account_id, pk=request)))
    if not found:
        raise Unknown("There is no such call in the log.")
    return found[0]


def _named(account_id: int, rows: list[ApiRequest]) -> list[RequestRow]:
    names = keys.names(account_id, {row.key_id for row in rows if row.key_id is not None})
    return [
        RequestRow(
            id=row.pk, at=row.at, key_id=row.key_id or 0, key_name=names.get(row.key_id or 0, ""), method=row.method,
            path=row.path, status=row.status, code=row.code, milliseconds=row.milliseconds, calls=row.calls,
            request_id=row.request_id, sent=row.sent, answered=row.answered,
        )
        for row in rows
    ]  # fmt: skip
