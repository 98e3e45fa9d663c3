"""Deliveries of events to endpoints: claimed with a lease, sent outside any transaction, settled by their fence.

At least once: a courier that dies leaves its leases, and whoever comes next sends again under the same webhook-id.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import InvalidToken
from django.db import connection, transaction
from django.db.models.functions import Coalesce

from refill.domain import deliveries, ids
from refill.domain.events import name_data
from refill.gateways import clock
from refill.gateways.webhooks import SECONDS, post
from refill.gateways.webhooks import Answered as Answered
from refill.models import Delivery, DeliveryTry, WebhookEndpoint
from refill.services.developers.concealing import reveal
from refill.services.developers.webhooks import drop_pending
from refill.services.mail import mails
from refill.services.recording import audit

LEASE_SECONDS = 4 * SECONDS
# How many of one endpoint are on their way at once; one that fails gets one try at a time, and half of the places.
AT_ONCE, AT_ONCE_FAILING = 4, 1
GIVEN_UP_AFTER = timedelta(days=3)
KEPT_DAYS = 30
FORGOTTEN_AT_ONCE = 5_000
GONE = 410
_CLAIM = """
with open as (
  select w.id, w.failures > 0 as failing, row_number() over (
           partition by w.failures > 0 order by w.served_at nulls first, w.id) as place
    from refill_webhookendpoint w
   where w.state = 'enabled' and (w.paused_until is null or w.paused_until <= %(now)s)
     and exists (select from refill_delivery d where d.endpoint_id = w.id and d.state = 'pending'
                  and d.due_at <= %(now)s and (d.leased_until is null or d.leased_until < %(now)s))
), taken as (
  select d.id
    from open o
    cross join lateral (
      select p.id from refill_delivery p
       where p.endpoint_id = o.id and p.state = 'pending' and p.due_at <= %(now)s
         and (p.leased_until is null or p.leased_until < %(now)s)
       order by p.due_at, p.id
       limit greatest(0, case when o.failing then %(failing)s else %(healthy)s end - (
         select count(*) from refill_delivery b
          where b.endpoint_id = o.id and b.state = 'pending' and b.leased_until >= %(now)s))
       for update skip locked) d
   where not o.failing or o.place <= %(failing_places)s
   order by o.failing, o.place, d.id
   limit %(places)s
)
update refill_delivery d set leased_until = %(until)s, fence = d.fence + 1
  from taken where d.id = taken.id returning d.id
"""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is to be sent, and the fence under which what became of it is written."""

    delivery_id: int
    fence: int
    endpoint_id: int
    url: str
    headers: dict[str, str]
    body: bytes


