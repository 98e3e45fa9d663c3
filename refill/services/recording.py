"""Audit rows and events, written in the transaction of the deed (RULES §9.7)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from refill.domain.records import Actor
from refill.models import AuditRow, Event


def audit(
    account_id: int | None,
    at: datetime,
    actor: Actor | str,
    action: str,
    *,
    subject: str = "",
    before: Any = None,
    after: Any = None,
) -> None:
    """Keep who did what, when, and what it was before and after."""
    label = actor if isinstance(actor, str) else actor.label
    AuditRow.objects.create(
        account_id=account_id, at=at, actor=label, action=action, subject=subject, before=before, after=after
    )


def emit(account_id: int, at: datetime, kind: str, **data: Any) -> int:
    """Tell whoever listens; return the event. `data` holds ids and facts, no texts and no personal data."""
    return Event.objects.create(account_id=account_id, at=at, kind=kind, data=data).pk
