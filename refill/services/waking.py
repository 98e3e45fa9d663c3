"""The nudge for workers that wait: they listen, and otherwise look every second."""

from __future__ import annotations

from django.db import connection


def wake_worker() -> None:
    """Wake the loop, at once or when the transaction that is open commits."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_notify('refill_work', '')")
