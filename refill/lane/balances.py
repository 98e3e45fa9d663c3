"""GET /v1/balance: the kept totals, of all accounts that were asked for while the last statement ran."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

import msgspec
import psycopg

from refill.domain.roles import Right
from refill.lane.callers import Need
from refill.lane.connections import Wire
from refill.ledger.hot import Value, statement, wholes

PATH = "/v1/balance"
NEED = Need(Right.SEE_USE, "read")
_READ = statement(
    "refill_lane_balances",
    # Ordinary: on the system's clock, with no boundary whose work must be done first.
    """select b.account_id, b.livemode, r.available, r.held, r.owed, r.allowance_granted, r.allowance_left,
              to_char(r.resets_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
              r.promotion_left + r.adjustment_left, r.purchased_left
         from refill_balance b, ledger_as_it_is(b) r
        where b.account_id = any ($1::bigint[]) and b.test_clock_id is null
          and (b.next_due_at is null or b.next_due_at > clock_timestamp())""",
)
_encode = msgspec.json.Encoder().encode
_log = logging.getLogger("refill.lane")


class _Allowance(msgspec.Struct):
    granted: int
    remaining: int
    resets_at: str | None


class _Remaining(msgspec.Struct):
    remaining: int


class _Balance(msgspec.Struct):
    """As the plain path's Balance."""

    available: int
    held: int
    owed: int
    allowance: _Allowance | None
    promotion: _Remaining
    purchased: _Remaining


class Balances:
    """An account's totals as of after the asking, once for all who wait for them."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._waiting: dict[int, asyncio.Future[tuple[bool, bytes] | None]] = {}
        self._working: asyncio.Task[None] | None = None

    async def read(self, account_id: int, *, livemode: bool) -> bytes | None:
        """The answer. None: the plain path must say it."""
        asked = self._waiting.get(account_id)
        if asked is None:
            loop = asyncio.get_running_loop()
            asked = self._waiting[account_id] = loop.create_future()
            if self._working is None:
                self._working = loop.create_task(self._work())
        found = await asyncio.shield(asked)
        return found[1] if found is not None and found[0] is livemode else None

    async def _work(self) -> None:
        asked: dict[int, asyncio.Future[tuple[bool, bytes] | None]] = {}
        try:
            while self._waiting:
                asked, self._waiting = self._waiting, {}
                found = await self._ask(asked)
                for account_id, answer in asked.items():
                    answer.set_result(found.get(account_id))
        finally:
            # After a fault the plain path says it, also to those who came meanwhile.
            left, self._waiting, self._working = [*asked.values(), *self._waiting.values()], {}, None
            for answer in left:
                if not answer.done():
                    answer.set_result(None)

    async def _ask(self, account_ids: Iterable[int]) -> dict[int, tuple[bool, bytes]]:
        """By account: its mode and the answer, if it is ordinary; nothing where the asking failed."""
        try:
            result = await self._wire.ask(_READ, [wholes(account_ids)])
        except psycopg.Error as fault:
            _log.warning("balances are asked for the plain way: %s", fault)
            return {}
        rows = ([result.get_value(row, column) for column in range(result.nfields)] for row in range(result.ntuples))
        return {int(row[0] or 0): (row[1] == b"t", _answer(row[2:])) for row in rows}


def _answer(row: list[Value]) -> bytes:
    available, held, owed, granted, allowance, promotion, purchased = (
        int(row[at] or 0) for at in (0, 1, 2, 3, 4, 6, 7)
    )
    resets_at = None if row[5] is None else row[5].decode().replace(".000000", "")
    has_allowance = resets_at is not None or granted or allowance
    return _encode(
        _Balance(
            available, held, owed, _Allowance(granted, allowance, resets_at) if has_allowance else None,
            _Remaining(promotion), _Remaining(purchased),
        )
    )  # fmt: skip
