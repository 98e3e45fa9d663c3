"""The kinds of work that are measured: each takes a sample when asked."""

from __future__ import annotations

import itertools
import json
import random
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

import psycopg

from bench import load
from bench.pgbench import PgBench, Sample
from bench.site import Site
from refill.cli.places import StartRefused
from refill.domain import ids
from refill.ledger import hot, texts

CLIENTS = 32
BATCH_ITEMS = 10_000
MADE_READY_A_SECOND = 20_000
RENEWED_TOGETHER = 1_000
CAPTURED_TOGETHER = 1_000
WORKERS = 2
APP_ROLE = "refill_app"

LIMIT_MANY = "\\set a random(1, {spenders})\nselect m_spend(:a, 1);\n"
LIMIT_HOT = "select m_spend(1, 1);\n"
LIMIT_READ = "\\set a random(1, {spenders})\nselect balance from m_account where id = :a;\n"
SPEND = """\\set a random(1, {spenders})
\\set k random(1, 1000000000000000)
select * from ledger_spend(:a, 1, 'message-' || :k, :k, 'text', null, null, null, null, null, null, null);
"""
READ = """\\set a random(1, {spenders})
select (r.b).available, (r.b).held, (r.b).owed, (r.b).seq, r.at from ledger_balance(:a) r;
"""


@dataclass
class InDatabase:
    """A script of pgbench, many connections."""

    bench: PgBench
    script: str
    role: str = ""

    def sample(self, seconds: int) -> Sample:
        return self.bench.run(self.script, seconds, self.role)


@dataclass
class OverHttp:
    """POST /v1/usage on keep-alive connections; of one account, or of all in turn by chance."""

    site: Site
    accounts: int
    port: int
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _run: str = field(default_factory=lambda: secrets.token_hex(4))

    def sample(self, seconds: int) -> Sample:
        requests = self._requests()
        # Written before the time runs: the load generator has its share of the processor.
        ready = list(itertools.islice(requests, CLIENTS + MADE_READY_A_SECOND * seconds))
        return load.run(self.port, CLIENTS, seconds, chain(ready, requests), load.is_created)

    def _requests(self) -> Iterator[bytes]:
        body = b'{"credits":1,"kind":"text"}'
        names = [ids.encode("acc", number) for number in range(1, self.accounts + 1)]
        key, account = "KEY" * 8, "ACCOUNT"
        headers = {
            "Authorization": f"Bearer {self.site.platform_key}",
            "Refill-Account": account,
            "Idempotency-Key": key,
        }
        template = load.request("POST", "/v1/usage", headers, body).decode()
        before, between = template.partition(account)[0], template.partition(account)[2].partition(key)[0]
        after = template.partition(key)[2]
        for number in self._numbers:
            yield f"{before}{random.choice(names)}{between}message-{self._run}-{number}{after}".encode()


@dataclass
class Batches:
    """POST /v1/usage/batch with 10,000 items: as many at once as a small installation has workers, each for an account
    of its own, once a second. Counts items."""

    site: Site
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def sample(self, seconds: int) -> Sample:
        ready = [[self._request(next(self._numbers)) for _ in range(WORKERS)] for _ in range(seconds)]
        samples = [load.run(self.site.port, WORKERS, 0, iter(requests), load.is_created) for requests in ready]
        done = sum(sample.done for sample in samples) * BATCH_ITEMS
        took = sum(sample.done / sample.per_second for sample in samples)
        return Sample(done / took, done, list(chain.from_iterable(sample.latencies_ms for sample in samples)))

    def _request(self, number: int) -> bytes:
        run = secrets.token_hex(4)
        items = [{"key": f"message-{run}-{item}", "credits": 1, "kind": "text"} for item in range(BATCH_ITEMS)]
        headers = {
            "Authorization": f"Bearer {self.site.platform_key}",
            "Refill-Account": ids.encode("acc", 1 + number % self.site.spenders),
            "Idempotency-Key": f"batch-{run}",
        }
        return load.request("POST", "/v1/usage/batch", headers, json.dumps({"items": items}).encode())


