"""Test clocks: accounts made with one live in its time (API, test_clocks)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from refill.domain.errors import ClockGoesBack, Conflict, Invalid, Unknown
from refill.gateways import clock
from refill.models import TestClock
from refill.services.chores import work as chores

LEASE_SECONDS = 600
MOST_YEARS = 30
FARTHEST = timedelta(days=366 * MOST_YEARS)
MOST_STEPS = 100_000
_PUT_ON = """
update refill_testclock set instant = %(to)s, set_at = %(real)s
 where id = %(clock)s and not running and advancing_until is null and instant between %(from)s and %(to)s
"""


def create(*, now: datetime, running: bool = False) -> int:
    """Make a clock that shows `now`; a running one keeps pace with real time. Returns its id."""
    real = clock.now()
    if abs(now - real) > FARTHEST:
        raise Invalid(f"Give an instant within {MOST_YEARS} years of today.", param="now")
    return TestClock.objects.create(instant=now, running=running, set_at=real).pk


def instant_of(test_clock: TestClock) -> datetime:
    """What the clock shows."""
    if test_clock.running:
        return test_clock.instant + (clock.now() - test_clock.set_at)
    return test_clock.instant


def let_run(*, clock_id: int) -> None:
    """Let a clock that stands keep pace with real time from the instant it shows; a running one is left as it is."""
    TestClock.objects.filter(pk=clock_id, running=False).update(running=True, set_at=clock.now())


def advance(*, clock_id: int, to: datetime, work: bool = True) -> None:
    """Move a clock on. What became due while it was moved without work is done first, at the present instant; then
    everything due on the way, in order, each at its own instant. `work=False` moves it as if the worker were down.

    Raises ClockGoesBack, Unknown, Conflict (somebody else advances it), Invalid (too far).
    """
    if not work:
        _put_on(clock_id, to)
        return
    _claim(clock_id, to, advancing_until=clock.now() + timedelta(seconds=LEASE_SECONDS))
    try:
        _work_until(clock_id, to)
        _set(clock_id, to)
        _run_due(clock_id)
    finally:
        TestClock.objects.filter(pk=clock_id).update(advancing_until=None)


def _put_on(clock_id: int, to: datetime) -> None:
    """In one statement for a clock that stands, as in a story of thousands of steps."""
    real = clock.now()
    with connection.cursor() as cursor:
        if to - real <= 2 * FARTHEST:
            cursor.execute(_PUT_ON, {"clock": clock_id, "to": to, "real": real, "from": to - FARTHEST})
        if to - real > 2 * FARTHEST or not cursor.rowcount:
            _claim(clock_id, to, instant=to, set_at=real)


def _claim(clock_id: int, to: datetime, **facts: datetime) -> None:
    """Write these facts of a clock that may go on to that instant and that nobody advances."""
    real = clock.now()
    with transaction.atomic(durable=True):
        test_clock = TestClock.objects.select_for_update().filter(pk=clock_id).first()
        if test_clock is None:
            raise Unknown("There is no such test clock.")
        present = instant_of(test_clock)
        if to < present:
            raise ClockGoesBack(f"The clock shows {present.isoformat()}; it never goes back.", param="to")
        if to - present > FARTHEST or to - real > 2 * FARTHEST:
            raise Invalid(f"Advance by at most {MOST_YEARS} years.", param="to")
        if test_clock.advancing_until is not None and test_clock.advancing_until >= real:
            raise Conflict("Somebody else is advancing this clock.")
        TestClock.objects.filter(pk=clock_id).update(**facts)


def _work_until(clock_id: int, to: datetime) -> None:
    for _ in range(MOST_STEPS):
        _run_due(clock_id)
        due = chores.next_due(clock_id)
        if due is None or due > to:
            return
        _set(clock_id, due)
    raise Conflict("Too much is due on the way; advance in smaller steps.")


def _run_due(clock_id: int) -> None:
    present = instant_of(TestClock.objects.get(pk=clock_id))
    for account_id in chores.accounts_due(clock_id, present):
        chores.run_account(account_id)


def _set(clock_id: int, to: datetime) -> None:
    test_clock = TestClock.objects.get(pk=clock_id)
    if to > instant_of(test_clock):
        TestClock.objects.filter(pk=clock_id).update(instant=to, set_at=clock.now())
