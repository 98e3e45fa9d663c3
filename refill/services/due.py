"""Which accounts the worker takes next, and the pause of those that failed."""

from __future__ import annotations

import time

from django.db import connection

from refill.gateways import clock
from refill.models import TestClock
from refill.services import work
from refill.services.clocks import instant_of

PAUSE_SECONDS = 60.0
_put_off: dict[int, float] = {}


def claim(limit: int) -> list[int]:
    """Accounts with something due, on the system's clock and on running test clocks. Two workers may get the same one:
    each step claims its own row or lock, so that nothing is done twice."""
    now = time.monotonic()
    for account_id in [known for known, until in _put_off.items() if until <= now]:
        del _put_off[account_id]
    found = work.accounts_due(None, clock.now(), limit)
    for test_clock in TestClock.objects.filter(running=True, advancing_until=None):
        found += work.accounts_due(test_clock.pk, instant_of(test_clock), limit)
    return [account_id for account_id in found if account_id not in _put_off]


def run(account_id: int) -> None:
    """Do all that is due for one account."""
    work.run_account(account_id)


def put_off(account_id: int) -> None:
    """Leave an account that failed alone for a minute."""
    if connection.connection is not None and not connection.is_usable():
        connection.close()
    _put_off[account_id] = time.monotonic() + PAUSE_SECONDS
