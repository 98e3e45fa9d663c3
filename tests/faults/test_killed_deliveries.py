"""Workers killed in the middle of deliveries (F6): each event arrives, again only under its own id, and an endpoint
that never answers keeps nobody waiting. The receiver's journal is the oracle. REFILL_DELIVERY_KILLS sets how often.
"""

from __future__ import annotations

import os
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import psycopg
import pytest
from django.conf import settings as django_settings
from standardwebhooks.webhooks import Webhook

from refill.domain import ids
from refill.models import Event
from refill.services.developers import keys
from tests.api.client import Api, open_account
from tests.api.receiving import Endpoint, endpoint, raw_server
from tests.conftest import TEST_PLATFORM_KEY
from tests.faults.test_killed_broadcast import Owner, Workers, ask, wait_until

KILLS = int(os.environ.get("REFILL_DELIVERY_KILLS", "4"))
EVENTS_BETWEEN_KILLS = 30
KIND = "credits.refilled"
_DELIVERED = "select event_id from refill_delivery where endpoint_id = %s and state = 'delivered'"


@pytest.fixture
def workers(fresh_database: str, tmp_path: Path) -> Iterator[Workers]:
    workers = Workers(fresh_database, tmp_path)
    workers.environment |= {"REFILL_WEBHOOKS_TO_LOOPBACK": "1", "REFILL_SECRET_KEY": django_settings.SECRET_KEY}
    yield workers
    workers.kill()


@pytest.fixture
def account(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> Api:
    monkeypatch.setattr(django_settings, "WEBHOOKS_TO_LOOPBACK", True)
    keys.register_test_platform_key(TEST_PLATFORM_KEY)
    return open_account(TEST_PLATFORM_KEY)


def delivered(owner: Owner, endpoint_id: int) -> set[str]:
    rows = owner.execute(_DELIVERED, [endpoint_id]).fetchall()
    return {ids.encode("evt", int(str(number))) for (number,) in rows}


def arrived(server: Endpoint) -> Counter[str]:
    return Counter(one.headers["webhook-id"] for one in server.got)


def kill_in_the_middle(workers: Workers, owner: Owner, server: Endpoint, endpoint_id: int, goal: int) -> int:
    """Kill once so many came and others wait for their answer; return how many came that nobody wrote down."""

    def unwritten() -> set[str]:
        return set(arrived(server)) - delivered(owner, endpoint_id)

    assert server.gate is not None
    wait_until(lambda: len(arrived(server)) >= goal)
    server.gate.clear()
    wait_until(lambda: unwritten() != set())
    workers.kill()
    server.gate.set()
    # As if the leases of the dead were over.
    owner.execute("update refill_delivery set leased_until = null where state = 'pending'")
    return len(unwritten())


def test_each_event_arrives_and_again_only_under_its_own_id(
    workers: Workers, account: Api, fresh_database: str
) -> None:
    hang = threading.Event()
    asked: list[int] = []

    def never_answer(connection: socket.socket) -> None:
        asked.append(1)
        hang.wait(120)

    with (
        endpoint() as server, raw_server(never_answer) as dead,
        psycopg.connect(fresh_database, autocommit=True) as owner,
    ):  # fmt: skip
        server.gate = threading.Event()
        server.gate.set()
        silent = account.post("/webhook_endpoints", {"url": dead, "kinds": [KIND]}).json
        made = account.post("/webhook_endpoints", {"url": server.url, "kinds": [KIND]}).json
        (endpoint_id,) = ids.decode("whe", made["id"])
        chance, repeats = Random(20261128), 0
        for _ in range(KILLS):
            for _ in range(EVENTS_BETWEEN_KILLS):
                account.give(1)
            workers.start()
            goal = len(arrived(server)) + chance.randrange(1, EVENTS_BETWEEN_KILLS - 8)
            repeats += kill_in_the_middle(workers, owner, server, endpoint_id, goal)
        workers.start(2)
        count = KILLS * EVENTS_BETWEEN_KILLS
        wait_until(lambda: len(delivered(owner, endpoint_id)) == count)
        workers.kill()
        hang.set()

        expected = {
            ids.encode("evt", number) for number in Event.objects.filter(kind=KIND).values_list("pk", flat=True)
        }
        assert set(arrived(server)) == expected
        assert len(expected) == count
        # Of those that nobody had written down, one may have been just then: its COMMIT had left before the kill.
        assert count < arrived(server).total() <= count + repeats
        # The same at each try: an id says which event it is, and the signature holds.
        assert len({(one.headers["webhook-id"], one.body) for one in server.got}) == count
        for one in server.got:
            Webhook(made["secret"]).verify(one.body, one.headers)
        (dead_id,) = ids.decode("whe", silent["id"])
        assert asked
        assert delivered(owner, dead_id) == set()
        assert ask(owner, "select count(*) from refill_delivery where endpoint_id = %(e)s", e=dead_id) == (count,)
