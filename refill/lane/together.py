"""What arrived while commits were running goes into the next transaction. Nothing waits for company."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Coroutine, Sequence
from typing import Any

import psycopg

from refill.lane.connections import Wire
from refill.ledger.together import SPEND_TOGETHER, Spend, Wanted, outcomes, values

MOST_TOGETHER = 256
_log = logging.getLogger("refill.lane")

Waiting = tuple[Wanted, "asyncio.Future[Spend | None]"]


class Together:
    """Spends for whoever asks, an account in one transaction at a time. The swift connections never wait for an account
    that somebody else holds: its spends go to a patient one, which has no others', so that nobody else is kept."""

    def __init__(self, swift: Sequence[Wire], patient: Sequence[Wire]) -> None:
        self._swift = list(swift)
        self._patient: asyncio.Queue[Wire] = asyncio.Queue()
        for wire in patient:
            self._patient.put_nowait(wire)
        self._arrived: list[Waiting] = []
        self._at_work: set[int] = set()
        self._starts_soon = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def spend(self, wanted: Wanted) -> Spend | None:
        """Spend, committed when this returns. None: it was not ordinary, or its transaction failed; the plain path then
        decides, which is right also where it was committed after all, because of the key."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Spend | None] = loop.create_future()
        if not self._starts_soon:
            # Not at once, but when the loop has seen all that has arrived by now.
            self._starts_soon = True
            loop.call_soon(self._start)
        self._arrived.append((wanted, answer))
        return await answer

    def _start(self) -> None:
        self._starts_soon = False
        while self._swift and (taken := self._take()):
            self._begin(self._run(self._swift.pop(), taken))

    def _take(self) -> list[Waiting]:
        """Those that can go now, in the order in which they came."""
        taken: list[Waiting] = []
        left: list[Waiting] = []
        for each in self._arrived:
            is_next = len(taken) < MOST_TOGETHER and each[0].account_id not in self._at_work
            (taken if is_next else left).append(each)
        self._arrived = left
        self._at_work.update(wanted.account_id for wanted, _ in taken)
        return taken

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, wire: Wire, taken: Sequence[Waiting]) -> None:
        held: dict[int, list[Waiting]] = defaultdict(list)
        try:
            for each in await _apply(wire, taken, wait=False):
                held[each[0].account_id].append(each)
        finally:
            self._swift.append(wire)
            self._at_work.difference_update({wanted.account_id for wanted, _ in taken} - held.keys())
            for account_id, waiting in held.items():
                self._begin(self._wait(account_id, waiting))
            self._start()

    async def _wait(self, account_id: int, waiting: Sequence[Waiting]) -> None:
        wire = await self._patient.get()
        try:
            await _apply(wire, waiting, wait=True)
        finally:
            self._patient.put_nowait(wire)
            self._at_work.discard(account_id)
            self._start()


async def _apply(wire: Wire, taken: Sequence[Waiting], *, wait: bool) -> list[Waiting]:
    """One transaction; everybody has an answer then, but those whose account is held, who are returned."""
    try:
        result = await wire.ask(SPEND_TOGETHER, values([wanted for wanted, _ in taken], wait=wait))
        done = dict(outcomes(result))
    except psycopg.Error as fault:
        _log.warning("%d spends go the plain way: %s", len(taken), fault)
        done = {}
    except BaseException:
        for _, answer in taken:
            answer.cancel()
        raise
    held = []
    for place, each in enumerate(taken):
        spend = done.get(place)
        if spend is not None and spend.seq is None:
            held.append(each)
        elif not each[1].done():
            each[1].set_result(spend)
    return held
