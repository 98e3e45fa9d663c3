"""The lane's own connections, on the loop that granian gives it and on Python's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import psycopg
import pytest
import uvloop

from refill.lane import balances, connections
from refill.lane.connections import Wire
from refill.ledger.hot import statement

Owner = psycopg.Connection[tuple[object, ...]]
WHO = statement("test_who", "select pg_backend_pid()")
LONG = statement("test_long", "select pg_sleep(30)")


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_the_answer_on_the_connection_after_a_lost_one_is_heard(
    new_loop: Callable[[], asyncio.AbstractEventLoop], database: str, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever does not hear the answer hears this instead.
    monkeypatch.setattr(connections, "MAX_WAIT_SECONDS", 5)
    with asyncio.Runner(loop_factory=new_loop) as runner:
        heard = runner.run(ask_and_lose(Wire(database), owner, times=3))
    assert len(set(heard)) == 4


async def ask_and_lose(wire: Wire, owner: Owner, times: int) -> list[int]:
    """Which server process answered, at first and after each loss in the middle of a statement."""
    heard = [await who(wire)]
    for _ in range(times):
        asking = asyncio.create_task(wire.ask(LONG, []))
        await asyncio.to_thread(end_when_it_runs, owner, heard[-1])
        with pytest.raises(psycopg.OperationalError) as lost:
            await asking
        assert "did not answer" not in str(lost.value)
        heard.append(await who(wire))
    wire.close()
    return heard


async def who(wire: Wire) -> int:
    return int((await wire.ask(WHO, [])).get_value(0, 0) or 0)


def end_when_it_runs(owner: Owner, process: int) -> None:
    ended = """select pg_terminate_backend(pid) from pg_stat_activity
                where pid = %s and state = 'active' and query like '%%pg_sleep%%'"""
    while not owner.execute(ended, [process]).fetchone():
        pass


def test_a_fault_in_reading_balances_sends_all_who_wait_the_plain_way(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(balances, "wholes", lambda _: 1 // 0)
    assert asyncio.run(balances_of(Wire(database), [1, 2, 1])) == [None, None, None]


async def balances_of(wire: Wire, account_ids: list[int]) -> list[bytes | None]:
    reader = balances.Balances(wire)
    async with asyncio.timeout(5):
        return await asyncio.gather(*(reader.read(account_id, livemode=False) for account_id in account_ids))
