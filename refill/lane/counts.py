"""The request log of hot calls that went well: a row a minute for each key and account, as on the plain path."""

from __future__ import annotations

import asyncio
import logging
import time

import psycopg

from refill.lane.connections import Wire
from refill.ledger.hot import statement, texts, wholes

SECONDS = 60.0
MOST_COUNTED = 10_000
_KEEP = statement(
    "refill_lane_counts",
    """insert into refill_apirequest (account_id, key_id, at, method, path, status, code, milliseconds, calls,
                                      request_id)
       select account_id, key_id, now(), method, path, status, '', milliseconds, calls, ''
         from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::int[], $6::int[], $7::int[])
                u(account_id, key_id, method, path, status, milliseconds, calls)""",
)
_log = logging.getLogger("refill.lane")


class Counts:
    """Calls and the slowest's seconds, by account, key and what was called. A process that is killed loses at most a
    minute of them."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._counted: dict[tuple[int, int, str, str, int], tuple[int, float]] = {}

    def note(self, account_id: int, key_id: int, method: str, path: str, status: int, begun: float) -> None:
        """One more call; `begun` is when, by time.perf_counter."""
        took = time.perf_counter() - begun
        mark = account_id, key_id, method, path, status
        calls, slowest = self._counted.get(mark, (0, 0.0))
        if calls or len(self._counted) < MOST_COUNTED:
            self._counted[mark] = calls + 1, max(slowest, took)

    async def write_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(SECONDS)
            await self.write()

    async def write(self) -> None:
        """Write what was counted. What the database does not take is lost: nobody's call waits for its log."""
        taken, self._counted = self._counted, {}
        if not taken:
            return
        columns = (
            wholes(mark[0] for mark in taken),
            wholes(mark[1] for mark in taken),
            texts(mark[2] for mark in taken),
            texts(mark[3] for mark in taken),
            wholes(mark[4] for mark in taken),
            wholes(int(slowest * 1_000) for _, slowest in taken.values()),
            wholes(calls for calls, _ in taken.values()),
        )
        try:
            await self._wire.ask(_KEEP, columns)
        except psycopg.Error as fault:
            _log.warning("%d rows of the request log are lost: %s", len(taken), fault)
