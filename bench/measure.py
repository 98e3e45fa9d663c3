"""The rounds: limits and ours in turn, there and back, and what their medians say."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from bench.growth import growth
from bench.site import Site, site
from bench.taking import Taken, take
from bench.work import Peer, samplers
from refill.cli.places import StartRefused

# row: its limit
LIMITS = {
    "ledger": "limit", "http_plain": "limit", "http_lane": "limit", "hot_plain": "limit_hot", "hot_lane": "limit_hot",
    "batch": "limit", "broadcast": "limit", "renewal": "limit", "balance": "limit_read", "peer": "limit",
    "growth_rows": "before", "growth_grants": "one_grant",
}  # fmt: skip
# One request on each connection at a time, so that every thread of the web has its connection and its plans.
WARM_UPS = 3
# What is still to come after the last round: ending the servers, removing files.
ENDING_SECONDS = 6.0


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    spenders: int
    renewers: int
    seconds: int
    rounds: int
    ends_within_seconds: float | None

    @property
    def renewed_a_sample(self) -> int:
        return self.renewers // self.rounds


QUICK = Scale(spenders=10_000, renewers=6_000, seconds=1, rounds=3, ends_within_seconds=50)
FULL = Scale(spenders=100_000, renewers=100_000, seconds=4, rounds=5, ends_within_seconds=None)


@dataclass(frozen=True)
class Row:
    """One line of the table; `ours` and `limit` are medians a second."""

    name: str
    ratio: float
    ours: float
    limit: float
    runs: int
    p50_ms: float
    p99_ms: float
    cpu_us: float


def measure(scale: Scale, say: Callable[[str], None], peer: Peer | None = None) -> list[Row]:
    """Make the site, take all samples, compare. StartRefused where anything fails or the books do not balance."""
    began = time.monotonic()
    say(f"Making a database with {scale.spenders + scale.renewers:,} accounts")
    with site(scale.spenders, scale.renewers) as place:
        taken = _rounds(place, scale, began, say, peer)
        if scale.ends_within_seconds is None:
            taken |= growth(place, scale.seconds, scale.rounds, say)
        _check_books(place.url)
    return [_compare(name, taken[name], taken[limit]) for name, limit in LIMITS.items() if name in taken]


def _rounds(
    place: Site, scale: Scale, began: float, say: Callable[[str], None], peer: Peer | None
) -> dict[str, list[Taken]]:
    work = samplers(place, scale.renewed_a_sample, peer)
    taken: dict[str, list[Taken]] = {name: [] for name in work}
    for _ in range(WARM_UPS):
        work["http_plain"](0)
        work["http_lane"](0)
    longest = 0.0
    for number in range(scale.rounds):
        round_began = time.monotonic()
        within = scale.ends_within_seconds
        if within is not None and number and round_began - began + longest + ENDING_SECONDS > within:
            say(f"Out of time after {number} of {scale.rounds} rounds: the machine is busy")
            break
        say(f"Round {number + 1} of {scale.rounds}")
        for name in work if number % 2 == 0 else reversed(work):
            taken[name].append(take(place, name, lambda name=name: work[name](scale.seconds)))
        longest = max(longest, time.monotonic() - round_began)
    return taken


def _compare(name: str, ours: list[Taken], limit: list[Taken]) -> Row:
    our_rate = statistics.median(one.sample.per_second for one in ours)
    limit_rate = statistics.median(one.sample.per_second for one in limit)
    latencies = sorted(latency for one in ours for latency in one.sample.latencies_ms)
    return Row(
        name=name, ratio=our_rate / limit_rate, ours=our_rate, limit=limit_rate, runs=len(ours),
        p50_ms=latencies[len(latencies) // 2], p99_ms=latencies[len(latencies) * 99 // 100],
        cpu_us=statistics.median(one.cpu_us for one in ours),
    )  # fmt: skip


def _check_books(url: str) -> None:
    """Speed that loses credits is none: kept balances must be the sums of the entries, without a gap."""
    with psycopg.connect(url) as owner:
        row = owner.execute(
            """select count(*) from refill_balance b
                 join (select account_id, sum(credits) as credits, count(*) as n from refill_entry group by 1) e
                   on e.account_id = b.account_id
                where b.available <> e.credits or b.seq <> e.n"""
        ).fetchone()
    if row is None or row[0] != 0:
        raise StartRefused(f"{row[0] if row else 'No'} accounts do not add up after the bench.")
