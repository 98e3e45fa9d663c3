"""Grants: made once for their cause, ended, kept, revoked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from refill.ledger.balances import PeriodsNeeded
from refill.ledger.rows import call


def grant(
    account_id: int,
    *,
    source: str,
    credits: int,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    subscription_id: int | None = None,
    period_id: int | None = None,
    cause: str = "",
    order_id: int | None = None,
    reason: str = "",
    actor: str = "",
) -> tuple[str, int | None]:
    """Return (status, grant). status: granted, exists (made before for this cause), ended (its end has passed)."""
    row = call(
        "select * from ledger_grant(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        account_id, source, credits, starts_at, ends_at, subscription_id, period_id, cause, order_id, reason, actor,
    )  # fmt: skip
    if row["status"] == "periods_needed":
        raise PeriodsNeeded(account_id)
    return row["status"], row["grant_id"]


def end_allowance(account_id: int, period_id: int, reason: str) -> int:
    """End a period's allowance now; return the credits that were left (RULES §4.5)."""
    return int(call("select ledger_end_allowance(%s, %s, %s) as ended", account_id, period_id, reason)["ended"])


def keep_purchased(account_id: int, until: datetime | None) -> None:
    """Bought credits end then, or never (RULES §4.7)."""
    call("select ledger_keep_purchased(%s, %s)", account_id, until)


def revoke(account_id: int, grant_id: int, credits: int | None, reason: str, actor: str) -> int:
    """Take back what is unspent, at most `credits`; return how many."""
    row = call("select * from ledger_revoke(%s, %s, %s, %s, %s)", account_id, grant_id, credits, reason, actor)
    return int(row["revoked"])


def restore(account_id: int, grant_id: int, ends_at: datetime) -> None:
    """An advance is paid: returns to it are spendable again, and it ends with the first credits of its period."""
    call("select ledger_restore(%s, %s, %s)", account_id, grant_id, ends_at)


@dataclass(frozen=True, slots=True)
class Disputed:
    """What a dispute took of a grant, and what is owed for the rest; whether it had been taken back before."""

    taken: int
    owed: int
    was_recalled: bool


def dispute(account_id: int, grant_id: int, credits: int | None, actor: str) -> Disputed:
    """Its payment is disputed: take what is unspent, owe what was used; of so many credits, or of all (RULES §9.5)."""
    row = call("select * from ledger_dispute(%s, %s, %s, %s)", account_id, grant_id, credits, actor)
    return Disputed(int(row["taken"]), int(row["owed"]), bool(row["was_recalled"]))


def undispute(
    account_id: int, grant_id: int, *, taken: int, owed: int, was_recalled: bool, recalls: bool, actor: str
) -> None:
    """The dispute was won: what it took and made owed is given back, and nothing else of the grant is moved."""
    statement = "select * from ledger_undispute(%s, %s, %s, %s, %s, %s, %s)"
    call(statement, account_id, grant_id, taken, owed, was_recalled, recalls, actor)
