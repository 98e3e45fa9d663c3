"""A connection to PostgreSQL that the lane's one loop can wait on: libpq's own non-blocking calls."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence

import psycopg
from psycopg import pq

from refill.ledger.hot import Connection, Statement, Value, checked, prepare

MAX_WAIT_SECONDS = 15


class Wire:
    """One connection, opened when first asked and again after it was lost. One asker at a time."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._connection: Connection | None = None
        self._watched = -1
        self._turn = asyncio.Lock()

    async def ask(self, asked: Statement, values: Sequence[Value]) -> pq.abc.PGresult:
        """One round trip, committed when it answers. Raises psycopg's errors; OperationalError when the connection was
        lost, or nothing came within MAX_WAIT_SECONDS: then nobody knows whether it was done."""
        async with self._turn:
            connection = self._connection
            if connection is None:
                connection = await asyncio.to_thread(self._open)
            try:
                prepare(connection, asked)
                async with asyncio.timeout(MAX_WAIT_SECONDS):
                    return await _round_trip(connection, self._watched, asked, values)
            except (psycopg.OperationalError, TimeoutError, asyncio.CancelledError) as fault:
                self.close()
                if isinstance(fault, TimeoutError):
                    raise psycopg.OperationalError("the database did not answer") from fault
                raise

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            os.close(self._watched)
            self._connection = None

    def _open(self) -> Connection:
        opened: Connection = psycopg.connect(self._conninfo, autocommit=True)
        # A number of our own for the socket: libpq closes its own when the server dies, and the next connection may get
        # that number while the loop still watches what it stood for, so that nobody would hear the answer.
        self._watched = os.dup(opened.pgconn.socket)
        self._connection = opened
        return opened


async def _round_trip(
    connection: Connection, watched: int, asked: Statement, values: Sequence[Value]
) -> pq.abc.PGresult:
    wire, loop = connection.pgconn, asyncio.get_running_loop()
    answered: asyncio.Future[list[pq.abc.PGresult]] = loop.create_future()

    def take() -> None:
        try:
            wire.consume_input()
            if not wire.is_busy() and not answered.done():
                answered.set_result(_results(wire))
        except psycopg.OperationalError as fault:
            if not answered.done():
                answered.set_exception(fault)

    wire.send_query_prepared(asked.name, values)  # type: ignore[arg-type]  # None is NULL
    loop.add_reader(watched, take)
    try:
        while wire.flush():
            await asyncio.sleep(0)
        results = await answered
    finally:
        loop.remove_reader(watched)
    # The commit can fail after the rows have come: then a second result says so.
    for result in results:
        checked(connection, result)
    return results[0]


def _results(wire: pq.abc.PGconn) -> list[pq.abc.PGresult]:
    found = []
    while (result := wire.get_result()) is not None:
        found.append(result)
    return found
