"""How the cost of a spend grows: with accounts and entries, and with the grants of one account.

The grown database cannot take turns with the small one, so both are measured in turn with the limit, and compared by
their ratios to it: `before` and `growth_rows` are given in the limit's unit of the small database.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg

from bench.pgbench import PgBench
from bench.site import Site
from bench.taking import Taken, take
from bench.work import APP_ROLE, CLIENTS, LIMIT_MANY, SPEND

ACCOUNTS, ENTRIES, GRANTS, OF_EACH_KIND = 1_000_000, 10_000_000, 1_000, 100
_FILL = (Path(__file__).parent / "growth.sql").read_text()
_ONE_OF = "\\set a {first} + random(1, {of_each})\n"


def growth(place: Site, seconds: int, rounds: int, say: Callable[[str], None]) -> dict[str, list[Taken]]:
    """Samples by name: before, growth_rows, one_grant, growth_grants."""
    bench = PgBench(place.url, place.folder, CLIENTS)
    before = _against_the_limit(bench, place, place.spenders, seconds, rounds)
    say(f"Growing to {ACCOUNTS:,} accounts and {ENTRIES:,} entries")
    first = _grow(place)
    after = _against_the_limit(bench, place, ACCOUNTS, seconds, rounds)
    taken: dict[str, list[Taken]] = {"before": before, "growth_rows": after, "one_grant": [], "growth_grants": []}
    for number in range(rounds):
        kinds = [("one_grant", first), ("growth_grants", first + OF_EACH_KIND)]
        for name, low in kinds if number % 2 == 0 else reversed(kinds):
            spend = SPEND.partition("\n")[2]
            script = _ONE_OF.format(first=low, of_each=OF_EACH_KIND) + spend
            taken[name].append(take(place, name, lambda script=script: bench.run(script, seconds, APP_ROLE)))
    return taken


def _against_the_limit(bench: PgBench, place: Site, spenders: int, seconds: int, rounds: int) -> list[Taken]:
    ours, limit = [], []
    kinds = [(ours, SPEND, APP_ROLE), (limit, LIMIT_MANY, "")]
    for number in range(rounds):
        for into, script, role in kinds if number % 2 == 0 else reversed(kinds):
            text = script.format(spenders=spenders)
            into.append(take(place, "growth_rows", lambda text=text, role=role: bench.run(text, seconds, role)))
    unit = statistics.median(one.sample.per_second for one in limit)
    return [replace(one, sample=replace(one.sample, per_second=one.sample.per_second / unit)) for one in ours]


def _grow(place: Site) -> int:
    """Fill up; the account before the first of those with one grant."""
    with psycopg.connect(place.url, autocommit=True) as owner:
        known = owner.execute("select max(id) from refill_account").fetchone()
        assert known is not None
        values = {
            "known": int(known[0]), "accounts": ACCOUNTS, "entries_each": ENTRIES // ACCOUNTS, "grants": GRANTS,
            "of_each": OF_EACH_KIND,
        }  # fmt: skip
        text = _FILL
        for name, value in values.items():
            text = text.replace(f"%({name})s", str(value))
        owner.execute(text.encode())
        owner.execute("vacuum analyze")
        owner.execute("checkpoint")
    return ACCOUNTS
