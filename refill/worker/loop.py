"""One loop: claim what is due, do it, wait for a nudge or a second. Killing one of several workers loses nothing."""

from __future__ import annotations

import time
from threading import Event

import structlog
from django.db import Error, connection

from refill.worker import courier, nudges
from refill.worker.chores import CHORES

log = structlog.get_logger("refill.worker")
IDLE_SECONDS = 1.0


def run(stop: Event) -> None:
    """Run until told to stop. A chore that fails is logged and tried again; the others go on."""
    due_at = dict.fromkeys(CHORES, 0.0)
    courier.start(stop)
    while not stop.is_set():
        worked = False
        for chore, every_seconds in CHORES.items():
            if time.monotonic() < due_at[chore] or stop.is_set():
                continue
            due_at[chore] = time.monotonic() + every_seconds
            try:
                worked = chore() or worked
            except Error:
                log.exception("database_trouble", chore=chore.__name__)
                connection.close()
            except Exception:
                log.exception("chore_failed", chore=chore.__name__)
        if not worked:
            _wait(stop)


def _wait(stop: Event) -> None:
    """Sleep until a nudge (LISTEN refill_work), but never longer than the idle time."""
    try:
        nudges.wait("refill_work", IDLE_SECONDS)
    except Error:
        connection.close()
        stop.wait(IDLE_SECONDS)
