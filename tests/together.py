"""Deeds at the same moment: how races are made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Barrier, Thread
from typing import Any

from django.db import connection, connections


def together(deeds: Sequence[Callable[[], Any]]) -> list[Any]:
    """Do all at once, each in a thread with a connection of its own; results or exceptions, in order."""
    barrier, results = Barrier(len(deeds)), [None] * len(deeds)

    def act(place: int, deed: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=30)
            results[place] = deed()
        except Exception as fault:
            results[place] = fault
        finally:
            connections.close_all()

    threads = [Thread(target=act, args=(place, deed)) for place, deed in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results
