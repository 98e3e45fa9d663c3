"""The lane as it runs: a process of its own on the tests' database, with the web of the tests behind it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psycopg
import pytest
from django.conf import settings

from refill.domain import ids
from refill.wsgi import application
from tests.conftest import TEST_PLATFORM_KEY
from tests.lane.caller import Caller
from tests.ports import free_port

SECONDS = 60


def lane_started(database: str, site_url: str, port: int) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "DATABASE_URL": database, "REFILL_SECRET_KEY": settings.SECRET_KEY, "REFILL_BASE_URL": settings.BASE_URL,
    }  # fmt: skip
    plain = site_url.removeprefix("http://")
    command = [sys.executable, "-m", "refill", "lane", "--port", str(port), "--plain", plain]
    return subprocess.Popen(command, env=environment)


@contextmanager
def lane_process(database: str, site_url: str) -> Iterator[str]:
    """A lane of its own; its address."""
    port = free_port()
    process = lane_started(database, site_url, port)
    try:
        yield wait_for(f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        assert process.wait(SECONDS) == 0


@pytest.fixture(scope="session")
def lane_url(database: str, site_url: str) -> Iterator[str]:
    """The lane's address."""
    with lane_process(database, site_url) as url:
        yield url


def wait_for(url: str, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "the lane ended"
        try:
            if httpx.get(f"{url}/healthz", timeout=5).status_code == 200:
                return url
        except httpx.TransportError:
            process.poll()
    raise AssertionError("the lane did not answer")


@pytest.fixture
def callers(lane_url: str, site_url: str, platform_key: str) -> Iterator[tuple[Caller, Caller]]:
    """The same account through the lane and by the plain path, as granian calls it: 1,000 credits, real time."""
    straight = httpx.WSGITransport(app=application)
    with (
        httpx.Client(base_url=lane_url, timeout=30) as lane,
        httpx.Client(base_url=site_url, timeout=30, transport=straight) as plain,
    ):
        account = Caller(plain, TEST_PLATFORM_KEY).open(1_000)
        yield Caller(lane, TEST_PLATFORM_KEY, account), Caller(plain, TEST_PLATFORM_KEY, account)


def entries(owner: psycopg.Connection[tuple[object, ...]], account: str) -> int:
    """How many spends are in the ledger."""
    (number,) = ids.decode("acc", account)
    row = owner.execute(
        "select count(*) from refill_entry where account_id = %s and kind = 'spend'", [number]
    ).fetchone()
    assert row is not None
    return int(str(row[0]))
