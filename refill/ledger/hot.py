"""Hot statements, straight through libpq: prepared once for each connection, values written and read as the wire has
them. psycopg's adapting and waiting would cost as much as a spend. Free of Django, so that the lane has the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakSet

import psycopg
from psycopg import pq

Value = bytes | None
_NOT_PREPARED = b"26000"
Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Statement:
    """One statement with $1, $2, …; every value goes and comes as text."""

    name: bytes
    text: bytes
    known: WeakSet[Connection]


def statement(name: str, text: str) -> Statement:
    return Statement(name.encode(), text.encode(), WeakSet())


def run(connection: Connection, asked: Statement, values: Sequence[Value]) -> pq.abc.PGresult:
    """One round trip on a connection that nobody else uses meanwhile. Raises psycopg's errors."""
    wire = connection.pgconn
    if wire.transaction_status != pq.TransactionStatus.IDLE:
        return checked(connection, wire.exec_params(asked.text, values))
    prepare(connection, asked)
    result = wire.exec_prepared(asked.name, values)  # type: ignore[arg-type]  # None is NULL
    if result.error_field(pq.DiagnosticField.SQLSTATE) == _NOT_PREPARED:
        # psycopg forgets all prepared statements of the server, ours too, after a rollback.
        asked.known.discard(connection)
        prepare(connection, asked)
        result = wire.exec_prepared(asked.name, values)  # type: ignore[arg-type]
    return checked(connection, result)


def prepare(connection: Connection, asked: Statement) -> None:
    """Make the statement known to the server, where it is not."""
    if connection not in asked.known:
        checked(connection, connection.pgconn.prepare(asked.name, asked.text))
        asked.known.add(connection)


def checked(connection: Connection, result: pq.abc.PGresult) -> pq.abc.PGresult:
    """The result, or psycopg's error for it; OperationalError where the connection was lost."""
    if result.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
        if connection.pgconn.status == pq.ConnStatus.BAD:
            # A server that dies without a word leaves a result without a code: psycopg's plain DatabaseError.
            raise psycopg.OperationalError(result.get_error_message().strip())
        raise psycopg.errors.error_from_result(result, connection.info.encoding)
    return result


def whole(value: int | None) -> Value:
    return None if value is None else b"%d" % value


def text(value: str | None) -> Value:
    return None if value is None else value.encode()


def read_whole(value: Value) -> int | None:
    return None if value is None else int(value)


def read_text(value: Value) -> str | None:
    return None if value is None else value.decode()


def read_wholes(value: Value) -> list[Any] | None:
    """An array of whole numbers, some perhaps absent: {1,NULL}."""
    if value is None or value == b"{}":
        return None if value is None else []
    if b"N" in value:
        return [None if number == b"NULL" else int(number) for number in value[1:-1].split(b",")]
    return list(map(int, value[1:-1].split(b",")))


def read_words(value: Value) -> list[str] | None:
    """An array of plain words: {spent,replayed}."""
    if value is None or value == b"{}":
        return None if value is None else []
    return value[1:-1].decode().split(",")


def wholes(values: Iterable[int | None]) -> bytes:
    """An array of whole numbers, some perhaps absent."""
    return b"{%s}" % repr(list(values))[1:-1].replace("None", "NULL").encode()


def texts(values: Iterable[str | None]) -> bytes:
    """An array of texts, each quoted, so that none is read as NULL or as more than one."""
    given = list(values)
    written = ",".join(["NULL" if value is None else f'"{value}"' for value in given])
    if "\\" in written or written.count('"') > 2 * (len(given) - given.count(None)):
        written = ",".join(map(_quoted, given))
    return b"{%s}" % written.encode()


def truths(values: Iterable[bool]) -> bytes:
    return b"{%s}" % b",".join(b"t" if value else b"f" for value in values)


def _quoted(value: str | None) -> str:
    return "NULL" if value is None else '"{}"'.format(value.replace("\\", "\\\\").replace('"', '\\"'))
