"""The courier: a thread of the worker that brings events to endpoints, many at once, so that none waits for another."""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from threading import Event, Thread

import structlog
from django.db import Error, connection

from refill.services.developers import delivering
from refill.services.developers.delivering import Answered, Parcel
from refill.worker import nudges

log = structlog.get_logger("refill.courier")
PLACES = 64
IDLE_SECONDS, BUSY_SECONDS = 1.0, 0.25


class Courier:
    """Claims and settles in one thread with one connection; only the sending itself happens in others."""

    def __init__(self, places: int = PLACES) -> None:
        self._places = places
        self._pool = ThreadPoolExecutor(places, thread_name_prefix="courier")
        self._on_the_way: dict[Future[Answered], Parcel] = {}

    def turn(self) -> int:
        """Send what is due and settle what has come back by now; return how many are on their way."""
        for parcel in delivering.claim(self._places - len(self._on_the_way)):
            self._on_the_way[self._pool.submit(delivering.send, parcel)] = parcel
        for future in [future for future in self._on_the_way if future.done()]:
            delivering.settle(self._on_the_way.pop(future), future.result())
        return len(self._on_the_way)

    def rest(self) -> None:
        """Until something comes back, or a new event, or a moment has passed."""
        if self._on_the_way:
            wait(self._on_the_way, timeout=BUSY_SECONDS, return_when=FIRST_COMPLETED)
            return
        nudges.wait("refill_deliveries", IDLE_SECONDS)

    def end(self) -> None:
        """Let go: what is on its way is sent again by the next, when its lease has run out."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def start(stop: Event) -> Thread:
    """Run until told to stop; the process need not wait for it."""
    thread = Thread(target=_run, args=(stop,), name="courier", daemon=True)
    thread.start()
    return thread


def _run(stop: Event) -> None:
    courier = Courier()
    while not stop.is_set():
        try:
            courier.turn()
            courier.rest()
        except Error:
            log.exception("database_trouble")
            connection.close()
            stop.wait(IDLE_SECONDS)
        except Exception:
            log.exception("courier_failed")
            time.sleep(IDLE_SECONDS)
    courier.end()
