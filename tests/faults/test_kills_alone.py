"""kill -9 of one part alone, while the others run and spends go through web and lane on the same accounts and keys.

Both doors are asked for each key, again and again until each answers; what they said is the journal. For each kind the
part dies while spends of the hot account wait in its transactions: the database may commit them with nobody to tell.
REFILL_KILLS_ALONE sets how many kills of each kind, REFILL_KILLS_PAIRS how many pairs of clients; the suite has the
short form.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from random import Random

import httpx
import psutil
import psycopg
import pytest

from refill.cli.children import Child, Children
from refill.cli.environment import child_environment
from refill.cli.postgres import EmbeddedPostgres
from refill.domain import ids
from refill.gateways import clock
from tests.faults.test_kills import KEY, data_dir, headers
from tests.ports import free_port

pytestmark = pytest.mark.no_database
KILLS = int(os.environ.get("REFILL_KILLS_ALONE", "1"))
KINDS = ("lane", "web", "worker", "postgres")
PAIRS = int(os.environ.get("REFILL_KILLS_PAIRS", "4"))
WAITING = """select distinct l.pid from pg_locks l join pg_stat_activity a using (pid)
              where not l.granted and a.query like '%ledger_spend%'"""
__all__ = ["data_dir"]
Journal = dict[tuple[str, str], list[tuple[int, str]]]


class Parts:
    """PostgreSQL, web, lane and worker, each a process of its own that can die alone and be started again."""

    def __init__(self, folder: Path) -> None:
        self.postgres = EmbeddedPostgres(folder)
        self.children = Children(folder / "logs")
        self.running: dict[str, Child] = {}
        self.ports = {"web": free_port(), "lane": free_port()}
        self.doors = [f"http://127.0.0.1:{port}/v1" for port in self.ports.values()]
        self.folder = folder
        self.verbs = {
            "web": ["serve", "--port", str(self.ports["web"]), "--workers", "1"],
            "lane": ["lane", "--port", str(self.ports["lane"]), "--plain", f"127.0.0.1:{self.ports['web']}"],
            "worker": ["worker"],
        }

    def environment(self, process: str) -> dict[str, str]:
        url = self.postgres.url()
        made = child_environment(
            self.folder, database_url=url, base_url=self.doors[0], process=process, as_owner=process == "owner"
        )
        return made | {"REFILL_TEST_PLATFORM_KEY": KEY}

    def start(self) -> None:
        self.postgres.start()
        self.children.finish("migrate", ["migrate"], self.environment("owner"))
        for name in self.verbs:
            self.start_one(name)
        for port in self.ports.values():
            wait_for_answer(port)

    def start_one(self, name: str) -> None:
        self.running[name] = self.children.start(name, self.verbs[name], self.environment(name))

    def kill(self, kind: str) -> None:
        """Without a word, and start again what nothing else starts."""
        if kind == "web":
            for worker in psutil.Process(self.running["web"].process.pid).children():
                worker.kill()
        elif kind == "postgres":
            assert self.postgres.process is not None
            kill_all(self.postgres.process.pid)
            self.postgres.stop()
            self.postgres.start()
        else:
            kill_all(self.running[kind].process.pid)
            self.running[kind].process.wait()
            self.start_one(kind)

    def ended(self) -> dict[str, str]:
        """Who ended that nobody killed, and what it said."""
        return {name: child.last_words(20) for name, child in self.running.items() if child.process.poll() is not None}

    def stop(self) -> None:
        self.children.stop()
        self.postgres.stop()


def kill_all(pid: int) -> None:
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    for member in family:
        member.kill()
    psutil.wait_procs(family[1:], timeout=30)


def wait_for_answer(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            clock.pause(0.05)
    raise AssertionError(f"nothing answers at {port}")


@pytest.fixture(scope="module")
def parts() -> Iterator[Parts]:
    for folder in data_dir.__wrapped__():  # type: ignore[attr-defined]
        parts = Parts(folder)
        try:
            parts.start()
            yield parts
        finally:
            parts.stop()


def open_account(door: str, name: str, credits: int) -> str:
    owner = {"email": f"{name}@northwind.example", "name": "Ann"}
    body = {"name": name, "timezone": "UTC", "currency": "usd", "owner": owner}
    account = str(told(door, "/accounts", body, f"make {name}", None)["id"])
    told(door, "/grants", {"credits": credits, "source": "promotion", "reason": "a start"}, f"give {name}", account)
    return account


def told(door: str, path: str, body: dict[str, object], key: str, account: str | None) -> dict[str, object]:
    answer = httpx.post(f"{door}{path}", json=body, headers=headers(key, account), timeout=30)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def spend(client: httpx.Client, door: str, account: str, key: str) -> tuple[int, str]:
    """Ask until somebody says yes or no, as a sender does."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            answer = client.post(f"{door}/usage", json={"credits": 1, "kind": "text"}, headers=headers(key, account))
        except httpx.HTTPError:
            clock.pause(0.02)
            continue
        assert answer.status_code in (201, 402, 503, 504), answer.text
        if answer.status_code in (201, 402):
            return answer.status_code, str(answer.json().get("id"))
        clock.pause(0.02)
    raise AssertionError(f"{key} was not answered")


