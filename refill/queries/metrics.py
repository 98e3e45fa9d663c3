"""What an operator's monitoring asks: how much is due and for how long, and what the API answered lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from django.db.models import F, QuerySet, Sum
from django.db.models.aggregates import Count, Min

from refill.models import ApiRequest, Balance, Charge, Delivery, Mail, Message, ProviderEvent, WebhookEndpoint

# Calls are written a few seconds after they were made.
LATELY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Due:
    """So many rows are due, the first since `oldest_seconds`. A worker that works leaves nothing old."""

    count: int
    oldest_seconds: int


def due(now: datetime) -> MappingProxyType[str, Due]:
    """What is due now, by the kind of work. Accounts on a test clock are left out: their time is their own."""
    return MappingProxyType(
        {
            "boundary": _due(Balance.objects.filter(account__test_clock=None), "next_due_at", now),
            "charge": _due(Charge.objects.filter(account__test_clock=None), "next_ask_at", now),
            "delivery": _due(
                Delivery.objects.filter(state=Delivery.State.PENDING, endpoint__failures=0), "due_at", now
            ),
            "mail": _due(Mail.objects.all(), "send_at", now),
            "message": _due(Message.objects.filter(account__test_clock=None), "next_at", now),
            "provider_event": _due(ProviderEvent.objects.all(), "try_at", now),
        }
    )


def _due(rows: QuerySet, field: str, now: datetime) -> Due:
    found = rows.filter(**{f"{field}__lte": now}).aggregate(count=Count("*"), oldest=Min(field))
    oldest = found["oldest"]
    return Due(found["count"], int((now - oldest).total_seconds()) if oldest else 0)


def failing_endpoints() -> int:
    """Endpoints that did not answer the last time."""
    return WebhookEndpoint.objects.filter(state=WebhookEndpoint.State.ENABLED, failures__gt=0).count()


def calls_lately(now: datetime) -> dict[int, int]:
    """Calls of accounts within LATELY, by the first digit of the answer's status."""
    rows = ApiRequest.objects.filter(at__gt=now - LATELY).values(first=F("status") / 100).annotate(calls=Sum("calls"))
    return {row["first"]: row["calls"] for row in rows}
