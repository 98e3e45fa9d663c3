"""What the card provider took against what is known here, both ways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal

import structlog
from django.db.models import Q

from refill.domain.payments import ChargeIntent, Taken
from refill.gateways import clock
from refill.gateways.cards import card_gateway
from refill.models import Charge, ProviderDifference
from refill.services.money import charging, intents

log = structlog.get_logger("refill.reconciling")
What = Literal["only_here", "only_there", "state", "amount", "refunded"]
# Clocks differ: the provider is asked for somewhat more than is compared.
MARGIN = timedelta(days=1)
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """Something in which the two do not agree, as each says it."""

    what: What
    provider_key: str
    reference: str
    here: str
    there: str
    account_id: int | None = None
    charge_id: int | None = None


def compare(since: datetime) -> list[Difference]:
    """Compare all charges from `since` on, without changing anything. Raises ProviderUnavailable.

    Charges that are undecided here are compared once they are decided.
    """
    gateway = card_gateway()
    settled = Charge.objects.filter(payment_method__gateway=gateway.name, state="succeeded", created_at__gte=since)
    # Read before the provider is asked: what settles meanwhile is there already when it is listed.
    missing = dict(settled.values_list("provider_key", "pk"))
    found: list[Difference] = []
    for some in _chunks(gateway.taken(since - MARGIN)):
        charges = _charges(some)
        by_key = {charge.provider_key: charge for charge in charges}
        # A person may have said which payment it was: then it has the payment's name, and another key.
        by_name = {charge.provider_reference: charge for charge in charges if charge.provider_reference}
        for taken in some:
            charge = by_key.get(taken.provider_key) or by_name.get(taken.reference)
            missing.pop(charge.provider_key if charge else taken.provider_key, None)
            found += _differences(taken, charge)
    for charge in Charge.objects.filter(pk__in=missing.values()):
        found.append(_of(charge, "only_here", charge.provider_reference, _sum(charge), "nothing"))
    return found


def run(since: datetime) -> list[Difference]:
    """Decide what is undecided here and known there, then compare and keep what differs. Raises ProviderUnavailable."""
    for some in _chunks(card_gateway().taken(since - MARGIN)):
        decided = {taken.provider_key for taken in some if taken.state in ("succeeded", "declined")}
        for charge in _charges(some):
            if charge.state in Charge.UNDECIDED and charge.provider_key in decided:
                charging.send(charge.pk)
    found = compare(since)
    _keep(found)
    return found


def run_one(charge: Charge) -> None:
    """The same for one charge that is decided. Raises ProviderUnavailable."""
    whole = _whole(pk=charge.pk)
    assert whole is not None
    taken = charging.gateway_of(whole.account).look(intents.intent_of(whole))
    for difference in _differences(taken, whole) if taken is not None else []:
        _remember(difference)


def _chunks(taken: Iterator[Taken]) -> Iterator[list[Taken]]:
    """What this product made, some at a time; the provider's account may serve others too."""
    ours = (one for one in taken if one.provider_key)
    while some := list(islice(ours, AT_ONCE)):
        yield some


def _charges(taken: list[Taken]) -> list[Charge]:
    by_key = Q(provider_key__in=[one.provider_key for one in taken])
    return list(Charge.objects.filter(by_key | Q(provider_reference__in=[one.reference for one in taken])))


def _differences(taken: Taken, charge: Charge | None) -> Iterator[Difference]:
    there = f"{taken.amount_minor} {taken.currency} {taken.state}"
    if charge is None:
        # What went back whole concerns nobody any more.
        if taken.state == "succeeded" and taken.refunded_minor < taken.amount_minor:
            yield Difference("only_there", taken.provider_key, taken.reference, "nothing", there)
        return
    if charge.state in Charge.UNDECIDED:
        return
    if (taken.state == "succeeded") != (charge.state == "succeeded"):
        yield _of(charge, "state", taken.reference, charge.state, taken.state)
    if f"{taken.amount_minor} {taken.currency}" != f"{charge.amount_minor} {charge.currency}":
        yield _of(charge, "amount", taken.reference, _sum(charge), there)
    if not charge.refunded_minor <= taken.refunded_minor <= charge.refund_due_minor:
        said = f"{charge.refunded_minor} of {charge.refund_due_minor}"
        yield _of(charge, "refunded", taken.reference, said, str(taken.refunded_minor))


def _of(charge: Charge, what: What, reference: str, here: str, there: str) -> Difference:
    return Difference(what, charge.provider_key, reference, here, there, charge.account_id, charge.pk)


def _sum(charge: Charge) -> str:
    return f"{charge.amount_minor} {charge.currency} {charge.state}"


def _keep(found: list[Difference]) -> None:
    """Those found again stay as they are; those of which both say the same by now are gone."""
    now = {(difference.provider_key, difference.what) for difference in found}
    for row in ProviderDifference.objects.filter(gateway=card_gateway().name, gone_at=None):
        if (row.provider_key, row.what) not in now and not _still(row):
            ProviderDifference.objects.filter(pk=row.pk).update(gone_at=clock.now())
    for difference in found:
        _remember(difference)


def _still(row: ProviderDifference) -> bool:
    """Whether a difference of longer ago than what was compared is there yet."""
    charge = _whole(provider_key=row.provider_key)
    if charge is None:
        nameless = ChargeIntent(row.provider_key, "", 0, "", "", reference=row.reference)
        seen = card_gateway().look(nameless)
        return seen is not None and row.what in {difference.what for difference in _differences(seen, None)}
    taken = charging.gateway_of(charge.account).look(intents.intent_of(charge))
    if taken is None:
        return row.what == "only_here"
    return row.what in {difference.what for difference in _differences(taken, charge)}


def _whole(**which: object) -> Charge | None:
    return Charge.objects.select_related("account", "order__quote", "payment_method").filter(**which).first()


def _remember(difference: Difference) -> None:
    """Keep it, and say so once."""
    name = {"gateway": card_gateway().name, "provider_key": difference.provider_key, "what": difference.what}
    said = {"here": difference.here[:80], "there": difference.there[:80]}
    if ProviderDifference.objects.filter(gone_at=None, **name).exists():
        return
    row = ProviderDifference(
        **name, **said, reference=difference.reference, account_id=difference.account_id,
        charge_id=difference.charge_id, found_at=clock.now(),
    )  # fmt: skip
    ProviderDifference.objects.bulk_create([row], ignore_conflicts=True)
    log.error("provider_differs", what=difference.what, key=difference.provider_key, there=difference.there)
