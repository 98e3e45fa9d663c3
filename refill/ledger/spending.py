"""Spends: one call of one SQL function, one round trip; several that come at once share one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import structlog
from django.db import DatabaseError, IntegrityError, connection
from psycopg import pq
from psycopg.errors import UniqueViolation

from refill.domain.records import BatchItem
from refill.ledger.gathering import Gathering
from refill.ledger.hot import (
    Value,
    read_text,
    read_whole,
    read_wholes,
    read_words,
    statement,
    text,
    texts,
    whole,
    wholes,
)
from refill.ledger.rows import ask_hot, call, call_hot
from refill.ledger.together import SPEND_TOGETHER, Wanted

log = structlog.get_logger("refill.ledger")
_gathering = Gathering()

SPEND = statement(
    "refill_spend",
    """select status, seq, balance, taken, closed, watched
         from ledger_spend($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)""",
)
SPEND_BATCH = statement(
    "refill_spend_batch",
    """select r.status, r.required, r.balance, r.closed, (select watch_below from refill_balance where account_id = $1),
              r.results, r.seqs
         from ledger_spend_batch($1, $2, $3, $4, $5, $6, $7) r""",
)


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
    periods_needed, unknown_account. With a key, and within a transaction: only after the account was entered.
    """
    facts = None if metadata is None else json.dumps(metadata)

    def alone() -> dict[str, Any]:
        return _alone((
            whole(account_id), whole(credits), text(key), whole(fingerprint), text(kind), text(reference),
            whole(member_id), whole(inbox_id), whole(number_id), whole(message_id), whole(parts), text(facts),
            None if livemode is None else b"t" if livemode else b"f",
        ))  # fmt: skip

    if key is None or livemode is None or message_id is not None or connection.in_atomic_block:
        return alone()
    wanted = Wanted(
        account_id, credits, key, fingerprint, kind, reference, member_id, inbox_id, number_id, parts, facts, livemode
    )
    try:
        made = _gathering.spend(wanted, _together)
        if made is None or made.seq is None:
            return alone()
    finally:
        _gathering.leave(wanted)
    return {
        "status": "spent", "seq": made.seq, "balance": made.balance, "taken": [made.grant_id, credits],
        "closed": None, "watched": None,
    }  # fmt: skip


def _alone(values: Sequence[Value]) -> dict[str, Any]:
    try:
        row = call_hot(SPEND, values)
    except IntegrityError as fault:
        # The same key came at the same instant and was first: asked again, the ledger says what became of it.
        if not isinstance(fault.__cause__, UniqueViolation):
            raise
        row = call_hot(SPEND, values)
    return {
        "status": read_text(row[0]), "seq": read_whole(row[1]), "balance": read_whole(row[2]),
        "taken": read_wholes(row[3]), "closed": read_text(row[4]), "watched": read_whole(row[5]),
    }  # fmt: skip


def _together(values: Sequence[Value]) -> pq.abc.PGresult | None:
    try:
        return ask_hot(SPEND_TOGETHER, values)
    except DatabaseError as fault:
        log.warning("spends_go_alone", fault=str(fault).partition("\n")[0])
        return None


def spend_batch(account_id: int, items: Sequence[BatchItem], mode: str) -> dict[str, Any]:
    """Spend many at once. Returns status, required, balance, results, seqs, closed, watched."""
    row = call_hot(SPEND_BATCH, (
        whole(account_id), texts(item.key for item in items), wholes(item.fingerprint for item in items),
        wholes(item.credits for item in items), texts(item.kind for item in items),
        texts(item.reference for item in items), text(mode),
    ))  # fmt: skip
    return {
        "status": read_text(row[0]), "required": read_whole(row[1]), "balance": read_whole(row[2]),
        "closed": read_text(row[3]), "watched": read_whole(row[4]),
        "results": read_words(row[5]), "seqs": read_wholes(row[6]),
    }  # fmt: skip


def reverse(account_id: int, seq: int, credits: int | None, after_end: str, reason: str, actor: str) -> dict[str, Any]:
    """Give back. Returns status (reversed, too_much, unknown), seq, reversed, balance (RULES §2.9)."""
    return call(
        "select * from ledger_reverse(%s, %s, %s, %s, %s, %s)", account_id, seq, credits, after_end, reason, actor
    )
