"""Test clocks: accounts made with one live in its time (API, test_clocks)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from refill.domain.errors import ClockGoesBack, Conflict, Invalid, Unknown
from refill.gateways import clock
from refill.models import TestClock
from refill.services.chores import work as chores

LEASE_SECONDS = 600
MOST_YEARS = 30
MOST_STEPS = 100_000


def create(*, now: datetime, running: bool = False) -> int:
    """Make a clock that shows `now`; a running one keeps pace with real time. Returns its id."""
    real = clock.now()
    if abs(now - real) > timedelta(days=366 * MOST_YEARS):
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
    _lease(clock_id, to)
    try:
        if work:
            _work_until(clock_id, to)
        _set(clock_id, to)
        if work:
            _run_due(clock_id)
    finally:
        TestClock.objects.filter(pk=clock_id).update(advancing_until=None)


def _lease(clock_id: int, to: datetime) -> None:
    real = clock.now()
    with transaction.atomic(durable=True):
        test_clock = TestClock.objects.select_for_update().filter(pk=clock_id).first()
        if test_clock is None:
            raise Unknown("There is no such test clock.")
        present = instant_of(test_clock)
        if to < present:
            raise ClockGoesBack(f"The clock shows {present.isoformat()}; it never goes back.", param="to")
        if to - present > timedelta(days=366 * MOST_YEARS) or to - real > timedelta(days=2 * 366 * MOST_YEARS):
            raise Invalid(f"Advance by at most {MOST_YEARS} years.", param="to")
        claimed = TestClock.objects.filter(Q(advancing_until=None) | Q(advancing_until__lt=real), pk=clock_id)
        if not claimed.update(advancing_until=real + timedelta(seconds=LEASE_SECONDS)):
            raise Conflict("Somebody else is advancing this clock.")


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
