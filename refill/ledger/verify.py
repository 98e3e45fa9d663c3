"""Recompute everything that is kept, and name each mismatch.

The questions are the files in checks/: each is one statement over accounts `low` to `high` that returns what does not
agree. Those in checks/whole concern no single account. All accounts of a slice are read in one snapshot, so that
spends go on meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from refill.ledger.boundaries import boundary_faults

CHECKS_DIR = Path(__file__).resolve().parent / "checks"
ENTRIES_AT_ONCE = 500_000
ACCOUNTS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One thing that does not agree. `subject` names the row: "grant 5", "entry 12"; no account: of no single one."""

    account_id: int | None
    subject: str
    what: str
    expected: str
    found: str


Progress = Callable[[int, int], None]


def run(account_id: int | None = None, progress: Progress | None = None) -> list[Mismatch]:
    """Verify one account, or everything; return the mismatches, none when all agrees.

    `progress` is told how many entries have been verified, and of how many. Raises LookupError for an account that
    there is not.
    """
    found: list[Mismatch] = []
    spans = list(_spans(account_id))
    total = sum(entries for _, _, entries in spans)
    done = 0
    for low, high, entries in spans:
        with _snapshot():
            for statement in _statements(CHECKS_DIR):
                found += _ask(statement, low, high)
            found += [Mismatch(*fault) for fault in boundary_faults(low, high)]
        done += entries
        if progress is not None:
            progress(done, total)
    if account_id is None:
        with _snapshot():
            for statement in _statements(CHECKS_DIR / "whole"):
                found += _ask(statement, 0, 0)
    return found


def _spans(account_id: int | None) -> Iterator[tuple[int, int, int]]:
    """Stretches of accounts (first, last, number of entries) that are verified together."""
    statement = """select a.id, coalesce(b.seq, 0) from refill_account a
                     left join refill_balance b on b.account_id = a.id
                    where %s::bigint is null or a.id = %s order by a.id"""
    with connection.cursor() as cursor:
        cursor.execute(statement, [account_id, account_id])
        rows = cursor.fetchall()
    if account_id is not None and not rows:
        raise LookupError(account_id)
    first, accounts, entries = 0, 0, 0
    for place, (known, seq) in enumerate(rows):
        first = first or known
        accounts, entries = accounts + 1, entries + seq
        if entries >= ENTRIES_AT_ONCE or accounts == ACCOUNTS_AT_ONCE or place == len(rows) - 1:
            yield first, known, entries
            first, accounts, entries = 0, 0, 0


def _statements(folder: Path) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.sql"))]


def _ask(statement: str, low: int, high: int) -> list[Mismatch]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"low": low, "high": high})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return [Mismatch(*row) for row in rows]


@contextmanager
def _snapshot() -> Iterator[None]:
    """One instant's view of the database, however long the reading takes."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        with connection.cursor() as cursor:
            if is_outermost:
                cursor.execute("set transaction isolation level repeatable read, read only")
            cursor.execute("set local statement_timeout = 0")
        yield
