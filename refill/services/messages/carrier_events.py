"""Webhooks of carriers: stored once, then done by the worker; any order and any number of copies lead to one end."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F, Q

from refill.domain.carriers import IncomingText, Receipt, TextWord
from refill.domain.errors import Unknown
from refill.domain.payments import ASK_AFTER_SECONDS
from refill.domain.records import Actor
from refill.gateways import clock
from refill.models import CarrierEvent, Number
from refill.services.messages import incoming, text_outcomes
from refill.services.recording import audit
from refill.services.waking import wake_worker

log = structlog.get_logger("refill.carrier_events")
LEASE_SECONDS = 120
TOGETHER = 50
KEPT_DAYS = 90
FORGOTTEN_AT_ONCE = 5_000


def keep(carrier: str, heard: Receipt | IncomingText) -> None:
    """Store what a genuine webhook said, once."""
    now = clock.now()
    if isinstance(heard, Receipt):
        kind, event_id = "receipt", f"{heard.word.reference or heard.provider_key} {heard.word.state}"
    else:
        kind, event_id = "incoming", heard.reference
    event = CarrierEvent(carrier=carrier, event_id=event_id, kind=kind, received_at=now, try_at=now)
    event.said = _storable(asdict(heard))
    CarrierEvent.objects.bulk_create([event], ignore_conflicts=True)
    wake_worker()


def work_off() -> bool:
    """Do what follows from events that wait; true when there were any."""
    now = clock.now()
    with transaction.atomic(durable=True):
        free = Q(leased_until=None) | Q(leased_until__lt=now)
        waiting = CarrierEvent.objects.filter(free, try_at__lte=now).order_by("try_at", "id")
        claimed = list(waiting.select_for_update(skip_locked=True)[:TOGETHER])
        mine = CarrierEvent.objects.filter(pk__in=[event.pk for event in claimed])
        # Counted before the deed, so that an event that kills its worker is counted too.
        mine.update(leased_until=now + timedelta(seconds=LEASE_SECONDS), tries=F("tries") + 1)
    for event in claimed:
        _work_off(event)
    return bool(claimed)


def again(*, event_id: int, operator: Actor) -> None:
    """Do once more what failed again and again. Raises Unknown."""
    with transaction.atomic(durable=True):
        now = clock.now()
        failed = CarrierEvent.objects.filter(pk=event_id, state="failed")
        if not failed.update(state="stored", try_at=now, tries=0):
            raise Unknown("There is no such event that failed.")
        audit(None, now, operator, "carrier_event.again", subject=str(event_id))
    wake_worker()


def forget_old() -> int:
    """Forget events that came over 90 days ago and wait no more, some at a time; return how many."""
    old = CarrierEvent.objects.filter(received_at__lt=clock.now() - timedelta(days=KEPT_DAYS), try_at=None)
    some = old.order_by("received_at").values("pk")[:FORGOTTEN_AT_ONCE]
    return int(CarrierEvent.objects.filter(pk__in=some).delete()[0])


def _work_off(event: CarrierEvent) -> None:
    is_done, has_failed = False, False
    try:
        is_done = _receipt(event.said) if event.kind == "receipt" else _incoming(event.said)
    except Exception:
        log.exception("carrier_event_failed", event_id=event.event_id)
        has_failed = True
    mine = CarrierEvent.objects.filter(pk=event.pk)
    if is_done:
        mine.update(state="done", try_at=None, leased_until=None, said={})
        return
    if event.tries < len(ASK_AFTER_SECONDS):
        wait = timedelta(seconds=ASK_AFTER_SECONDS[event.tries])
        mine.update(try_at=clock.now() + wait, leased_until=None)
        return
    if has_failed:
        # What it said is kept: a person may have it done once the cause is gone.
        mine.update(state="failed", try_at=None, leased_until=None)
        return
    log.error("carrier_event_unmatched", event_id=event.event_id)
    mine.update(state="unmatched", try_at=None, leased_until=None, said={})


def _receipt(said: dict[str, Any]) -> bool:
    """False where there is no such text, yet."""
    word = said["word"]
    news = Receipt(said["provider_key"], TextWord(word["state"], word["reference"], word["code"], word["parts"]))
    return text_outcomes.receipt(carrier_reference=word["reference"], news=news)


def _incoming(said: dict[str, Any]) -> bool:
    """False where no account of ours has the number."""
    text = IncomingText(**{**said, "media": tuple(said["media"])})
    number = Number.objects.filter(e164=text.recipient, released_at=None, bought_at__isnull=False).first()
    if number is None:
        return False
    incoming.receive(account_id=number.account_id, number_id=number.pk, text=text)
    return True


def _storable(value: Any) -> Any:
    """Without the one character that PostgreSQL cannot keep."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, dict):
        return {name: _storable(inner) for name, inner in value.items()}
    return [_storable(inner) for inner in value] if isinstance(value, (list, tuple)) else value
