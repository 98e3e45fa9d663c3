"""One statement, one row, by name. All calls of the SQL functions go through here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections
from psycopg import pq

from refill.ledger.hot import Statement, Value, run

# What the account watches for (RULES §5.3), in the statement that debits it: no round trip of its own.
WATCHED = "(select watch_below from refill_balance where account_id = %s) as watched"


def call(statement: str, *arguments: Any) -> dict[str, Any]:
    """Run a statement and return its first row by column name; {} where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        row = cursor.fetchone()
        if row is None:
            return {}
        return dict(zip([column.name for column in cursor.description], row, strict=True))


def ask_hot(statement: Statement, values: Sequence[Value]) -> pq.abc.PGresult:
    """Run a prepared statement on this thread's connection. Raises Django's database errors."""
    database = connections[DEFAULT_DB_ALIAS]  # once: each look at `connection` costs as much as a function
    database.ensure_connection()
    if database.queries_logged:
        database.queries_log.append({"sql": statement.text.decode(), "time": ""})
    with database.wrap_database_errors:
        return run(database.connection, statement, values)


def call_hot(statement: Statement, values: Sequence[Value]) -> list[Value]:
    """Run a prepared statement and return its one row, as the wire has it."""
    row = ask_hot(statement, values)
    return [row.get_value(0, column) for column in range(row.nfields)]


def call_all(statement: str, *arguments: Any) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def pairs(taken: list[int] | None) -> tuple[tuple[int, int], ...]:
    """Read [grant, credits, grant, credits, …]."""
    flat = taken or []
    return tuple(zip(flat[::2], flat[1::2], strict=True))
