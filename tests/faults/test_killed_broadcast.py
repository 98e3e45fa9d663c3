"""A broadcast whose workers are killed in the middle (F7, F9): each recipient is texted at most once, charged exactly
for what the carrier took, and the rest comes back. The carrier's own memory is the oracle.

The suite kills workers under 300 texts; `make soak` everything, PostgreSQL included, under 10,000.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import httpx
import psycopg
import pytest

from refill.cli.postgres import EmbeddedPostgres
from refill.domain import ids
from refill.domain.recipients import Line
from refill.gateways import clock
from refill.ledger import verify
from refill.models import Number
from refill.services import credits
from refill.services.messages import broadcasts
from tests.cli.conftest import data_dir
from tests.faults.test_kills import Product, headers, make_account
from tests.ledger.world import OPERATOR, open_purse
from tests.texting import FAILS, REFUSED, UNKNOWN_FINE, UNKNOWN_NEVER

__all__ = ["data_dir"]
SHORT, LONG, LONG_KILLS = 300, 10_000, int(os.environ.get("REFILL_BROADCAST_KILLS", "12"))
ODD = [FAILS, REFUSED, UNKNOWN_FINE, UNKNOWN_NEVER]
PATIENCE_SECONDS = 300
_ORACLE = """
select count(*) filter (where t.sends > 1) as twice,
       count(*) filter (where t.provider_key is not null) as taken,
       count(*) filter (where (m.charged > 0) <> (t.provider_key is not null and m.recipient <> %(fails)s)) as wrong,
       count(*) filter (where m.step not in ('', 'news')) as undecided, sum(m.charged)::bigint as charged
  from (select m.*, c.e164 as recipient from refill_message m
          join refill_conversation v on v.id = m.conversation_id join refill_contact c on c.id = v.contact_id
         where m.direction = 'out' and m.account_id = %(account)s) m
  left join sandbox_text t on t.provider_key = m.provider_key
"""
Owner = psycopg.Connection[tuple[object, ...]]


def numbers(count: int) -> list[str]:
    """So many recipients, some of whom do not get it."""
    return [*ODD, *(f"+1206{2_000_000 + place}" for place in range(count - len(ODD)))]


class Workers:
    """Worker processes on a database, killed without a word."""

    def __init__(self, database: str, folder: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("REFILL_")}
        self.environment = kept | {
            "DATABASE_URL": database,
            "REFILL_SECRET_KEY": "for tests",
            "REFILL_DATA": str(folder),
        }
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, count: int = 1) -> None:
        command = [sys.executable, "-m", "refill", "worker"]
        self.running += [
            subprocess.Popen(command, env=self.environment, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for _ in range(count)
        ]

    def kill(self) -> None:
        for worker in self.running:
            worker.kill()
            worker.wait()
        self.running.clear()


@pytest.fixture
def workers(fresh_database: str, tmp_path: Path) -> Iterator[Workers]:
    workers = Workers(fresh_database, tmp_path)
    yield workers
    workers.kill()


def wait_until(is_so: Callable[[], bool]) -> None:
    """Until another process has done something."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it never happens"
        clock.pause(0.05)


def ask(owner: Owner, statement: str, **facts: Any) -> tuple[Any, ...]:
    found = owner.execute(statement, facts).fetchone()
    assert found is not None
    return found


def decided(owner: Owner) -> int:
    statement = """select count(*) from refill_message
                    where direction = 'out' and step not in ('queued', 'sending', 'unknown')"""
    return int(ask(owner, statement)[0])


