"""What wakes the worker: LISTEN on its connection."""

from django.db import connection


def wait(channel: str, seconds: float) -> None:
    """Sleep until somebody notifies, but no longer than that. Raises Django's errors, also for a lost connection."""
    with connection.cursor() as cursor:
        cursor.execute(f"listen {channel}")
    # psycopg itself waits: what it raises would pass by whoever catches Django's.
    with connection.wrap_database_errors:
        for _ in connection.connection.notifies(timeout=seconds, stop_after=1):
            return
