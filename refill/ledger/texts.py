"""Credits of texts: held, captured text by text, given back (RULES §7.2, §7.3); owed for what comes in (§6.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from refill.ledger.hot import Value, read_wholes, statement, texts, whole, wholes
from refill.ledger.rows import WATCHED, call, call_hot

CAPTURE = statement("refill_capture_texts", "select seqs from ledger_capture_texts($1, $2, $3, $4, $5, $6, $7, $8, $9)")


@dataclass(slots=True)
class Taken:
    """A text that the carrier took: what it costs, and whose it is."""

    hold_id: int
    credits: int
    message_id: int
    parts: int
    kind: str
    member_id: int | None
    inbox_id: int | None
    number_id: int


def hold(
    account_id: int,
    *,
    credits: int,
    message_id: int | None = None,
    broadcast_id: int | None = None,
    reference: str | None = None,
    member_id: int | None = None,
    inbox_id: int | None = None,
    number_id: int | None = None,
    parts: int | None = None,
) -> dict[str, Any]:
    """Returns status (held, insufficient, closed, periods_needed), hold_id, balance, closed, watched."""
    return call(
        f"select r.*, {WATCHED} from ledger_hold_texts(%s, %s, %s, %s, %s, %s, %s, %s, %s) r",
        account_id, account_id, credits, message_id, broadcast_id, reference, member_id, inbox_id, number_id, parts,
    )  # fmt: skip


def capture(account_id: int, taken: Sequence[Taken]) -> list[int | None]:
    """Capture many texts out of their holds; for each the first entry, or None where its hold has ended."""
    (seqs,) = call_hot(CAPTURE, values(account_id, taken))
    return read_wholes(seqs) or []


def values(account_id: int, taken: Sequence[Taken]) -> list[Value]:
    """The parameters of CAPTURE."""
    return [
        whole(account_id),
        wholes(one.hold_id for one in taken),
        wholes(one.credits for one in taken),
        wholes(one.message_id for one in taken),
        wholes(one.parts for one in taken),
        texts(one.kind for one in taken),
        wholes(one.member_id for one in taken),
        wholes(one.inbox_id for one in taken),
        wholes(one.number_id for one in taken),
    ]


def release(account_id: int, given_up: Sequence[tuple[int, int]], reason: str) -> int:
    """Give (hold, credits) back; return how many credits were."""
    row = call(
        "select released from ledger_release_texts(%s, %s::bigint[], %s::bigint[], %s)",
        account_id, [hold_id for hold_id, _ in given_up], [credits for _, credits in given_up], reason,
    )  # fmt: skip
    return int(row["released"])


def owe(
    account_id: int, *, credits: int, limit: int, message_id: int, number_id: int, inbox_id: int | None, parts: int
) -> dict[str, Any]:
    """Spend, or owe up to `limit` credits in all. Returns status (spent, owed, over, closed, periods_needed), seq,
    balance, watched."""
    return call(
        f"select r.*, {WATCHED} from ledger_owe(%s, %s, %s, %s, %s, %s, %s) r",
        account_id, account_id, credits, limit, message_id, number_id, inbox_id, parts,
    )  # fmt: skip