def test_workers_killed_in_the_middle_of_a_broadcast(workers: Workers, fresh_database: str) -> None:
    purse = open_purse(None)
    credits.grant(account_id=purse.id, actor=OPERATOR, credits=SHORT, source="promotion", reason="a start")
    at = credits.balance(account_id=purse.id).at
    number = Number.objects.create(account_id=purse.id, kind="local", e164="+12063990000", created_at=at, bought_at=at)
    broadcast_id = broadcasts.draft(
        account_id=purse.id, actor=OPERATOR, name="Friday", number_id=number.pk, body="See you on Friday.",
        lines=[Line(place, to) for place, to in enumerate(numbers(SHORT))], pace=6_000,
    )  # fmt: skip
    broadcasts.send(account_id=purse.id, broadcast_id=broadcast_id, actor=OPERATOR, credits=SHORT)
    chance = Random(20261125)
    with psycopg.connect(fresh_database, autocommit=True) as owner:
        # Everything is due at once.
        for goal in (chance.randrange(1, 40), chance.randrange(60, 120), chance.randrange(140, 220)):
            workers.start(1)
            wait_until(lambda goal=goal: decided(owner) >= goal)  # type: ignore[misc]
            workers.kill()
            # As if the leases of the dead were over, and the time to ask had come.
            owner.execute("update refill_message set leased_until = null, next_at = now() where next_at is not null")
        workers.start(2)
        wait_until(lambda: ask(owner, "select state from refill_broadcast")[0] == "done")
        assert_all_is_right(owner, purse.id, SHORT)
    assert verify.run() == []


def assert_all_is_right(owner: Owner, account_id: int, count: int) -> None:
    """What the carrier took is charged, once; nothing is held, and the rest is there again."""
    wait_until(lambda: ask(owner, _ORACLE, account=account_id, fails=FAILS)[3] == 0)
    wait_until(lambda: ask(owner, "select count(*) from refill_message where state = 'sent'")[0] == 0)
    twice, taken, wrong, _, charged = ask(owner, _ORACLE, account=account_id, fails=FAILS)
    available, held = ask(owner, "select available, held from refill_balance where account_id = %(a)s", a=account_id)
    made, recipients = ask(
        owner,
        """select count(*), count(distinct v.contact_id) from refill_message m
             join refill_conversation v on v.id = m.conversation_id where m.direction = 'out'""",
    )
    assert (twice, wrong, held, made, recipients) == (0, 0, 0, count, count)
    assert charged <= taken <= count - 2
    given = int(ask(owner, "select sum(amount) from refill_grant where account_id = %(a)s", a=account_id)[0])
    assert available + charged == given


@pytest.mark.no_database
@pytest.mark.soak
def test_everything_killed_again_and_again_under_ten_thousand_texts(data_dir: Path) -> None:
    product = Product(data_dir)
    product.start()
    try:
        account = make_account(product)
        (account_id,) = ids.decode("acc", account)
        chance = Random(20261125)
        with psycopg.connect(EmbeddedPostgres(product.folder).url(), autocommit=True) as owner:
            owner.execute(
                """insert into refill_number (account_id, kind, e164, name, carrier, reference, created_at, bought_at)
                   values (%s, 'local', '+12063990000', '', '', '', now(), now())""",
                (account_id,),
            )
        body = {
            "name": "Friday", "from": "+12063990000", "body": "See you on Friday.", "pace": 6_000,
            "recipients": [{"to": to} for to in numbers(LONG)],
        }  # fmt: skip
        made = httpx.post(f"{product.url}/broadcasts", json=body, headers=headers("b", account), timeout=120)
        made.raise_for_status()
        path = f"{product.url}/broadcasts/{made.json()['id']}"
        sent = httpx.post(f"{path}/send", json={"credits": LONG}, headers=headers("s", account), timeout=120)
        sent.raise_for_status()
        for _ in range(LONG_KILLS):
            goal = decided_of(path, account) + chance.randrange(100, LONG // LONG_KILLS)
            wait_until(lambda goal=goal: decided_of(path, account) >= min(goal, LONG - 1))  # type: ignore[misc]
            product.kill()
            product.start()
        wait_until(lambda: httpx.get(path, headers=headers("", account), timeout=60).json()["state"] == "done")
        with psycopg.connect(EmbeddedPostgres(product.folder).url(), autocommit=True) as owner:
            assert_all_is_right(owner, account_id, LONG)
    finally:
        if product.process.poll() is None:
            product.stop()
    assert product.verify() == []


def decided_of(path: str, account: str) -> int:
    states = httpx.get(path, headers=headers("", account), timeout=60).json()["states"]
    return sum(count for state, count in states.items() if state != "accepted")
