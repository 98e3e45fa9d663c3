"""A database of the bench's own, durable, web and lane before it; all gone afterwards."""

from __future__ import annotations

import http.client
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from refill.cli.children import Children
from refill.cli.environment import child_environment
from refill.cli.places import StartRefused, default_data_dir, free_port
from refill.cli.postgres import EmbeddedPostgres

READY_SECONDS = 60
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Site:
    """What is measured: where it is reached, and the processes that do the work."""

    url: str
    folder: Path
    port: int
    lane_port: int
    platform_key: str
    database_process: int
    web_process: int
    lane_process: int
    spenders: int
    renewers: int

    @property
    def processes(self) -> list[int]:
        return [self.database_process, self.web_process, self.lane_process]


@contextmanager
def site(spenders: int, renewers: int) -> Iterator[Site]:
    """Begin all of it, filled with accounts; end it and remove its files."""
    folder = default_data_dir() / f"bench-{os.getpid()}"
    postgres = EmbeddedPostgres(folder)
    children = Children(folder / "logs")
    try:
        postgres.start()
        assert postgres.process is not None
        platform_key = f"rf_test_{secrets.token_urlsafe(24)}"
        environment = {
            **child_environment(
                folder, database_url=postgres.url(), base_url="http://127.0.0.1", process="owner", as_owner=True
            ),
            "REFILL_TEST_PLATFORM_KEY": platform_key,
        }
        children.finish("migrate", ["migrate"], environment)
        _fill(postgres.url(), spenders, renewers)
        port = free_port("127.0.0.1", 0)
        web = children.start(
            "web", ["serve", "--port", str(port)], environment | {"REFILL_PROCESS": "web", "REFILL_AS_OWNER": ""}
        )
        lane_port = free_port("127.0.0.1", 0)
        lane = children.start(
            "lane", ["lane", "--port", str(lane_port), "--plain", f"127.0.0.1:{port}"],
            environment | {"REFILL_PROCESS": "lane", "REFILL_AS_OWNER": ""},
        )  # fmt: skip
        _wait_until_ready(port)
        _wait_until_ready(lane_port)
        yield Site(
            postgres.url(), folder, port, lane_port, platform_key, postgres.process.pid, web.process.pid,
            lane.process.pid, spenders, renewers,
        )  # fmt: skip
    finally:
        children.stop()
        postgres.stop()
        if postgres.cluster.parent != folder.resolve():
            shutil.rmtree(postgres.cluster.parent, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def _fill(url: str, spenders: int, renewers: int) -> None:
    with psycopg.connect(url, autocommit=True) as owner:
        for name in ("limit.sql", "fleet.sql"):
            text = (_HERE / name).read_text()
            owner.execute(text.replace("%(spenders)s", str(spenders)).replace("%(renewers)s", str(renewers)).encode())
        owner.execute("vacuum analyze")
        owner.execute("checkpoint")


def _wait_until_ready(port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            link.request("GET", "/readyz")
            if link.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            link.close()
    raise StartRefused(f"The web did not answer within {READY_SECONDS} s.")
