"""The kinds of work that are measured: each takes a sample when asked."""

from __future__ import annotations

import itertools
import json
import random
import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain

import psycopg

from bench import load
from bench.pgbench import PgBench, Sample
from bench.site import Site
from refill.cli.places import StartRefused
from refill.domain import ids

CLIENTS = 32
BATCH_ITEMS = 10_000
RENEWED_TOGETHER = 1_000
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
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _run: str = field(default_factory=lambda: secrets.token_hex(4))

    def sample(self, seconds: int) -> Sample:
        return load.run(self.site.port, CLIENTS, seconds, self._requests(), load.is_created)

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
    """POST /v1/usage/batch with 10,000 items: one connection, one account a call, a call a second. Counts items."""

    site: Site
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def sample(self, seconds: int) -> Sample:
        requests = [self._request(next(self._numbers)) for _ in range(seconds)]
        latencies: list[float] = []
        for request in requests:
            latencies += load.run(self.site.port, 1, 0, iter([request]), load.is_created).latencies_ms
        done = len(latencies) * BATCH_ITEMS
        return Sample(done / (sum(latencies) / 1_000), done, latencies)

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


Sampler = Callable[[int], Sample]


def samplers(site: Site, renewed_a_sample: int) -> dict[str, Sampler]:
    """Limits and ours by name, in the order in which they take turns."""
    bench = PgBench(site.url, site.folder, CLIENTS)

    def script(text: str, role: str = "") -> Sampler:
        return InDatabase(bench, text.format(spenders=site.spenders), role).sample

    return {
        "limit": script(LIMIT_MANY),
        "ledger": script(SPEND, APP_ROLE),
        "http_plain": OverHttp(site, site.spenders).sample,
        "batch": Batches(site).sample,
        "renewal": Renewals(site, renewed_a_sample).sample,
        "limit_hot": script(LIMIT_HOT),
        "hot_plain": OverHttp(site, 1).sample,
        "limit_read": script(LIMIT_READ),
        "balance": script(READ, APP_ROLE),
    }
