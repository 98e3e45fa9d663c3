"""Endpoints that hear of an account's events: made, changed, rotated, tried out, given up."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from refill.domain import deliveries, ids
from refill.domain.errors import Conflict, Invalid, NothingToDo, Unknown
from refill.domain.events import KINDS, PATTERNS
from refill.domain.records import Actor
from refill.gateways import addresses, clock
from refill.models import Account, Delivery, WebhookEndpoint
from refill.services.developers.concealing import conceal
from refill.services.entering import entered
from refill.services.recording import audit, emit

MOST_ENDPOINTS = 20
DESCRIPTION_CHARACTERS = 200
MOST_REPLAYED = 10_000
_DUE = ("failed", "dropped")


@dataclass(frozen=True, slots=True)
class MadeEndpoint:
    """An endpoint at the only moment at which its secret is shown."""

    id: int
    secret: str


def create(
    *, account_id: int, actor: Actor, url: str, kinds: Sequence[str] = ("*",), description: str = ""
) -> MadeEndpoint:
    """Let an address hear of events; the address is looked up first, outside any transaction. Raises Invalid, Conflict
    above 20 endpoints, Unknown."""
    wanted = _kinds(kinds)
    plain = _described(description)
    addresses.demand_reachable(url, livemode=_is_live(account_id))
    secret = secrets.token_bytes(deliveries.SECRET_BYTES)
    with entered(account_id) as balance:
        if WebhookEndpoint.objects.filter(account_id=account_id, deleted_at=None).count() >= MOST_ENDPOINTS:
            raise Conflict(f"An account has at most {MOST_ENDPOINTS} endpoints. Remove one first.")
        made = WebhookEndpoint.objects.create(
            account_id=account_id, url=url, kinds=wanted, description=plain, secret=conceal(secret),
            created_at=clock.now(),
        )  # fmt: skip
        _audit(made, balance.at, actor, "webhook.made", after={"url": url, "kinds": wanted})
    return MadeEndpoint(made.pk, deliveries.show_secret(secret))


def update(
    *, account_id: int, actor: Actor, endpoint_id: int, url: str | None = None, kinds: Sequence[str] | None = None,
    description: str | None = None, enabled: bool | None = None,
) -> None:  # fmt: skip
    """Change what is given. Enabling begins afresh: no pause, no failures. Raises Invalid, Unknown."""
    wanted = None if kinds is None else _kinds(kinds)
    plain = None if description is None else _described(description)
    if url is not None:
        addresses.demand_reachable(url, livemode=_is_live(account_id))
    with entered(account_id) as balance:
        row = _locked(account_id, endpoint_id)
        before = {"url": row.url, "kinds": row.kinds, "state": row.state}
        row.url = row.url if url is None else url
        row.kinds = row.kinds if wanted is None else wanted
        row.description = row.description if plain is None else plain
        if enabled is not None:
            state = WebhookEndpoint.State.ENABLED if enabled else WebhookEndpoint.State.DISABLED
            row.state, row.reason = state, "" if enabled else "person"
        if enabled or url is not None:
            row.failures, row.failing_since, row.paused_until = 0, None, None
        row.save()
        after = {"url": row.url, "kinds": row.kinds, "state": row.state}
        _audit(row, balance.at, actor, "webhook.changed", before=before, after=after)


def remove(*, account_id: int, actor: Actor, endpoint_id: int) -> None:
    """Give an endpoint up; what was still due there is dropped. Raises Unknown."""
    with entered(account_id) as balance:
        row = _locked(account_id, endpoint_id)
        row.state, row.reason, row.deleted_at = WebhookEndpoint.State.DISABLED, "person", clock.now()
        row.save(update_fields=["state", "reason", "deleted_at"])
        drop_pending(row.pk)
        _audit(row, balance.at, actor, "webhook.removed", before={"url": row.url})


def rotate_secret(*, account_id: int, actor: Actor, endpoint_id: int, overlap_hours: int = 24) -> str:
    """Give the endpoint a new secret and return it. For the overlap (0 to 168 hours) deliveries bear two signatures."""
    if not 0 <= overlap_hours <= 168:
        raise Invalid("The old secret lives on for 0 to 168 hours.", param="overlap_hours")
    secret = secrets.token_bytes(deliveries.SECRET_BYTES)
    with entered(account_id) as balance:
        row = _locked(account_id, endpoint_id)
        row.old_secret, row.old_secret_until = row.secret, clock.now() + timedelta(hours=overlap_hours)
        row.secret = conceal(secret)
        row.save(update_fields=["secret", "old_secret", "old_secret_until"])
        _audit(row, balance.at, actor, "webhook.secret_rotated", after={"overlap_hours": overlap_hours})
    return deliveries.show_secret(secret)


def send_test(*, account_id: int, kind: str, endpoint_id: int | None = None) -> int:
    """Make an event with `"test": true` and return it: for one endpoint whatever it asked for, or for all.

    Raises Invalid for a kind that there is not, Unknown, Conflict for an endpoint that is disabled.
    """
    if kind not in KINDS:
        raise Invalid("There is no such kind of event.", param="kind")
    with entered(account_id) as balance:
        facts: dict[str, Any] = {"test": True}
        if endpoint_id is not None:
            row = _locked(account_id, endpoint_id)
            if row.state != WebhookEndpoint.State.ENABLED:
                raise Conflict("This endpoint is disabled. Enable it first.")
            facts["endpoint"] = row.pk
        return emit(account_id, balance.at, kind, **facts)


def replay(*, account_id: int, actor: Actor, endpoint_id: int, event_id: int) -> None:
    """Deliver one event anew, whatever became of it. Raises Unknown, NothingToDo while it is still due."""
    now = clock.now()
    with entered(account_id) as balance:
        row = _enabled(account_id, endpoint_id)
        delivery = Delivery.objects.select_for_update().filter(endpoint=row, event_id=event_id).first()
        if delivery is None:
            raise Unknown("This event was not for this endpoint.")
        if delivery.state == Delivery.State.PENDING and delivery.leased_until and delivery.leased_until > now:
            raise NothingToDo("It is being delivered right now.")
        _due_again(Delivery.objects.filter(pk=delivery.pk), now)
        event = ids.encode("evt", event_id)
        _audit(row, balance.at, actor, "webhook.replayed", after={"event": event})


def replay_failed(*, account_id: int, actor: Actor, endpoint_id: int, since: datetime) -> int:
    """Deliver anew what has failed or was dropped since an instant; return how many. Raises Unknown, Conflict."""
    with entered(account_id) as balance:
        row = _enabled(account_id, endpoint_id)
        missed = Delivery.objects.filter(endpoint=row, state__in=_DUE, created_at__gte=since).order_by("pk")
        count = _due_again(Delivery.objects.filter(pk__in=list(missed.values_list("pk", flat=True)[:MOST_REPLAYED])),
                           clock.now())  # fmt: skip
        _audit(row, balance.at, actor, "webhook.replayed", after={"since": since.isoformat(), "deliveries": count})
        return count


def drop_pending(endpoint_id: int) -> None:
    """What is due at an endpoint that is gone is dropped; it can be replayed."""
    Delivery.objects.filter(endpoint_id=endpoint_id, state=Delivery.State.PENDING).update(
        state=Delivery.State.DROPPED, ended_at=clock.now(), leased_until=None
    )


def _due_again(found: Any, now: datetime) -> int:
    count: int = found.update(state=Delivery.State.PENDING, tries=0, due_at=now, leased_until=None, ended_at=None)
    if count:
        wake()
    return count


def wake() -> None:
    """Nudge the courier, when this transaction is committed."""
    with transaction.get_connection().cursor() as cursor:
        cursor.execute("notify refill_deliveries")


def _enabled(account_id: int, endpoint_id: int) -> WebhookEndpoint:
    row = _locked(account_id, endpoint_id)
    if row.state != WebhookEndpoint.State.ENABLED:
        raise Conflict("This endpoint is disabled. Enable it first.")
    return row


def _locked(account_id: int, endpoint_id: int) -> WebhookEndpoint:
    found = WebhookEndpoint.objects.select_for_update(no_key=True).filter(
        account_id=account_id, pk=endpoint_id, deleted_at=None
    )
    row = found.first()
    if row is None:
        raise Unknown("There is no such endpoint.")
    return row


def _is_live(account_id: int) -> bool:
    found = Account.objects.filter(pk=account_id).values_list("livemode", flat=True).first()
    if found is None:
        raise Unknown("There is no such account.")
    return found


def _kinds(kinds: Sequence[str]) -> list[str]:
    wanted = sorted(set(kinds))
    if not wanted or set(wanted) - set(PATTERNS):
        raise Invalid("Name kinds of events, families as in credits.*, or * for all.", param="kinds")
    return wanted


def _described(description: str) -> str:
    plain = " ".join(description.split())
    if len(plain) > DESCRIPTION_CHARACTERS or "\0" in plain:
        raise Invalid(f"At most {DESCRIPTION_CHARACTERS} characters.", param="description")
    return plain


def _audit(row: WebhookEndpoint, at: datetime, actor: Actor, action: str, **more: Any) -> None:
    audit(row.account_id, at, actor, action, subject=ids.encode("whe", row.pk), **more)
