"""What an ordinary spend costs: one round trip, two rows, little log."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from psycopg.pq import Trace

from tests.ledger.world import Purse, fingerprint, rows

MOST_LOG_BYTES = 700
# The record that ends a transaction is written after the statement that is measured.
COMMIT_RECORD_BYTES = 50
# Counters of this session that were not yet reported elsewhere are in it too, so differences are taken.
ROWS_WRITTEN = "select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::int from pg_stat_xact_user_tables"
ROWS_OF_THE_HOT_TABLES = """
  select relname, n_tup_ins::int, n_tup_upd::int from pg_stat_xact_user_tables
   where relname in ('refill_balance', 'refill_entry') order by relname"""
LOGGED = """explain (analyze, wal, format json)
  select * from ledger_spend(%s, 1, %s, %s, 'text', null, null, null, null, null, 1, null)"""


@contextmanager
def said_to_the_server() -> Iterator[list[str]]:
    """The kinds of messages that this connection sends, as libpq traces them."""
    kinds: list[str] = []
    wire = connection.connection.pgconn
    with TemporaryFile("w+") as file:
        wire.trace(file.fileno())
        wire.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS)
        yield kinds
        wire.untrace()
        file.seek(0)
        kinds += [kind for direction, _, kind, *_ in map(str.split, file) if direction == "F"]


@pytest.fixture
def purse(new_purse: Callable[..., Purse]) -> Purse:
    """An ordinary account: on the system's clock."""
    return new_purse(None)


def test_an_ordinary_spend_is_one_round_trip(purse: Purse) -> None:
    purse.give(10)
    purse.spend(1, "first")
    with said_to_the_server() as messages:
        purse.spend(1, "a")
    assert messages == ["Bind", "Describe", "Execute", "Sync"]


def test_an_ordinary_spend_writes_one_row_of_balance_and_one_entry(purse: Purse) -> None:
    purse.give(10)
    purse.spend(1, "first")
    with transaction.atomic():
        before, (balance, entry) = rows(ROWS_WRITTEN)[0][0], rows(ROWS_OF_THE_HOT_TABLES)
        purse.spend(1, "a")
        assert rows(ROWS_WRITTEN) == [(before + 2,)]
        assert rows(ROWS_OF_THE_HOT_TABLES) == [
            ("refill_balance", balance[1], balance[2] + 1),
            ("refill_entry", entry[1] + 1, entry[2]),
        ]


def test_a_replay_writes_nothing(purse: Purse) -> None:
    purse.give(10)
    purse.spend(1, "a")
    with transaction.atomic():
        before = rows(ROWS_WRITTEN)
        assert purse.spend(1, "a").replayed
        assert rows(ROWS_WRITTEN) == before


def test_a_balance_read_is_one_round_trip_and_writes_nothing(purse: Purse) -> None:
    purse.give(10)
    with transaction.atomic():
        before = rows(ROWS_WRITTEN)
        with CaptureQueriesContext(connection) as captured:
            assert purse.available == 10
        assert rows(ROWS_WRITTEN) == before
    assert len(captured) == 1


def test_a_warm_spend_writes_at_most_700_bytes_of_log(purse: Purse) -> None:
    purse.give(1_000)
    spent = []
    for number in range(60):
        key = str(UUID(int=number * 2**77))
        with connection.cursor() as cursor:
            cursor.execute(LOGGED, [purse.id, key, fingerprint(key)])
            plan = cursor.fetchone()[0]
        found = plan if isinstance(plan, list) else json.loads(plan)
        spent.append(found[0]["Plan"]["WAL Bytes"] + COMMIT_RECORD_BYTES)
    assert purse.available == 940
    # The least: pages that fill up, are split or cannot be cleared while others read cost more now and then, and
    # that is not the spend's own doing.
    assert min(spent) <= MOST_LOG_BYTES
