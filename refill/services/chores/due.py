"""Which accounts the worker takes next, and the pause of those that failed."""

from __future__ import annotations

import time
from datetime import timedelta

import structlog
from django.db import DatabaseError, connection
from django.db.models import F

from refill.domain.records import Actor
from refill.gateways import clock
from refill.ledger import balances, renewals
from refill.models import TestClock, Trouble
from refill.services.chores import work
from refill.services.chores.clocks import instant_of
from refill.services.entering import entered
from refill.services.messages import texting
from refill.services.recording import audit

log = structlog.get_logger("refill.due")
PAUSE_SECONDS = 60.0
FORGOTTEN_AFTER = timedelta(days=1)
RENEWED_TOGETHER = 1_000
_put_off: dict[int, float] = {}
_ALL_TOGETHER = 0  # no account has this id: what is put off is renewing many at once


def claim(limit: int) -> list[int]:
    """Accounts with something due, on the system's clock and on running test clocks. Two workers may get the same one:
    each step claims its own row or lock, so that nothing is done twice."""
    now = time.monotonic()
    for account_id in [known for known, until in _put_off.items() if until <= now]:
        del _put_off[account_id]
    _renew_ordinary()
    found = work.accounts_due(None, clock.now(), limit)
    for test_clock in TestClock.objects.filter(running=True, advancing_until=None):
        found += work.accounts_due(test_clock.pk, instant_of(test_clock), limit)
    return [account_id for account_id in found if account_id not in _put_off]


def claim_texts(limit: int) -> list[int]:
    """Accounts on the system's clock with texts due."""
    return [account_id for account_id in texting.due_accounts(limit) if account_id not in _put_off]


def _renew_ordinary() -> None:
    """The credit work of ordinary boundaries, in chunks; the rest, and the money, is done account by account."""
    renewed = RENEWED_TOGETHER
    while renewed and _ALL_TOGETHER not in _put_off:
        try:
            waiting = [account_id for account_id in balances.due(RENEWED_TOGETHER) if account_id not in _put_off]
            renewed = renewals.renew_many(waiting) if waiting else 0
        except DatabaseError:
            # One account that cannot be renewed fails its whole chunk: alone, each finds its own end.
            log.exception("renewing_together_failed")
            put_off(_ALL_TOGETHER)


def run(account_id: int) -> None:
    """Do all that is due for one account."""
    work.run_account(account_id)


def put_off(account_id: int, fault: str = "") -> None:
    """Leave an account that failed alone for a minute, and let the office see it."""
    if connection.connection is not None and not connection.is_usable():
        connection.close()
    _put_off[account_id] = time.monotonic() + PAUSE_SECONDS
    if account_id == _ALL_TOGETHER:
        return
    now = clock.now()
    try:
        Trouble.objects.filter(last_at__lt=now - FORGOTTEN_AFTER).delete()
        known = Trouble.objects.filter(pk=account_id)
        if not known.update(fault=fault[:200], times=F("times") + 1, last_at=now):
            Trouble.objects.create(account_id=account_id, fault=fault[:200], since=now, last_at=now)
    except DatabaseError:
        # Two workers at once, or the database itself: the next failure is told again.
        log.exception("trouble_not_told", account=account_id)


def try_now(*, account_id: int, operator: Actor) -> None:
    """Do what is due for an account that was put off, asked for by an operator. Raises what the work raises."""
    with entered(account_id) as balance:
        audit(account_id, balance.at, operator, "account.tried")
    run(account_id)
    Trouble.objects.filter(pk=account_id).delete()
