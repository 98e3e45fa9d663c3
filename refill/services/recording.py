"""Audit rows, events and what a request made, written in the transaction of the deed (RULES §9.7)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from refill.domain.errors import IdempotencyInFlight
from refill.domain.records import Actor
from refill.models import Answer, AuditRow, Event

_under_way: ContextVar[tuple[str, str] | None] = ContextVar("under_way", default=None)


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


@contextmanager
def request_under_way(scope: str, key: str) -> Iterator[None]:
    """Deeds within are those of the request with this key."""
    before = _under_way.set((scope, key))
    try:
        yield
    finally:
        _under_way.reset(before)


def made(number: int) -> None:
    """Say what the request under way made, so that it is not made once more where the process dies before its answer is
    kept. For deeds that nothing else makes once: credits given, given back, money given back, accounts.

    Raises IdempotencyInFlight where the request took so long that it was sent again and is done by now.
    """
    request = _under_way.get()
    if request is None:
        return
    if not Answer.objects.filter(scope=request[0], key=request[1], made=None, status=None).update(made=number):
        raise IdempotencyInFlight("This request was sent again meanwhile, and that one is done. Ask once more.")
