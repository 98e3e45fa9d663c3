"""Renewals of many accounts at once: the credit work of ordinary boundaries, set-based (RULES §3.4, §3.5)."""

from __future__ import annotations

from collections.abc import Sequence

from refill.ledger.rows import call


def renew_many(account_ids: Sequence[int]) -> int:
    """Renew those whose boundary is due and ordinary, exactly as `catch_up` would one by one; return how many.

    Accounts that somebody holds, that have nothing due, or that need more than an ordinary renewal are left alone.
    """
    return int(call("select ledger_renew_many(%s::bigint[]) as renewed", list(account_ids))["renewed"])
