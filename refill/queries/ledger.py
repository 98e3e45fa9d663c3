"""Grants and entries as they stand, and the trace of one movement (RULES §2.10, §2.11)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q, Sum

from refill.domain.errors import Unknown
from refill.models import Entry

# The entries of one movement stand next to each other, one for each grant that it drew on.
MOST_GRANTS = 1_000
_GRANT_COLUMNS = """id, source, amount, remaining, held, spent, expired, revoked, starts_at, ends_at, started,
    reason, actor, order_id, period_id, created_at"""


@dataclass(frozen=True, slots=True)
class GrantRow:
    """amount = remaining + held + spent + expired + revoked."""

    id: int
    source: str
    amount: int
    remaining: int
    held: int
    spent: int
    expired: int
    revoked: int
    starts_at: datetime
    ends_at: datetime | None
    started: bool
    reason: str
    actor: str
    order_id: int | None
    period_id: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class EntryRow:
    """`usage_seq` is the first entry of the spend or capture that this entry is part of, or gives back."""

    account_id: int
    seq: int
    at: datetime
    kind: str
    credits: int
    balance_after: int
    held: int | None
    owed: int | None
    grant_id: int | None
    first_seq: int | None
    corrects_seq: int | None
    hold_id: int | None
    usage_kind: str | None
    reference: str | None
    member_id: int | None
    inbox_id: int | None
    number_id: int | None
    message_id: int | None
    parts: int | None
    metadata: dict[str, Any] | None
    reason: str | None
    actor: str | None
    usage_seq: int | None = field(default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """Half-open in time: from `starts_at`, before `ends_at`."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    kind: str | None = None
    grant_id: int | None = None
    inbox_id: int | None = None
    number_id: int | None = None
    member_id: int | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """One movement: its entries, what undid parts of it, what it undid, and the grants concerned."""

    entry: EntryRow
    movement: tuple[EntryRow, ...]
    corrected_by: tuple[EntryRow, ...]
    corrects: EntryRow | None
    grants: tuple[GrantRow, ...]


_STORED = tuple(name for name in EntryRow.__slots__ if name != "usage_seq")


def open_grants(account_id: int, limit: int) -> list[GrantRow]:
    """Grants that have begun and hold something, in burn order (RULES §2.2)."""
    return _grants(
        "account_id = %s and started and (remaining > 0 or held > 0) order by ends_at, rank, id limit %s",
        [account_id, limit],
    )


def grant(account_id: int, grant_id: int) -> GrantRow:
    """One grant. Raises Unknown."""
    found = _grants("account_id = %s and id = %s", [account_id, grant_id])
    if not found:
        raise Unknown("There is no such grant in this account.")
    return found[0]


def given_back(account_id: int, seq: int) -> int:
    """Credits of the reversal that begins with this entry."""
    parts = Entry.objects.filter(account_id=account_id, seq__range=(seq, seq + 2 * MOST_GRANTS), kind="reverse")
    return int(parts.filter(Q(seq=seq) | Q(first_seq=seq)).aggregate(given=Sum("credits"))["given"])


def _grants(where: str, values: list[Any]) -> list[GrantRow]:
    with connection.cursor() as cursor:
        cursor.execute(f"select {_GRANT_COLUMNS} from refill_grant_now where {where}", values)  # noqa: S608
        return [GrantRow(*row) for row in cursor.fetchall()]


def entries(account_id: int, wanted: EntryFilter, *, before: int | None, limit: int) -> list[EntryRow]:
    """Entries below the sequence number `before`, the newest first."""
    given = {
        "seq__lt": before, "at__gte": wanted.starts_at, "at__lt": wanted.ends_at, "kind": wanted.kind,
        "grant_id": wanted.grant_id, "inbox_id": wanted.inbox_id, "number_id": wanted.number_id,
        "member_id": wanted.member_id,
    }  # fmt: skip
    conditions = {name: value for name, value in given.items() if value is not None}
    return _read(account_id, conditions, newest_first=True, limit=limit)


def _read(account_id: int, conditions: dict[str, Any], *, newest_first: bool, limit: int) -> list[EntryRow]:
    order = "-seq" if newest_first else "seq"
    rows = Entry.objects.filter(account_id=account_id, **conditions).order_by(order).values(*_STORED)[:limit]
    found = list(rows)
    undone = _first_of(account_id, {row["corrects_seq"] for row in found if row["kind"] == "reverse"})
    return [EntryRow(**row, usage_seq=_usage(row, undone)) for row in found]


def _first_of(account_id: int, seqs: set[int]) -> dict[int, int]:
    """The first entry of the movements that these entries belong to."""
    if not seqs:
        return {}
    rows = Entry.objects.filter(account_id=account_id, seq__in=seqs).values_list("seq", "first_seq")
    return {seq: first_seq or seq for seq, first_seq in rows}


def _usage(row: dict[str, Any], undone: dict[int, int]) -> int | None:
    if row["kind"] in ("spend", "capture", "owe"):
        return row["first_seq"] or row["seq"]
    return undone.get(row["corrects_seq"])


def trace(account_id: int, seq: int) -> Trace:
    """The trace of the movement that entry `seq` belongs to. Raises Unknown."""
    found = _read(account_id, {"seq": seq}, newest_first=False, limit=1)
    if not found:
        raise Unknown("There is no such entry in this account.")
    entry = found[0]
    first = entry.first_seq or entry.seq
    movement = _movement(account_id, first)
    seqs = [row.seq for row in movement]
    corrected_by = _read(account_id, {"corrects_seq__in": seqs}, newest_first=False, limit=1000)
    corrects = None
    if entry.corrects_seq is not None:
        corrects = _read(account_id, {"seq": entry.corrects_seq}, newest_first=False, limit=1)[0]
    ids = sorted({row.grant_id for row in movement if row.grant_id is not None})
    grants = _grants("account_id = %s and id = any(%s) order by id", [account_id, ids])
    return Trace(entry, tuple(movement), tuple(corrected_by), corrects, tuple(grants))


def _movement(account_id: int, first: int) -> list[EntryRow]:
    """A movement's entries stand together, but for an expiry right after what was given back to an ended grant."""
    found: list[EntryRow] = []
    seq = first
    while True:
        rows = _read(account_id, {"seq__gte": seq}, newest_first=False, limit=100)
        for row in rows:
            if row.seq != first and row.first_seq != first and row.kind != "expire":
                return [kept for kept in found if kept.seq == first or kept.first_seq == first]
            found.append(row)
        if len(rows) < 100:
            return [kept for kept in found if kept.seq == first or kept.first_seq == first]
        seq = rows[-1].seq + 1
