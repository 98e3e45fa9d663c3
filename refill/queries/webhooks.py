"""Endpoints, deliveries and tries as they are shown: never a secret."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from refill.domain import ids
from refill.domain.errors import Unknown
from refill.models import Delivery, DeliveryTry, WebhookEndpoint

TRIES_SHOWN = 12


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """`reason` says why it is disabled: gone, failing or person. `delivered` and `failed` count the last seven days."""

    id: int
    url: str
    description: str
    kinds: tuple[str, ...]
    state: str
    reason: str
    created_at: datetime
    old_secret_until: datetime | None
    failing_since: datetime | None
    paused_until: datetime | None
    pending: int
    delivered: int
    failed: int

    @property
    def public_id(self) -> str:
        return ids.encode("whe", self.id)


@dataclass(frozen=True, slots=True)
class TryRow:
    at: datetime
    status: int | None
    words: str
    milliseconds: int


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One event for one endpoint; `due_at` is the next try of one that is pending."""

    id: int
    event_id: int
    kind: str
    at: datetime
    data: dict[str, Any]
    state: str
    tries: int
    created_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    attempts: tuple[TryRow, ...]


def newest(account_id: int, *, now: datetime, before: int | None, limit: int) -> list[EndpointRow]:
    """The account's endpoints below the id `before`, the newest first."""
    rows = _counted(now).filter(account_id=account_id, deleted_at=None)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [_row(row, now) for row in rows.order_by("-pk")[:limit]]


def get(account_id: int, endpoint_id: int, *, now: datetime) -> EndpointRow:
    """Raises Unknown."""
    row = _counted(now).filter(account_id=account_id, pk=endpoint_id, deleted_at=None).first()
    if row is None:
        raise Unknown("There is no such endpoint.")
    return _row(row, now)


def deliveries(
    account_id: int, endpoint_id: int, *, state: str | None, before: int | None, limit: int
) -> list[DeliveryRow]:
    """An endpoint's deliveries below the id `before`, the newest first, with their last tries. Raises Unknown."""
    if not WebhookEndpoint.objects.filter(account_id=account_id, pk=endpoint_id, deleted_at=None).exists():
        raise Unknown("There is no such endpoint.")
    rows = Delivery.objects.filter(endpoint_id=endpoint_id).select_related("event")
    if state is not None:
        rows = rows.filter(state=state)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return _with_tries(list(rows.order_by("-pk")[:limit]))


def delivery(account_id: int, endpoint_id: int, event_id: int) -> DeliveryRow:
    """What became of one event at one endpoint. Raises Unknown."""
    rows = Delivery.objects.filter(account_id=account_id, endpoint_id=endpoint_id, event_id=event_id)
    found = _with_tries(list(rows.select_related("event")))
    if not found:
        raise Unknown("This event was not for this endpoint.")
    return found[0]


def _with_tries(rows: list[Delivery]) -> list[DeliveryRow]:
    tries: dict[int, list[TryRow]] = {row.pk: [] for row in rows}
    for found in DeliveryTry.objects.filter(delivery_id__in=list(tries)).order_by("-pk"):
        if len(tries[found.delivery_id]) < TRIES_SHOWN:
            tries[found.delivery_id].append(TryRow(found.at, found.status, found.words, found.milliseconds))
    return [
        DeliveryRow(
            id=row.pk, event_id=row.event_id, kind=row.event.kind, at=row.event.at, data=row.event.data,
            state=row.state, tries=row.tries, created_at=row.created_at,
            due_at=row.due_at if row.state == Delivery.State.PENDING else None, ended_at=row.ended_at,
            attempts=tuple(tries[row.pk]),
        )
        for row in rows
    ]  # fmt: skip


def _counted(now: datetime) -> Any:
    lately = Q(deliveries__created_at__gte=now - timedelta(days=7))
    return WebhookEndpoint.objects.annotate(
        pending=Count("deliveries", filter=Q(deliveries__state="pending")),
        delivered=Count("deliveries", filter=lately & Q(deliveries__state="delivered")),
        failed=Count("deliveries", filter=lately & Q(deliveries__state__in=["failed", "dropped"])),
    )


def _row(row: Any, now: datetime) -> EndpointRow:
    has_old = row.old_secret_until is not None and row.old_secret_until > now
    is_paused = row.paused_until is not None and row.paused_until > now
    return EndpointRow(
        id=row.pk, url=row.url, description=row.description, kinds=tuple(row.kinds), state=row.state,
        reason=row.reason, created_at=row.created_at, old_secret_until=row.old_secret_until if has_old else None,
        failing_since=row.failing_since, paused_until=row.paused_until if is_paused else None, pending=row.pending,
        delivered=row.delivered, failed=row.failed,
    )  # fmt: skip
