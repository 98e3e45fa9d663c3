"""kill -9 of the lane in the middle: what it acknowledged is there, what it did not is there wholly or not at all."""

from __future__ import annotations

import os
import signal
import threading

import httpx
import psutil
import psycopg

from tests.conftest import TEST_PLATFORM_KEY
from tests.lane.caller import Caller
from tests.lane.conftest import entries, lane_started, wait_for
from tests.ports import free_port

ROUNDS = int(os.environ.get("REFILL_LANE_KILLS", "1"))
CLIENTS, ANSWERS, CREDITS = 4, 60, 100_000
Owner = psycopg.Connection[tuple[object, ...]]


def spend_until_it_breaks(url: str, account: str, round_: int, number: int, known: list[str], every: list[str]) -> None:
    with httpx.Client(base_url=url, timeout=30) as client:
        caller = Caller(client, TEST_PLATFORM_KEY, account)
        for count in range(100_000):
            key = f"{round_} {number} {count}"
            every.append(key)
            try:
                answer = caller.spend(1, key)
            except httpx.TransportError:
                return
            assert answer.status == 201
            known.append(key)


def test_nothing_that_the_lane_acknowledged_is_lost_and_nothing_is_doubled(
    database: str, site_url: str, callers: tuple[Caller, Caller], owner: Owner
) -> None:
    plain = callers[1]
    account = plain.open(CREDITS)
    after = Caller(plain.client, TEST_PLATFORM_KEY, account)
    every: list[str] = []
    for round_ in range(ROUNDS):
        known: list[str] = []
        port = free_port()
        process = lane_started(database, site_url, port)
        url = wait_for(f"http://127.0.0.1:{port}", process)
        arguments = [(url, account, round_, number, known, every) for number in range(CLIENTS)]
        threads = [threading.Thread(target=spend_until_it_breaks, args=each) for each in arguments]
        for thread in threads:
            thread.start()
        while len(known) < ANSWERS:
            assert any(thread.is_alive() for thread in threads)
            threads[0].join(0.01)
        for member in [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]:
            member.send_signal(signal.SIGKILL)
        for thread in threads:
            thread.join()
        process.wait()
        assert all(dict(after.spend(1, key).headers).get("idempotent-replayed") == "true" for key in known)
    assert {after.spend(1, key).status for key in every} == {201}
    assert entries(owner, account) == len(every) == len(set(every))
    assert after.available() == CREDITS - len(every)
