"""A connection that died while nobody looked is replaced: the hot call happens once, the worker works on (F11, F30)."""

from threading import Event, Thread
from typing import Any

import psycopg
import pytest
from django.db import connection

from refill.worker import courier, loop
from tests.life import Platform


def cut(owner: psycopg.Connection[Any]) -> None:
    """End the product's connection at the server's side."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        (backend,) = cursor.fetchone()
    owner.execute("select pg_terminate_backend(%s, 5000)", [backend])


def test_a_spend_on_a_dead_connection_is_made_once_on_a_new_one(platform_key: str, owner: psycopg.Connection[Any]):
    life = Platform(platform_key).life("2027-03-22 00:00")
    life.call("POST", "/grants", {"credits": 50, "source": "promotion", "reason": "a start"})
    cut(owner)
    assert life.spend(7)["balance"] == 43
    cut(owner)
    assert life.available == 43


@pytest.mark.parametrize("part", ["loop", "courier"])
def test_the_worker_goes_on_after_its_connection_died_while_it_waited(
    part: str, platform_key: str, owner: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
):
    stop, backends = Event(), set[int]()

    def look(*_: object) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("select pg_backend_pid()")
            backends.update(*cursor.fetchall())
        if len(backends) == 3:
            stop.set()
        return []

    monkeypatch.setattr(loop, "CHORES", {look: 0})
    monkeypatch.setattr(courier.delivering, "claim", look)
    if part == "loop":
        monkeypatch.setattr(courier, "start", lambda stop: None)
    thread = Thread(target=loop.run if part == "loop" else courier._run, args=(stop,))
    thread.start()
    while not stop.is_set() and thread.is_alive():
        owner.execute(
            """select pg_terminate_backend(pid, 5000) from pg_stat_activity
                where pid = any (%s) and state = 'idle' and query like 'listen%%'""",
            [list(backends)],
        )
    thread.join()
    assert len(backends) == 3
