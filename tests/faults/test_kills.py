"""kill -9 of everything at once under load, lane and PostgreSQL included (F10): the clients' journal is the oracle.

After the next start every acknowledged spend is there, every unanswered one is there wholly or not at all, nothing is
there twice, and `refill verify` finds nothing. REFILL_KILLS sets how often; the suite has the short form.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

import httpx
import psutil
import pytest

from tests.cli.conftest import data_dir
from tests.ports import free_port

pytestmark = pytest.mark.no_database
KILLS = int(os.environ.get("REFILL_KILLS", "3"))
KEY = "rf_test_for_the_kills_000000000000"
CLIENTS, START_CREDITS = 6, 1_000_000
__all__ = ["data_dir"]


class Product:
    """`refill up` on one data directory, started again after every kill."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self.lane_port = free_port()
        self.doors = (self.url, f"http://127.0.0.1:{self.lane_port}/v1")
        ours = ("REFILL_", "DATABASE_URL", "DJANGO_SETTINGS_MODULE")
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
        self.environment["REFILL_TEST_PLATFORM_KEY"] = KEY

    def start(self) -> None:
        command = [sys.executable, "-m", "refill", "up", "--data", str(self.folder), "--port", str(self.port)]
        command += ["--lane-port", str(self.lane_port)]
        self.process = subprocess.Popen(
            command, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, start_new_session=True,
        )  # fmt: skip
        said = []
        assert self.process.stdout is not None
        for line in self.process.stdout:
            said.append(line)
            if line.startswith("Refill is ready"):
                return
        raise AssertionError("".join(said))

    def kill(self) -> None:
        """All of it, in one moment, without a word."""
        family = [*psutil.Process(self.process.pid).children(recursive=True), psutil.Process(self.process.pid)]
        for member in family:
            with suppress(psutil.NoSuchProcess):  # PostgreSQL ends its own when one of them dies
                member.send_signal(signal.SIGKILL)
        psutil.wait_procs(family, timeout=30)
        self.process.wait()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def verify(self) -> list[object]:
        command = [sys.executable, "-m", "refill", "verify", "--json", "--data", str(self.folder)]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1), done.stderr
        return list(json.loads(done.stdout))


def headers(key: str, account: str | None = None) -> dict[str, str]:
    named = {"Refill-Account": account} if account else {}
    return {"Authorization": f"Bearer {KEY}", "Idempotency-Key": key} | named


@pytest.fixture
def product(data_dir: Path) -> Iterator[Product]:
    product = Product(data_dir)
    product.start()
    yield product
    if product.process.poll() is None:
        product.stop()


def make_account(product: Product) -> str:
    owner = {"email": "ann@northwind.example", "name": "Ann"}
    body = {"name": "Northwind", "timezone": "UTC", "currency": "usd", "owner": owner}
    made = httpx.post(f"{product.url}/accounts", json=body, headers=headers("make"), timeout=30)
    account = str(made.json()["id"])
    grant = {"credits": START_CREDITS, "source": "promotion", "reason": "a start"}
    httpx.post(f"{product.url}/grants", json=grant, headers=headers("grant", account), timeout=30).raise_for_status()
    return account


def spend(client: httpx.Client, door: str, account: str, key: str, credits: int) -> bool:
    """True when the spend was acknowledged; False when nobody knows."""
    try:
        answer = client.post(f"{door}/usage", json={"credits": credits, "kind": "text"}, headers=headers(key, account))
    except httpx.HTTPError:
        return False
    assert answer.status_code in (201, 503), answer.text
    return answer.status_code == 201


def under_load(product: Product, account: str, round_: int, answers: int) -> tuple[dict[str, int], dict[str, int]]:
    """Spend from several clients; kill after so many answers. Return what was acknowledged and what nobody knows."""
    known: dict[str, int] = {}
    unknown: dict[str, int] = {}
    over, answered = threading.Event(), threading.Semaphore(0)

    def run(number: int) -> None:
        with httpx.Client(timeout=10) as client:
            for count in range(1_000_000):
                key, credits = f"{round_}-{number}-{count}", 1 + count % 3
                unknown[key] = credits
                if not spend(client, product.doors[number % 2], account, key, credits):
                    return
                known[key] = unknown.pop(key)
                answered.release()
                if over.is_set():
                    return

    threads = [threading.Thread(target=run, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for _ in range(answers):
        assert answered.acquire(timeout=60)
    product.kill()
    over.set()
    for thread in threads:
        thread.join()
    return known, unknown


def test_nothing_acknowledged_is_lost_and_nothing_is_doubled(product: Product):
    account = make_account(product)
    chance = Random(20260922)
    spent = 0
    for round_ in range(KILLS):
        known, unknown = under_load(product, account, round_, chance.randrange(20, 200))
        product.start()
        with httpx.Client(timeout=30) as client:
            for place, (key, credits) in enumerate({**known, **unknown}.items()):
                door = product.doors[place % 2]
                assert spend(client, door, account, key, credits), f"{key} is refused after the restart"
        spent += sum(known.values()) + sum(unknown.values())
        balance = httpx.get(f"{product.url}/balance", headers=headers("", account), timeout=30).json()
        assert balance["available"] == START_CREDITS - spent
    product.stop()
    assert product.verify() == []
