"""Webhooks of the card provider: stored once, then done by the worker from what the provider says by then (RULES §9.3).

An event only says where to look. What it is about is asked for afresh, so that any order, any number of copies, and
none at all lead to the same end.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import structlog
from django.db import transaction
from django.db.models import F, Q

from refill.domain.payments import ASK_AFTER_SECONDS, Heard
from refill.gateways import clock
from refill.gateways.cards import card_gateway
from refill.models import CardSetup, Charge, PaymentMethod, ProviderEvent
from refill.services.money import card_news, card_setup, charging, disputes, reconciling
from refill.services.waking import wake_worker

log = structlog.get_logger("refill.hearing")
LEASE_SECONDS = 120
TOGETHER = 50
Ending = Literal["done", "ignored", "unmatched", "later"]


def keep(heard: Heard) -> None:
    """Store a verified event, once."""
    now = clock.now()
    ProviderEvent.objects.bulk_create(
        [
            ProviderEvent(
                gateway=card_gateway().name, event_id=heard.event_id, kind=heard.kind, subject=heard.subject,
                provider_key=heard.provider_key, received_at=now, try_at=now,
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    wake_worker()


def work_off() -> bool:
    """Do what follows from events that wait; true when there were any."""
    now = clock.now()
    with transaction.atomic(durable=True):
        free = Q(leased_until=None) | Q(leased_until__lt=now)
        waiting = ProviderEvent.objects.filter(free, try_at__lte=now).order_by("try_at", "id")
        claimed = list(waiting.select_for_update(skip_locked=True)[:TOGETHER])
        mine = ProviderEvent.objects.filter(pk__in=[event.pk for event in claimed])
        # Counted before the deed, so that an event that kills its worker is counted too.
        mine.update(leased_until=now + timedelta(seconds=LEASE_SECONDS), fence=F("fence") + 1, tries=F("tries") + 1)
    for event in claimed:
        _work_off(event)
    return bool(claimed)


def _work_off(event: ProviderEvent) -> None:
    ending: Ending = "later"
    try:
        ending = _follow(event)
    except Exception:
        log.exception("event_failed", event_id=event.event_id, kind=event.kind)
    tries, wait = event.tries + 1, None
    state: str = ending
    if ending == "later":
        state = "stored" if tries <= len(ASK_AFTER_SECONDS) else "failed"
        wait = clock.now() + timedelta(seconds=ASK_AFTER_SECONDS[tries - 1]) if state == "stored" else None
    if ending == "unmatched":
        log.error("event_of_an_unknown_charge", event_id=event.event_id, kind=event.kind, subject=event.subject)
    ProviderEvent.objects.filter(pk=event.pk, fence=event.fence + 1).update(state=state, try_at=wait, leased_until=None)


def _follow(event: ProviderEvent) -> Ending:
    """What one event is about. Kinds that mean nothing here are harmless."""
    if event.kind.startswith("checkout.session."):
        return _setup(event)
    if event.kind.startswith("payment_method.") or event.kind == "customer.source.expiring":
        return _card(event.subject)
    if event.kind.startswith("charge.dispute."):
        return _dispute(event.subject)
    if event.kind.startswith(("payment_intent.", "charge.", "refund.")):
        return _charge(event.subject, event.provider_key)
    return "ignored"


def _setup(event: ProviderEvent) -> Ending:
    setup = CardSetup.objects.filter(reference=event.subject).first()
    if setup is None:
        return "ignored"
    card, _ = card_setup.finish(account_id=setup.account_id, reference=setup.reference)
    return "ignored" if card is None else "done"


def _card(reference: str) -> Ending:
    """A card that we keep was changed by its bank, or detached: as it stands now. Others were never entered here."""
    card = PaymentMethod.objects.filter(gateway=card_gateway().name, reference=reference, removed_at=None).first()
    if card is None:
        return "ignored"
    card_news.follow(card)
    return "done"


def _charge(reference: str, provider_key: str) -> Ending:
    """Ask what has become of a charge. One that names a key of ours and that nobody here knows is a person's matter."""
    charge = find(reference, provider_key)
    if charge is None:
        return "unmatched" if provider_key.startswith("refill_") else "ignored"
    if charge.state not in Charge.UNDECIDED:
        reconciling.run_one(charge)
        return "done"
    return "done" if charging.send(charge.pk) else "later"


def _dispute(reference: str) -> Ending:
    """The bank took money back, or has decided about it: as it stands now, whatever was told before."""
    facts = card_gateway().dispute(reference)
    charge = find(facts.charge_reference, "")
    if facts.is_inquiry or charge is None:
        return "ignored"
    if charge.state in Charge.UNDECIDED:
        charging.send(charge.pk)
        return "later"
    disputes.opened(charge, facts.amount_minor, facts.reference, fee_minor=facts.fee_minor)
    if facts.won is not None:
        disputes.closed(charge, facts.won, fee_minor=facts.fee_minor)
    return "done"


def find(reference: str, provider_key: str) -> Charge | None:
    """The charge by our key, else by the provider's name of it."""
    if provider_key:
        return Charge.objects.filter(provider_key=provider_key).first()
    return Charge.objects.filter(provider_reference=reference).first() if reference else None
