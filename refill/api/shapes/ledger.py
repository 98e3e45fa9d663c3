"""Balance, grants, holds, entries and their traces."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from refill.api.shapes.parts import CreditsIn, In, Instant, InstantIn, Out, Reason, id_or_none, is_none, words
from refill.domain import ids
from refill.domain.money import say_count
from refill.domain.records import BalanceRead
from refill.queries.holds import HoldRow
from refill.queries.ledger import EntryRow, GrantRow, Trace

EntryKind = Literal["grant", "spend", "hold", "release", "capture", "expire", "revoke", "reverse", "owe", "settle"]


class Allowance(Out):
    """The plan's credits of this period."""

    granted: int
    remaining: int
    resets_at: Instant | None

    @classmethod
    def of(cls, read: BalanceRead) -> Allowance | None:
        """Nothing where there is no period and nothing left of one."""
        if read.resets_at is None and read.allowance_granted == 0 and read.allowance_left == 0:
            return None
        return cls(granted=read.allowance_granted, remaining=read.allowance_left, resets_at=read.resets_at)


class Remaining(Out):
    remaining: int


class Lot(Out):
    """A grant in the balance."""

    id: str
    source: str
    amount: int
    remaining: int
    held: int
    starts_at: Instant
    ends_at: Instant | None

    @classmethod
    def of(cls, row: GrantRow) -> Lot:
        return cls(
            id=ids.encode("gra", row.id), source=row.source, amount=row.amount, remaining=row.remaining,
            held=row.held, starts_at=row.starts_at, ends_at=row.ends_at,
        )  # fmt: skip


class Balance(Out):
    """Kept totals. `available` is what can be spent now: the sum of what remains of each source."""

    available: int
    held: int
    owed: int
    allowance: Allowance | None
    promotion: Remaining
    purchased: Remaining
    grants: Annotated[list[Lot] | None, Field(exclude_if=is_none)] = None

    @classmethod
    def of(cls, read: BalanceRead) -> Balance:
        return cls(
            available=read.available, held=read.held, owed=read.owed, allowance=Allowance.of(read),
            # Adjustments are given credits too; the three parts add up to what is available.
            promotion=Remaining(remaining=read.promotion_left + read.adjustment_left),
            purchased=Remaining(remaining=read.purchased_left),
        )  # fmt: skip


class GrantIn(In):
    """Credits that the operator gives."""

    credits: CreditsIn
    source: Literal["promotion", "adjustment"]
    starts_at: InstantIn | None = None
    ends_at: InstantIn | None = None
    reason: Reason


class Grant(Lot):
    """A grant with what became of it: amount = remaining + held + spent + expired + revoked."""

    spent: int
    expired: int
    revoked: int
    reason: str
    actor: str
    order: str | None
    period: str | None
    created_at: Instant

    @classmethod
    def of(cls, row: GrantRow) -> Grant:
        return cls(
            **Lot.of(row).model_dump(include=set(Lot.model_fields), mode="python"), spent=row.spent,
            expired=row.expired, revoked=row.revoked, reason=row.reason, actor=row.actor,
            order=id_or_none("ord", row.order_id), period=id_or_none("per", row.period_id), created_at=row.created_at,
        )  # fmt: skip


class HoldOut(Out):
    """Credits set aside; captured, released or expired exactly once."""

    id: str
    state: Annotated[str, words("open", "captured", "released", "expired")]
    credits: int
    captured: int
    expires_at: Instant | None
    reference: str | None
    created_at: Instant
    ended_at: Instant | None

    @classmethod
    def of(cls, row: HoldRow) -> HoldOut:
        return cls(
            id=ids.encode("hold", row.id), state=row.state, credits=row.credits, captured=row.captured,
            expires_at=row.expires_at, reference=row.reference, created_at=row.created_at, ended_at=row.ended_at,
        )  # fmt: skip


class Entry(Out):
    """One immutable movement of one grant. `credits` is the change of what is available."""

    id: str
    seq: int
    at: Instant
    kind: Annotated[str, words(*get_args(EntryKind))]
    credits: int
    balance_after: int
    held: int
    owed: int
    grant: str | None
    usage: str | None
    hold: str | None
    message: str | None
    member: str | None
    inbox: str | None
    number: str | None
    corrects: str | None
    usage_kind: str | None
    reference: str | None
    parts: int | None
    metadata: dict[str, Any] | None
    reason: str | None
    actor: str | None

    @classmethod
    def of(cls, row: EntryRow) -> Entry:
        def entry(seq: int | None) -> str | None:
            return None if seq is None else ids.encode("ent", row.account_id, seq)

        usage = None if row.usage_seq is None else ids.encode("use", row.account_id, row.usage_seq)
        return cls(
            id=ids.encode("ent", row.account_id, row.seq), seq=row.seq, at=row.at, kind=row.kind,
            credits=row.credits, balance_after=row.balance_after, held=row.held or 0, owed=row.owed or 0,
            grant=id_or_none("gra", row.grant_id), usage=usage, hold=id_or_none("hold", row.hold_id),
            message=id_or_none("msg", row.message_id), member=id_or_none("mem", row.member_id),
            inbox=id_or_none("inb", row.inbox_id), number=id_or_none("num", row.number_id),
            corrects=entry(row.corrects_seq), usage_kind=row.usage_kind, reference=row.reference, parts=row.parts,
            metadata=row.metadata, reason=row.reason, actor=row.actor,
        )  # fmt: skip


class Why(Out):
    """The trace of one movement: its entries, the grants concerned, and what was undone since."""

    entry: Entry
    because: list[str]
    movement: list[Entry]
    grants: list[Grant]
    corrected_by: list[Entry]
    corrects: Entry | None

    @classmethod
    def of(cls, trace: Trace) -> Why:
        return cls(
            entry=Entry.of(trace.entry), because=_because(trace), movement=[Entry.of(row) for row in trace.movement],
            grants=[Grant.of(row) for row in trace.grants],
            corrected_by=[Entry.of(row) for row in trace.corrected_by],
            corrects=Entry.of(trace.corrects) if trace.corrects else None,
        )  # fmt: skip


_VERBS = {
    "grant": "came with", "spend": "were taken from", "hold": "were set aside from", "release": "went back to",
    "capture": "were used of what was held in", "expire": "ended with", "revoke": "were taken back from",
    "reverse": "were given back to", "settle": "settled what was owed, from",
}  # fmt: skip


def _because(trace: Trace) -> list[str]:
    """A sentence for each entry of the movement; grants are drawn in burn order (RULES §2.2)."""
    grants = {row.id: row for row in trace.grants}
    said = []
    for row in trace.movement:
        size = abs(row.credits) or abs(row.held or 0) or abs(row.owed or 0)
        grant = grants.get(row.grant_id or 0)
        if grant is None:
            said.append(f"{say_count(size, 'credit', 'are')} owed until the next grant.")
            continue
        ends = f", which ends at {grant.ends_at:%Y-%m-%dT%H:%M:%SZ}" if grant.ends_at else ", which has no end"
        verb, _, rest = _VERBS[row.kind].partition(" ")
        sentence = f"{say_count(size, 'credit', verb)} {rest} {grant.source} {ids.encode('gra', grant.id)}{ends}"
        said.append(f"{sentence}: {row.reason}." if row.reason else f"{sentence}.")
    return said