class Senders:
    """Pairs of clients, one at each door, that ask for the same keys of the same accounts at the same time."""

    def __init__(self, doors: list[str], accounts: list[str], name: str) -> None:
        self.journal: Journal = defaultdict(list)
        self.faults: list[BaseException] = []
        self.answers = threading.Semaphore(0)
        self._over = threading.Event()
        asked = [(door, accounts, f"{name} {pair}") for pair in range(PAIRS) for door in doors]
        self._threads = [threading.Thread(target=self._run, args=each, daemon=True) for each in asked]
        for thread in self._threads:
            thread.start()

    def _run(self, door: str, accounts: list[str], name: str) -> None:
        try:
            with httpx.Client(timeout=15) as client:
                for number in count():
                    account, key = accounts[number % len(accounts)], f"{name} {number}"
                    self.journal[account, key].append(spend(client, door, account, key))
                    self.answers.release()
                    if self._over.is_set():
                        return
        except BaseException as fault:
            self.faults.append(fault)

    def wait(self, answers: int) -> None:
        for _ in range(answers):
            assert self.answers.acquire(timeout=90), self.faults

    def stop(self) -> Journal:
        self._over.set()
        for thread in self._threads:
            thread.join()
        assert self.faults == []
        return self.journal


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_acknowledged_is_there_once(parts: Parts, kind: str):
    chance, said = Random(kind), Counter[str]()
    for round_ in range(KILLS):
        name = f"{kind}-{round_}-{time.time_ns()}"
        credits = chance.randrange(80, 400)
        hot, quiet = open_account(parts.doors[0], f"hot-{name}", credits), open_account(parts.doors[1], name, 100_000)
        senders = Senders(parts.doors, [hot, quiet], name)
        senders.wait(chance.randrange(20, 120))
        kill_in_flight(parts, kind, hot)
        senders.wait(60)
        journal = senders.stop()
        check_books(parts, journal, hot, quiet, credits)
        assert parts.ended() == {}
        said.update(["kills"] + ["acknowledged"] * sum(len(each) for each in journal.values()))
    assert parts.children.finish("verify", ["verify", "--json"], parts.environment("owner")).strip() == "[]"
    print(f"{kind}: {dict(said)}", flush=True)


@pytest.mark.parametrize("kind", ["web", "lane"])
def test_a_process_that_dies_again_and_again_comes_back_each_time(parts: Parts, kind: str):
    server = psutil.Process(parts.running[kind].process.pid)
    account = open_account(parts.doors[0], f"again-{kind}", 10)
    died: list[int] = []
    for _ in range(4):
        (process,) = processes_after(server, died)
        process.kill()
        died.append(process.pid)
    with httpx.Client(timeout=15) as client:
        statuses = [spend(client, door, account, f"after {door}")[0] for door in parts.doors]
    assert statuses == [201, 201]
    assert parts.ended() == {}


def processes_after(server: psutil.Process, died: list[int]) -> list[psutil.Process]:
    """The server's processes, once the dead have followers."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = [each for each in server.children() if each.pid not in died]
        if found:
            return found
        clock.pause(0.005)
    raise AssertionError(f"nobody came back after {died}")


def kill_in_flight(parts: Parts, kind: str, hot: str) -> None:
    """While somebody holds the hot account, so that its spends are under way in the database."""
    (number,) = ids.decode("acc", hot)
    with psycopg.connect(parts.postgres.url(), autocommit=True) as owner:
        owner.execute("begin")
        owner.execute("select from refill_balance where account_id = %s for update", [number])
        waiting: list[int] = []
        deadline = time.monotonic() + 20
        while len(waiting) < 2:
            assert time.monotonic() < deadline
            with psycopg.connect(parts.postgres.url(), autocommit=True) as other:
                waiting = [int(row[0]) for row in other.execute(WAITING)]
        parts.kill(kind)
        with suppress(psycopg.OperationalError):  # gone with its server
            owner.execute("commit")


def check_books(parts: Parts, journal: Journal, hot: str, quiet: str, credits: int) -> None:
    with httpx.Client(timeout=15) as client:
        # What is left of the hot account, to the last credit.
        for number in count():
            key, door = f"rest {number}", parts.doors[number % 2]
            journal[hot, key].append(spend(client, door, hot, key))
            if journal[hot, key][0][0] == 402:
                break
        accepted = {place: {usage for status, usage in heard if status == 201} for place, heard in journal.items()}
        for (account, key), usages in accepted.items():
            if usages:
                assert usages == {spend(client, door, account, key)[1] for door in parts.doors}, f"{key} is not there"
    assert len([place for place, usages in accepted.items() if place[0] == hot and usages]) == credits
    with psycopg.connect(parts.postgres.url()) as owner:
        for account in (hot, quiet):
            (number,) = ids.decode("acc", account)
            keys = owner.execute(
                "select key from refill_entry where account_id = %s and kind = 'spend'", [number]
            ).fetchall()
            assert Counter(str(key) for (key,) in keys) == Counter(
                key for (of, key), usages in accepted.items() if of == account and usages
            )
