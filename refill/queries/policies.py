"""The operator's policies, as versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from refill.domain.policies import Policy, parse
from refill.models import Period, PolicyVersion


@dataclass(frozen=True, slots=True)
class PolicyRow:
    id: int
    policy: Policy
    created_at: datetime
    actor: str


def latest() -> PolicyRow:
    """The newest version: what periods that begin now are under."""
    row = PolicyVersion.objects.order_by("-id")[0]
    return PolicyRow(row.pk, parse(row.values), row.created_at, row.actor)


def newest(count: int) -> tuple[PolicyRow, ...]:
    """The last versions, newest first."""
    rows = PolicyVersion.objects.order_by("-id")[:count]
    return tuple(PolicyRow(row.pk, parse(row.values), row.created_at, row.actor) for row in rows)


def in_force(account_id: int) -> Policy:
    """What holds for this account: the version that its current period began with, else the newest."""
    period = Period.objects.filter(account_id=account_id, state="current").select_related("policy").first()
    return parse(period.policy.values) if period is not None else latest().policy
