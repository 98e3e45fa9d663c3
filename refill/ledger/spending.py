"""Spends: one call of one SQL function, one round trip."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from refill.domain.records import BatchItem
from refill.ledger.rows import WATCHED, call

SPEND = f"select r.*, {WATCHED} from ledger_spend(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s) r"
SPEND_BATCH = f"""select r.*, {WATCHED}
  from ledger_spend_batch(%s, %s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s) r"""


def spend(
    account_id: int,
    *,
    credits: int,
    key: str | None,
    fingerprint: int,
    kind: str,
    reference: str | None = None,
    member_id: int | None = None,
    inbox_id: int | None = None,
    number_id: int | None = None,
    message_id: int | None = None,
    parts: int | None = None,
    metadata: Any = None,
    livemode: bool | None = None,
) -> dict[str, Any]:
    """Spend credits in burn order, once for each key (RULES §2.2-2.6); given a mode, only of an account of that mode.

    Returns status, seq, balance, taken, closed, watched. status: spent, replayed, mismatch, insufficient, closed,
    periods_needed, unknown_account.
    """
    facts = None if metadata is None else json.dumps(metadata)
    return call(
        SPEND, account_id, account_id, credits, key, fingerprint, kind, reference, member_id, inbox_id, number_id,
        message_id, parts, facts, livemode,
    )  # fmt: skip


def spend_batch(account_id: int, items: Sequence[BatchItem], mode: str) -> dict[str, Any]:
    """Spend many at once. Returns status, required, balance, results, seqs, closed, watched."""
    return call(
        SPEND_BATCH,
        account_id,
        account_id,
        [item.key for item in items],
        [item.fingerprint for item in items],
        [item.credits for item in items],
        [item.kind for item in items],
        [item.reference for item in items],
        mode,
    )


def reverse(account_id: int, seq: int, credits: int | None, after_end: str, reason: str, actor: str) -> dict[str, Any]:
    """Give back. Returns status (reversed, too_much, unknown), seq, reversed, balance (RULES §2.9)."""
    return call(
        "select * from ledger_reverse(%s, %s, %s, %s, %s, %s)", account_id, seq, credits, after_end, reason, actor
    )
