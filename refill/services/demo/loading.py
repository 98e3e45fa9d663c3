"""Loads the demo once. A crash in the middle is made good by the next load, which goes on where the clocks stand."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime

from django.db import connection, transaction

from refill.domain.errors import Conflict, NothingToDo
from refill.domain.records import Actor
from refill.gateways import clock
from refill.models import AuditRow
from refill.services.demo.cast import CAST, OPERATORS
from refill.services.demo.playing import play
from refill.services.demo.scenes import Story
from refill.services.demo.stories import stories
from refill.services.office import operators
from refill.services.recording import audit
from refill.services.team import people

LOCK = 0x44454D4F
BEGUN, LOADED = "demo.begun", "demo.loaded"
ACTOR = "demo"


def load(*, password: str, renew_logins: bool = False) -> bool:
    """Load what is not loaded yet and give everybody the password; False where there was nothing to do.

    Raises Conflict while somebody else loads it.
    """
    with _alone():
        is_loaded = _told_at(LOADED) is not None
        if not is_loaded:
            with ThreadPoolExecutor(len(CAST)) as threads:
                list(threads.map(_play, stories(_present())))
        if not is_loaded or renew_logins:
            everybody = [person.email for customer in CAST for person in customer.people]
            people.give_logins(emails=everybody, password=password)
        if not is_loaded:
            _tell(LOADED, clock.now())
        return not is_loaded or renew_logins


def hire(*, password: str, secret: str) -> None:
    """Open the office to the demo's operators, with the password and the authenticator's secret that the demo shows."""
    for operator in OPERATORS:
        with suppress(NothingToDo):
            operators.add(email=operator.email, name=operator.name, actor=Actor(ACTOR))
        operators.give_authenticator(email=operator.email, secret=secret)
    people.give_logins(emails=[operator.email for operator in OPERATORS], password=password)


def _present() -> datetime:
    """The instant at which the stories end: that of the first load, also for one that goes on after a crash."""
    present = _told_at(BEGUN)
    if present is None:
        present = clock.now().replace(microsecond=0)
        _tell(BEGUN, present)
    return present


def _told_at(action: str) -> datetime | None:
    row = AuditRow.objects.filter(account=None, action=action).order_by("-id").first()
    return row.at if row else None


def _tell(action: str, at: datetime) -> None:
    with transaction.atomic(durable=True):
        audit(None, at, ACTOR, action)


@contextmanager
def _alone() -> Iterator[None]:
    """One loader at a time; the lock goes with its connection."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise Conflict("Somebody else is loading the demo.")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(%s)", [LOCK])


def _play(story: Story) -> None:
    """On a connection of its own, which does not wait for the disk at each of thousands of commits. What a crash takes
    is a tail, never a middle, and the next load tells it again; the row that says it is loaded waits for all before."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("set synchronous_commit = off")
        play(story)
    finally:
        connection.close()
