"""The statement: every movement of an account, with what it was and the balance after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from refill.domain import ids
from refill.queries.ledger import MOST_GRANTS

PER_PAGE, AT_ONCE = 50, 1_000
FAMILIES = {
    "used": ("spend", "capture", "reverse"),
    "added": ("grant", "settle"),
    "ended": ("expire", "revoke"),
    "held": ("hold", "release"),
}
_COLUMNS = """
select e.account_id, e.seq, e.at, e.kind, e.credits, e.balance_after, e.held, e.grant_id, g.source, g.ends_at,
       {usage}, e.reference, e.parts,
       e.reason, e.actor, e.corrects_seq, u.name, coalesce(e.first_seq, e.seq), g.cause, e.member_id,
       i.name, n.e164, {came_in}
  from refill_entry e left join refill_grant g on g.id = e.grant_id
  left join refill_membership m on m.id = e.member_id and m.account_id = e.account_id
  left join refill_user u on u.id = m.user_id
  left join refill_inbox i on i.id = e.inbox_id and i.account_id = e.account_id
  left join refill_number n on n.id = e.number_id and n.account_id = e.account_id
"""
_EACH = _COLUMNS.format(usage="e.usage_kind", came_in="false")
# A text's credits are set aside and, a moment later, used: two entries. Where all of them were used, one row says it,
# at the place where the balance went down.
_AS_ONE = (
    _COLUMNS.format(
        usage="case when h.id is null then e.usage_kind else t.kind end",
        came_in="e.kind = 'spend' and coalesce(t.direction = 'in', false)",
    )
    + """
  left join refill_hold h on h.account_id = e.account_id and h.id = e.hold_id and e.kind in ('hold', 'capture')
        and h.message_id is not null and h.captured = h.credits
  left join refill_message t on t.account_id = e.account_id and t.id = e.message_id
"""
)


@dataclass(frozen=True, slots=True)
class Movement:
    """One entry. `credits` change what can be spent, `held` what is set aside."""

    account_id: int
    seq: int
    at: datetime
    kind: str
    credits: int
    balance_after: int
    held: int
    grant_id: int | None
    source: str | None
    grant_ends_at: datetime | None
    usage_kind: str | None
    reference: str | None
    parts: int | None
    reason: str | None
    actor: str | None
    corrects_seq: int | None
    member: str | None
    first_seq: int
    cause: str | None
    member_id: int | None
    inbox: str | None
    number: str | None
    came_in: bool

    @property
    def public_id(self) -> str:
        return ids.encode("ent", self.account_id, self.seq)

    @property
    def used(self) -> int:
        """What this used up, for good: a spend, or what was captured of a hold."""
        return -(self.credits + self.held) if self.kind in ("spend", "capture") else 0

    @property
    def is_text(self) -> bool:
        """What a text had set aside, and all of it used."""
        return self.kind == "hold" and self.usage_kind is not None


@dataclass(frozen=True, slots=True)
class Filters:
    """What the statement is narrowed to; entries [first, last)."""

    first: int
    last: int
    family: str = ""
    usage: str = ""
    member_id: int | None = None
    inbox_id: int | None = None
    number_id: int | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    count: int
    added: int
    used: int
    ended: int
    net: int

    @property
    def set_aside(self) -> int:
        """What is held of all this and neither used nor given back."""
        return self.added - self.used - self.ended - self.net


def _where(account_id: int, filters: Filters) -> tuple[str, list[Any]]:
    clauses = ["e.account_id = %s", "e.seq >= %s", "e.seq < %s"]
    found: list[Any] = [account_id, filters.first, filters.last]
    if filters.family in FAMILIES:
        clauses.append("e.kind = any(%s)")
        found.append(list(FAMILIES[filters.family]))
    if filters.usage:
        clauses.append("e.usage_kind = %s")
        found.append(filters.usage)
    for column in ("member_id", "inbox_id", "number_id"):
        if (wanted := getattr(filters, column)) is not None:
            clauses.append(f"e.{column} = %s")
            found.append(wanted)
    return " where " + " and ".join(clauses), found


def movements(account_id: int, filters: Filters, *, before: int | None, limit: int) -> tuple[Movement, ...]:
    """Return entries, newest first; a text's two as one, unless kinds of movements or of use are asked for."""
    where, values = _where(account_id, filters)
    columns = _EACH
    if not filters.family and not filters.usage:
        columns, where = _AS_ONE, f"{where} and (h.id is null or e.kind = 'hold')"
    if before is not None:
        where += " and e.seq < %s"
        values.append(before)
    with connection.cursor() as cursor:
        cursor.execute(f"{columns}{where} order by e.seq desc limit %s", [*values, limit])
        return tuple(_movement(row) for row in cursor.fetchall())


def each(account_id: int, filters: Filters) -> Iterator[Movement]:
    """Every entry, the oldest first, read some at a time: however many there are, few are held."""
    where, values = _where(account_id, filters)
    after, count = filters.first - 1, AT_ONCE
    while count == AT_ONCE:
        with connection.cursor() as cursor:
            cursor.execute(f"{_EACH}{where} and e.seq > %s order by e.seq limit %s", [*values, after, AT_ONCE])
            rows = cursor.fetchall()
        yield from map(_movement, rows)
        after, count = rows[-1][1] if rows else after, len(rows)


def _movement(row: tuple) -> Movement:  # type: ignore[type-arg]
    account, seq, at, kind, credits, after, held, *rest = row
    return Movement(account, seq, at, kind, credits, after, held or 0, *rest)


def sums(account_id: int, filters: Filters) -> Sums:
    """Return the totals of all entries that the filters let through."""
    where, values = _where(account_id, filters)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""select count(*),
                  coalesce(sum(e.credits) filter (where e.kind in ('grant', 'settle')), 0)::bigint,
                  coalesce(sum(-(e.credits + coalesce(e.held, 0)))
                             filter (where e.kind in ('spend', 'capture')), 0)::bigint
                    - coalesce(sum(e.credits) filter (where e.kind = 'reverse'), 0)::bigint,
                  coalesce(sum(-e.credits) filter (where e.kind in ('expire', 'revoke')), 0)::bigint,
                  coalesce(sum(e.credits), 0)::bigint
                  from refill_entry e {where}""",  # noqa: S608 - clauses are ours, values are bound
            values,
        )
        return Sums(*cursor.fetchone())


def balance_before(account_id: int, seq: int) -> int:
    """Return what could be spent right before an entry: its opening balance."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select balance_after from refill_entry where account_id = %s and seq = %s", [account_id, seq - 1]
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def last_seq(account_id: int) -> int:
    """Return the number of the account's last entry; 0 without any."""
    with connection.cursor() as cursor:
        cursor.execute("select seq from refill_balance where account_id = %s", [account_id])
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def movement_group(account_id: int, seq: int) -> tuple[Movement, ...]:
    """Return all entries of the movement that the entry belongs to, in order: one for each grant it drew on."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""{_AS_ONE} where e.account_id = %s and e.seq >= %s and e.seq < %s
                and (e.seq = %s or e.first_seq = %s) order by e.seq""",
            [account_id, seq, seq + MOST_GRANTS, seq, seq],
        )
        return tuple(_movement(row) for row in cursor.fetchall())
