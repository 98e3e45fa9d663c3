"""What a person does about a charge that the ladder could not decide (RULES §9.2): ask again, or say what the provider
shows. Neither can take money."""

from __future__ import annotations

from typing import Literal

from django.db import transaction

from refill.domain.errors import Conflict, Invalid, Unknown
from refill.domain.payments import Outcome
from refill.domain.records import Actor
from refill.gateways import clock
from refill.models import Charge, ProviderDifference, ProviderEvent
from refill.services.entering import entered
from refill.services.money import charging
from refill.services.recording import audit

LONGEST_NOTE = 200


def ask_again(*, charge_id: int, actor: Actor) -> str:
    """Ask the provider now; return the charge's state after it. Raises Unknown, and Conflict where it is decided or
    somebody is at it."""
    charge = _undecided(charge_id)
    with entered(charge.account_id) as balance:
        audit(charge.account_id, balance.at, actor, "charge.asked_again", subject=str(charge_id))
    if not charging.send(charge_id):
        raise Conflict("This charge is being decided at this moment. Look again.")
    return Charge.objects.values_list("state", flat=True).get(pk=charge_id)


def record_word(
    *, charge_id: int, actor: Actor, outcome: Literal["succeeded", "declined"], reference: str, note: str
) -> None:
    """Record what the provider's own dashboard shows, with where it was seen. All that follows from it follows.

    Raises Unknown, Conflict (decided, or somebody is at it) and Invalid (no reference of a payment, no note).
    """
    _undecided(charge_id)
    reference, note = reference.strip(), note.strip()
    if outcome == "succeeded" and not reference:
        raise Invalid("Give the provider's name of the payment, as its dashboard shows it.", param="reference")
    if not note or len(note) > LONGEST_NOTE or len(reference) > LONGEST_NOTE:
        raise Invalid(f"Say in at most {LONGEST_NOTE} characters where you saw it.", param="note")
    others = Charge.objects.filter(provider_reference=reference).exclude(pk=charge_id)
    if reference and others.exists():
        raise Invalid("This payment of the provider's belongs to another charge.", param="reference")
    fence = charging.take(charge_id)
    if fence is None:
        raise Conflict("This charge is being decided at this moment. Look again.")
    code = "" if outcome == "succeeded" else "said_by_operator"
    charging.record(charge_id, Outcome(outcome, reference, decline_code=code), fence, actor=actor, note=note)


def close_event(*, event_id: int, actor: Actor, note: str) -> None:
    """A webhook that could not be followed has been looked at. Raises Unknown."""
    with transaction.atomic(durable=True):
        waiting = ProviderEvent.objects.select_for_update().filter(pk=event_id, state__in=["unmatched", "failed"])
        row = waiting.first()
        if row is None:
            raise Unknown("There is no such event that waits.")
        ProviderEvent.objects.filter(pk=event_id).update(state="ignored")
        after = {"event": row.event_id, "note": note[:LONGEST_NOTE]}
        audit(None, clock.now(), actor, "provider_event.closed", subject=str(event_id), after=after)


def close_difference(*, difference_id: int, actor: Actor, note: str) -> None:
    """A difference has been looked at; should it be found again, it comes up again. Raises Unknown."""
    with transaction.atomic(durable=True):
        row = ProviderDifference.objects.select_for_update().filter(pk=difference_id, gone_at=None).first()
        if row is None:
            raise Unknown("There is no such difference.")
        row.gone_at = clock.now()
        row.save(update_fields=["gone_at"])
        after = {"what": row.what, "key": row.provider_key, "note": note[:LONGEST_NOTE]}
        audit(row.account_id, row.gone_at, actor, "provider_difference.closed", subject=str(difference_id), after=after)


def _undecided(charge_id: int) -> Charge:
    charge = Charge.objects.filter(pk=charge_id).first()
    if charge is None:
        raise Unknown("There is no such charge.")
    if charge.state not in Charge.UNDECIDED:
        raise Conflict("This charge is decided.")
    return charge
