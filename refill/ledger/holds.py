"""Holds: set aside, captured or released exactly once (RULES §2.8)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from refill.ledger.rows import WATCHED, call


def hold(
    account_id: int,
    *,
    credits: int,
    key: str | None,
    fingerprint: int,
    expires_at: datetime | None,
    reference: str | None = None,
    message_id: int | None = None,
) -> dict[str, Any]:
    """Returns status (held, replayed, mismatch, insufficient, closed, periods_needed), hold_id, balance, taken, closed,
    watched."""
    return call(
        f"select r.*, {WATCHED} from ledger_hold(%s, %s, %s, %s, %s, %s, %s) r",
        account_id, account_id, credits, key, fingerprint, expires_at, reference, message_id,
    )  # fmt: skip


def capture(account_id: int, hold_id: int, credits: int | None, kind: str = "other") -> dict[str, Any]:
    """Returns status (captured, ended, too_much, unknown), state, seq, captured, balance, taken."""
    return call("select * from ledger_capture(%s, %s, %s, %s, null, null)", account_id, hold_id, credits, kind)


def release(account_id: int, hold_id: int) -> dict[str, Any]:
    """Returns status (released, ended, unknown), state, balance."""
    return call("select * from ledger_release(%s, %s)", account_id, hold_id)