def claim(places: int) -> list[Parcel]:
    """Take up to so many due deliveries for LEASE_SECONDS; those of endpoints that answer come first."""
    if places <= 0:
        return []
    now = clock.now()
    values: dict[str, Any] = {
        "now": now, "until": now + timedelta(seconds=LEASE_SECONDS), "places": places, "healthy": AT_ONCE,
        "failing": AT_ONCE_FAILING, "failing_places": max(1, places // 2),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        taken = [row[0] for row in cursor.fetchall()]
    found = Delivery.objects.filter(pk__in=taken).select_related("endpoint", "event").order_by("pk")
    parcels = []
    for delivery in found:
        try:
            parcels.append(_parcel(delivery, now))
        except InvalidToken:
            words = "The secret cannot be read: REFILL_SECRET_KEY is another by now. Rotate the endpoint's secret."
            nothing = Parcel(delivery.pk, delivery.fence, delivery.endpoint_id, delivery.endpoint.url, {}, b"")
            settle(nothing, Answered(None, words, 0))
    return parcels


def _parcel(delivery: Delivery, now: datetime) -> Parcel:
    endpoint, event = delivery.endpoint, delivery.event
    known = [reveal(endpoint.secret)]
    if endpoint.old_secret is not None and endpoint.old_secret_until is not None and endpoint.old_secret_until > now:
        known.append(reveal(endpoint.old_secret))
    body = body_of(event.pk, event.account_id, event.kind, event.at, event.data)
    name, stamp = ids.encode("evt", event.pk), int(now.timestamp())
    headers = {
        "Content-Type": "application/json", "User-Agent": "Refill-Webhooks/1", "webhook-id": name,
        "webhook-timestamp": str(stamp), "webhook-signature": deliveries.sign(known, name, stamp, body),
    }  # fmt: skip
    return Parcel(delivery.pk, delivery.fence, endpoint.pk, endpoint.url, headers, body)


def body_of(event_id: int, account_id: int, kind: str, at: datetime, data: dict[str, Any]) -> bytes:
    """What is sent of an event: the same to the byte at each try."""
    message = {
        "type": kind, "timestamp": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "id": ids.encode("evt", event_id), "account": ids.encode("acc", account_id), "data": name_data(data),
    }  # fmt: skip
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()


def send(parcel: Parcel) -> Answered:
    """Send it once; what came back is to be settled."""
    return post(parcel.url, headers=parcel.headers, body=parcel.body)


def settle(parcel: Parcel, answered: Answered) -> bool:
    """Write what became of a try; false where another has the delivery by now, and nothing is written."""
    now = clock.now()
    with transaction.atomic(durable=True):
        # The endpoint first, as those who change it do.
        endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=parcel.endpoint_id)
        delivery = (
            Delivery.objects.select_for_update()
            .filter(pk=parcel.delivery_id, fence=parcel.fence, state=Delivery.State.PENDING).first()
        )  # fmt: skip
        if delivery is None:
            return False
        DeliveryTry.objects.create(
            delivery=delivery, at=now, status=answered.status, words=answered.words, milliseconds=answered.milliseconds
        )
        delivery.tries, delivery.leased_until = delivery.tries + 1, None
        if answered.is_delivered:
            delivery.state, delivery.ended_at = Delivery.State.DELIVERED, now
            endpoint.failures, endpoint.failing_since, endpoint.paused_until = 0, None, None
        else:
            _put_off(delivery, endpoint, answered, now)
        delivery.save(update_fields=["tries", "leased_until", "state", "ended_at", "due_at"])
        endpoint.served_at = now
        endpoint.save(update_fields=["failures", "failing_since", "paused_until", "served_at"])
        if answered.status == GONE:
            _disable(endpoint, "gone", now)
        elif delivery.state == Delivery.State.FAILED and _is_dead(endpoint, now):
            _disable(endpoint, "failing", now)
    return True


def _put_off(delivery: Delivery, endpoint: WebhookEndpoint, answered: Answered, now: datetime) -> None:
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or now
    pause = max(deliveries.pause_seconds(endpoint.failures),
                min(answered.retry_after_seconds, deliveries.MOST_ASKED_SECONDS))  # fmt: skip
    endpoint.paused_until = now + timedelta(seconds=pause)
    wait = deliveries.wait_seconds(delivery.tries, secrets.randbelow(1_000), answered.retry_after_seconds)
    if wait is None:
        delivery.state, delivery.ended_at = Delivery.State.FAILED, now
    else:
        delivery.due_at = now + timedelta(seconds=wait)


def _is_dead(endpoint: WebhookEndpoint, now: datetime) -> bool:
    return endpoint.failing_since is not None and now - endpoint.failing_since >= GIVEN_UP_AFTER


def _disable(endpoint: WebhookEndpoint, reason: str, now: datetime) -> None:
    """Send nothing more there until a person enables it; those who look after keys are told by mail."""
    if endpoint.state == WebhookEndpoint.State.DISABLED:
        return
    endpoint.state, endpoint.reason = WebhookEndpoint.State.DISABLED, reason
    endpoint.save(update_fields=["state", "reason"])
    drop_pending(endpoint.pk)
    whe = ids.encode("whe", endpoint.pk)
    audit(endpoint.account_id, now, "refill", "webhook.disabled", subject=whe, after={"reason": reason})
    host = urlsplit(endpoint.url).hostname or ""
    mails.post(
        kind="webhook_disabled", account_id=endpoint.account_id, at=now, to=None,
        facts={"url": endpoint.url, "host": host, "reason": reason}, once=f"webhook_disabled {whe} {now.isoformat()}",
    )  # fmt: skip


def forget_old() -> int:
    """Forget deliveries that ended over 30 days ago, or have waited so long at an endpoint that is off, of the oldest
    few; return how many rows."""
    oldest = Delivery.objects.order_by("pk").values("pk")[:FORGOTTEN_AT_ONCE]
    found = Delivery.objects.filter(pk__in=oldest).annotate(last_at=Coalesce("ended_at", "due_at", "created_at"))
    return found.filter(last_at__lt=clock.now() - timedelta(days=KEPT_DAYS)).delete()[0]
