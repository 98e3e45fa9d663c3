"""Safe mode, after a restore: nothing is charged until an operator confirms, and what
was due to be sent waits for a word (`office.held`).

The provider may have taken money that the restored database knows nothing of. What is due is prepared meanwhile, and
sent once the two agree, or somebody has looked at each difference.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from refill.domain.errors import Conflict, NothingToDo
from refill.domain.records import Actor
from refill.gateways import clock
from refill.gateways.cards import card_gateway
from refill.models import AuditRow, Charge, PaymentMethod, ProviderDifference, SafeMode
from refill.services.money import reconciling
from refill.services.office import held
from refill.services.recording import audit
from refill.services.waking import wake_worker

# A backup is of its instant; what was on its way then may have been taken somewhat before.
MARGIN = timedelta(days=1)


def begin(*, backup_made_at: datetime) -> bool:
    """Charge nothing from now on, and hold back what was due to be sent; false where no card of a provider is kept and
    nothing was due, so that there is nothing to fear."""
    if not held.hold_back() and not PaymentMethod.objects.exclude(gateway="sandbox").exists():
        return False
    with transaction.atomic(durable=True):
        now = clock.now()
        SafeMode.objects.bulk_create([SafeMode(backup_made_at=backup_made_at, began_at=now)], ignore_conflicts=True)
        audit(None, now, "refill", "safe_mode.began", after={"backup_made_at": backup_made_at.isoformat()})
    return True


def confirm(*, actor: Actor) -> None:
    """Charge again. First the provider is asked for everything since the backup.

    Raises NothingToDo, ProviderUnavailable, and Conflict while there is a difference that nobody has looked at since
    safe mode began (`differences`), or something that waits to be sent or dropped.
    """
    mode = SafeMode.objects.filter(ended_at=None).first()
    if mode is None:
        raise NothingToDo("Charges are not paused.")
    if unsent := held.said():
        raise Conflict(f"Send or drop first what was due when the backup was restored: {unsent}.")
    has_provider = card_gateway().name != "sandbox"
    found = reconciling.run(mode.backup_made_at - MARGIN) if has_provider else []
    open_ones = [one for one in found if not _is_looked_at(one, mode)]
    if open_ones:
        raise Conflict(
            f"{len(open_ones)} differences with the card provider: look at each of them in the office first.",
            differences=len(open_ones),
        )  # fmt: skip
    with transaction.atomic(durable=True):
        now = clock.now()
        if SafeMode.objects.filter(pk=mode.pk, ended_at=None).update(ended_at=now, ended_by=actor.label):
            ProviderDifference.objects.filter(gone_at=None).update(gone_at=now)
            waiting = Charge.objects.filter(state__in=Charge.UNDECIDED, next_ask_at__isnull=False)
            waiting.exclude(payment_method__gateway="sandbox").update(next_ask_at=F("created_at"))
            audit(None, now, actor, "safe_mode.ended", subject=str(mode.pk))
    wake_worker()


def _is_looked_at(difference: reconciling.Difference, mode: SafeMode) -> bool:
    """An operator has closed this very difference since, though it is there yet."""
    rows = ProviderDifference.objects.filter(
        provider_key=difference.provider_key, what=difference.what, gone_at__gte=mode.began_at
    )
    closed = [str(number) for number in rows.values_list("pk", flat=True)]
    whose = {"account_id": difference.account_id}
    return AuditRow.objects.filter(**whose, action="provider_difference.closed", subject__in=closed).exists()