@dataclass
class Broadcasts:
    """10,000 texts of one account in the database: held whole in one call, captured in bunches as a carrier takes them.
    As many at once as a small installation has workers, once a second. Counts texts."""

    site: Site
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def sample(self, seconds: int) -> Sample:
        accounts = [[1 + next(self._numbers) % self.site.spenders for _ in range(seconds)] for _ in range(WORKERS)]
        began = time.perf_counter()
        with ThreadPoolExecutor(WORKERS) as workers:
            latencies = list(chain.from_iterable(workers.map(self._work, accounts)))
        took = time.perf_counter() - began
        done = len(latencies) * BATCH_ITEMS
        return Sample(done / took, done, latencies)

    def _work(self, accounts: list[int]) -> list[float]:
        latencies = []
        with psycopg.connect(self.site.url, autocommit=True, options=f"-c role={APP_ROLE}") as worker:
            for account in accounts:
                began = time.perf_counter()
                self._send(worker, account)
                latencies.append((time.perf_counter() - began) * 1_000)
        return latencies

    def _send(self, worker: psycopg.Connection[Any], account: int) -> None:
        held = worker.execute(
            "select status, hold_id from ledger_hold_texts(%s, %s, null, null, 'bench', null, null, null, null)",
            [account, BATCH_ITEMS],
        ).fetchone()
        if held is None or held[0] != "held":
            raise StartRefused(f"A broadcast was not held: {held}.")
        for first in range(1, BATCH_ITEMS, CAPTURED_TOGETHER):
            taken = [
                texts.Taken(held[1], 1, message, 1, "text", None, None, 1)
                for message in range(first, first + CAPTURED_TOGETHER)
            ]
            hot.run(worker, texts.CAPTURE, texts.values(account, taken))


@dataclass
class Renewals:
    """Due accounts renewed in chunks by as many connections as a small installation has workers. Each is due once."""

    site: Site
    a_sample: int
    _next: int = 0

    def sample(self, seconds: int) -> Sample:
        """Renew this sample's share of the fleet, however long it takes."""
        first = self.site.spenders + 1 + self._next
        chunks = [
            range(start, start + RENEWED_TOGETHER) for start in range(first, first + self.a_sample, RENEWED_TOGETHER)
        ]
        self._next += len(chunks) * RENEWED_TOGETHER
        began = time.perf_counter()
        with ThreadPoolExecutor(WORKERS) as workers:
            latencies = list(
                chain.from_iterable(workers.map(self._renew, (chunks[at::WORKERS] for at in range(WORKERS))))
            )
        took = time.perf_counter() - began
        done = len(chunks) * RENEWED_TOGETHER
        return Sample(done / took, done, latencies)

    def _renew(self, chunks: list[range]) -> list[float]:
        latencies = []
        with psycopg.connect(self.site.url, autocommit=True, options=f"-c role={APP_ROLE}") as worker:
            for chunk in chunks:
                began = time.perf_counter()
                row = worker.execute("select ledger_renew_many(%s::bigint[])", [list(chunk)]).fetchone()
                latencies.append((time.perf_counter() - began) * 1_000)
                if row is None or row[0] != len(chunk):
                    raise StartRefused(f"{row[0] if row else 0} of {len(chunk)} due accounts were renewed.")
        return latencies


@dataclass
class Peer:
    """Another product, measured as ours is: POSTs on keep-alive connections, `{n}` in headers and body a new number."""

    url: str
    headers: Sequence[str]
    body: str

    def sample(self, seconds: int) -> Sample:
        return load.run(urlsplit(self.url).port or 80, CLIENTS, seconds, self._requests(), load.is_well)

    def _requests(self) -> Iterator[bytes]:
        named = dict(header.split(": ", 1) for header in self.headers)
        path, run = urlsplit(self.url).path or "/", secrets.randbelow(10**9)
        for number in itertools.count(run * 10**6):
            headers = {name: value.replace("{n}", str(number)) for name, value in named.items()}
            yield load.request("POST", path, headers, self.body.replace("{n}", str(number)).encode())


Sampler = Callable[[int], Sample]


def samplers(site: Site, renewed_a_sample: int, peer: Peer | None) -> dict[str, Sampler]:
    """Limits and ours by name, in the order in which they take turns."""
    bench = PgBench(site.url, site.folder, CLIENTS)

    def script(text: str, role: str = "") -> Sampler:
        return InDatabase(bench, text.format(spenders=site.spenders), role).sample

    others = {} if peer is None else {"peer": peer.sample}
    return {
        "limit": script(LIMIT_MANY),
        "ledger": script(SPEND, APP_ROLE),
        "http_plain": OverHttp(site, site.spenders, site.port).sample,
        "http_lane": OverHttp(site, site.spenders, site.lane_port).sample,
        "batch": Batches(site).sample,
        "broadcast": Broadcasts(site).sample,
        "renewal": Renewals(site, renewed_a_sample).sample,
        "limit_hot": script(LIMIT_HOT),
        "hot_plain": OverHttp(site, 1, site.port).sample,
        "hot_lane": OverHttp(site, 1, site.lane_port).sample,
        "limit_read": script(LIMIT_READ),
        "balance": script(READ, APP_ROLE),
        **others,
    }
