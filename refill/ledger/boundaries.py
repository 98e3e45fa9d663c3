"""Stored boundaries against the calendar: the anchor's wall clock plus months, in its zone (RULES §3.1, §3.2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from refill.domain.calendars import boundary
from refill.ledger.rows import call_all

Fault = tuple[int, str, str, str, str]
_SECOND = timedelta(seconds=1)

# A trial (a free period of a price that is not) has its own length, so it is left out.
_PERIODS = """
  select p.account_id, p.id, p.months, p.starts_at, p.full_ends_at, p.index, s.anchor_wall, s.anchor_zone, s.anchor_at,
         s.started_at, case when r.interval = 'year' then 12 else 1 end as length,
         p.index = min(p.index) over (partition by p.subscription_id) as is_first
    from refill_period p join refill_subscription s on s.id = p.subscription_id join refill_price r on r.id = p.price_id
   where p.account_id between %s and %s and (p.paid <> 'free' or r.amount_minor = 0)
   order by p.account_id, p.id
"""
_MOVES = """
  select account_id, at, before ->> 'timezone' as old, after ->> 'timezone' as new from refill_auditrow
   where account_id between %s and %s and action = 'account.updated' and before ->> 'timezone' <> after ->> 'timezone'
   order by account_id, id
"""


def boundary_faults(low: int, high: int) -> Iterator[Fault]:
    """Compare each stored period of these accounts with the calendar. A period whose account moved to another zone
    keeps the zone that it was stored in (RULES §3.7)."""
    moves: dict[int, list[tuple[datetime, str, str]]] = defaultdict(list)
    for row in call_all(_MOVES, low, high):
        moves[row["account_id"]].append((row["at"], row["old"], row["new"]))
    for row in call_all(_PERIODS, low, high):
        wall = row["anchor_wall"].astimezone(UTC).replace(tzinfo=None)
        zones = _zones(moves[row["account_id"]], max(row["starts_at"], row["started_at"]), row["anchor_zone"])
        first = row["anchor_at"]
        ends = {boundary(wall, zone, "month", row["months"] + row["length"], first) for zone in zones}
        starts = {boundary(wall, zone, "month", row["months"], first) for zone in zones}
        subject = f"period {row['id']}"
        if row["full_ends_at"] not in ends:
            yield row["account_id"], subject, "ends at its boundary", _say(ends), str(row["full_ends_at"])
        if row["is_first"] and row["starts_at"] not in starts:
            yield row["account_id"], subject, "starts at its boundary", _say(starts), str(row["starts_at"])


def _zones(moves: list[tuple[datetime, str, str]], at: datetime, zone: str) -> set[str]:
    """The zones in which a period that began at `at` may be counted: more than one where the account moved then."""
    zones = {moves[0][1] if moves else zone}
    for moved_at, old, new in moves:
        if moved_at < at - _SECOND:
            zones = {new}
        elif moved_at <= at + _SECOND:
            zones |= {old, new}
    return zones


def _say(instants: set[datetime]) -> str:
    return " or ".join(str(instant) for instant in sorted(instants))
