"""Policy versions: what the operator decides, kept with those it applied to."""

from __future__ import annotations

from typing import Any

from django.db import OperationalError, connection, transaction

from refill.domain.errors import Conflict, Invalid
from refill.domain.policies import Policy, PolicyFaults, as_dict, parse
from refill.domain.records import PRODUCT, Actor
from refill.gateways import clock
from refill.models import PolicyVersion
from refill.services.recording import audit
from refill.services.selling.price_changes import lock_prices

# PostgreSQL looks for deadlocks after a second, and may end the other side then. This one gives way first.
_PATIENCE = "set local lock_timeout = '500ms'"
_WAITED_LONG, _TRIES = "55P03", 20


def put(*, actor: Actor, values: dict[str, Any], newest_id: int | None = None) -> int:
    """Store a new version, where it is one: the newest, with these values changed. Upcoming periods take it, current
    ones do not.

    It meets the periods of all accounts, so it begins anew where it waits long for one that changes its plan. Raises
    Invalid with every fault, and Conflict where `newest_id`, the version that was looked at, is not the newest any
    more.
    """
    for _ in range(_TRIES - 1):
        try:
            return _store(actor, values, newest_id)
        except OperationalError as fault:
            if getattr(fault.__cause__, "sqlstate", "") != _WAITED_LONG:
                raise
    return _store(actor, values, newest_id)


def ensure_defaults() -> None:
    """The first version is RULES' defaults."""
    if not PolicyVersion.objects.exists():
        put(actor=PRODUCT, values={})


def compare(*, values: dict[str, Any]) -> tuple[Policy, Policy]:
    """The policies in force, and those with these values changed; nothing is stored. Raises Invalid as `put`."""
    newest = PolicyVersion.objects.order_by("-id").first()
    before = newest.values if newest else {}
    return parse(before), _parsed({**before, **values})


def _store(actor: Actor, values: dict[str, Any], newest_id: int | None) -> int:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_PATIENCE)
        lock_prices()  # nobody stores periods by the version before, unseen
        newest = PolicyVersion.objects.select_for_update().order_by("-id").first()
        if newest_id is not None and (newest is None or newest.pk != newest_id):
            raise Conflict("The policies have changed meanwhile. Look at the changes again.")
        before = newest.values if newest else {}
        policy = _parsed({**before, **values})
        if newest and as_dict(policy) == before:
            return newest.pk
        version = PolicyVersion.objects.create(values=as_dict(policy), created_at=clock.now(), actor=actor.label)
        cursor.execute(
            """update refill_period p set policy_id = %s,
                   advance = p.credits * %s / (100 * case when r.interval = 'year' then 12 else 1 end)
                 from refill_price r where r.id = p.price_id and p.state = 'upcoming'""",
            [version.pk, policy.renewal_advance_percent],
        )
        audit(
            None,
            version.created_at,
            actor,
            "policies.changed",
            subject=str(version.pk),
            before=before,
            after=version.values,
        )
        return version.pk


def _parsed(values: dict[str, Any]) -> Policy:
    try:
        return parse(values)
    except PolicyFaults as wrong:
        faults = [{"name": fault.name, "message": fault.message} for fault in wrong.faults]
        raise Invalid(str(wrong), param=wrong.faults[0].name, faults=faults) from None
