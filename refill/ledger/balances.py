"""The kept balance, and the account's lock that every business transaction begins with."""

from __future__ import annotations

from datetime import datetime

from refill.domain.records import BalanceRead
from refill.ledger.rows import call, call_all

_COLUMNS = """(r.b).available, (r.b).held, (r.b).owed, (r.b).allowance_granted, (r.b).allowance_left, (r.b).resets_at,
  (r.b).promotion_left, (r.b).adjustment_left, (r.b).purchased_left, (r.b).seq, (r.b).closed, r.at, r.complete"""


class NoBalance(LookupError):
    """There is no such account."""


class PeriodsNeeded(RuntimeError):
    """The stored periods do not reach to now: store more of them, then ask again."""


def _read(statement: str, account_id: int) -> tuple[BalanceRead, bool]:
    row = call(statement, account_id)
    if not row or row["seq"] is None:
        raise NoBalance(account_id)
    complete = bool(row.pop("complete"))
    return BalanceRead(**row), complete


def read(account_id: int) -> tuple[BalanceRead, bool]:
    """Return the balance after the work of any boundary that has passed (RULES §2.6), and whether it is complete."""
    return _read(f"select {_COLUMNS} from ledger_balance(%s) r", account_id)


def enter(account_id: int) -> tuple[BalanceRead, bool]:
    """Lock the account until the transaction ends, and read as `read` does."""
    return _read(f"select {_COLUMNS} from ledger_enter(%s) r", account_id)


def catch_up(account_id: int) -> bool | None:
    """Do what is due, unless somebody else holds the account (None). False: periods are needed."""
    complete: bool | None = call("select ledger_catch_up(%s) as complete", account_id)["complete"]
    return complete


def instant(account_id: int) -> datetime:
    """The account's instant, without its lock."""
    now: datetime = call("select account_now(%s) as at", account_id)["at"]
    return now


def create(account_id: int, clock_id: int | None, at: datetime) -> None:
    call("select ledger_create(%s, %s, %s)", account_id, clock_id, at)


def set_period(account_id: int, resets_at: datetime | None, *, fresh: bool) -> None:
    """Tell the hot row when its period ends; `fresh` starts counting the granted allowance from zero."""
    call("select ledger_period(%s, %s, %s)", account_id, resets_at, fresh)


def close(account_id: int, why: str | None) -> None:
    """Stop spending (suspended, canceled) or allow it again (None)."""
    call("select ledger_close(%s, %s)", account_id, why)


def watch(account_id: int, below: int | None) -> None:
    call("select ledger_watch(%s, %s)", account_id, below)


def end_subscription(account_id: int, subscription_id: int, at: datetime) -> None:
    """Cancel at this instant (RULES §4.7)."""
    call("select ledger_cancel(%s, %s, %s)", account_id, subscription_id, at)


def seal(accounts: int) -> int:
    """Seal entries of at most so many accounts; return how many entries."""
    return int(call("select ledger_seal(%s) as sealed", accounts)["sealed"])


def due(limit: int) -> list[int]:
    """Accounts on the system's clock with credit work due now."""
    rows = call_all(
        """select account_id from refill_balance where next_due_at <= clock_timestamp() and test_clock_id is null
            order by next_due_at limit %s""",
        limit,
    )
    return [row["account_id"] for row in rows]
