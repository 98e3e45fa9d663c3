"""What an account has used: by day and month, of which grants. Credits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import dropwhile

from django.db import connection

from refill.domain.calendars import add_months, day_start, wall_of
from refill.domain.money import half_up
from refill.domain.warnings import Refilled
from refill.ledger import refills

# The entries' numbers have no gaps and their instants never fall, so an instant is found by halving.
_HALF = """
half (low, high) as (
  select 1::bigint, b.seq + 1 from refill_balance b where b.account_id = %(account)s
  union all
  select case when e.at < {at} then m.middle + 1 else h.low end,
         case when e.at < {at} then h.high else m.middle end
    from half h
    cross join lateral (select (h.low + h.high) / 2 as middle) m
    join refill_entry e on e.account_id = %(account)s and e.seq = m.middle
   where h.low < h.high),
found as (select coalesce((select low from half where low = high), 1) as first)
"""


def _together(*parts: str) -> str:
    """One statement of our own pieces; values are bound, never written in."""
    return "\n".join(parts)


_FROM_INSTANT = "with recursive " + _HALF.format(at="%(at)s")
_FIRST_FROM = _together(_FROM_INSTANT, "select first from found")
_BY_DAY = _together(
    _FROM_INSTANT,
    """
select (e.at at time zone %(zone)s)::date as day,
       case when g.source = 'allowance' then 'plan'
            when g.source in ('purchase', 'recharge') then 'bought' else 'other' end as colour,
       sum(-(e.credits + coalesce(e.held, 0)))::bigint
  from refill_entry e left join refill_grant g on g.id = e.grant_id
 where e.account_id = %(account)s and e.seq >= (select first from found) and e.kind in ('spend', 'capture')
 group by 1, 2 order by 1, 2
""",
)
_BY_MONTH = """
select date_trunc('month', e.at at time zone %(zone)s)::date as month, sum(-(e.credits + coalesce(e.held, 0)))::bigint
  from refill_entry e
 where e.account_id = %(account)s and e.seq >= %(first)s and e.kind in ('spend', 'capture')
 group by 1 order by 1
"""


@dataclass(frozen=True, slots=True)
class DayUse:
    on: date
    plan: int
    bought: int
    other: int

    @property
    def credits(self) -> int:
        return self.plan + self.bought + self.other


@dataclass(frozen=True, slots=True)
class Months:
    """Credits used in whole local months, the newest last; none before the first in which anything was used."""

    months: tuple[tuple[date, int], ...]

    @property
    def last(self) -> int | None:
        return self.months[-1][1] if self.months else None

    @property
    def average(self) -> int | None:
        total = sum(credits for _, credits in self.months)
        return half_up(total, len(self.months)) if self.months else None


def first_from(account_id: int, at: datetime) -> int:
    """Return the number of the account's first entry at or after the instant; one past the last if none."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_FROM, {"account": account_id, "at": at})
        return int(cursor.fetchone()[0])


def by_day(account_id: int, zone: str, start: date, end: date) -> tuple[DayUse, ...]:
    """Return every local day from start to end with what was used on it."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_DAY, {"account": account_id, "zone": zone, "at": day_start(start, zone)})
        rows = cursor.fetchall()
    used: dict[date, dict[str, int]] = {}
    for on, colour, credits in rows:
        used.setdefault(on, {})[colour] = credits
    days = [start + timedelta(days=count) for count in range((end - start).days + 1)]
    return tuple(
        DayUse(on, *(used.get(on, {}).get(colour, 0) for colour in ("plan", "bought", "other"))) for on in days
    )


def last_months(account_id: int, zone: str, now: datetime) -> Months:
    """Return what was used in the last whole local months, three at most."""
    this_month = wall_of(now, zone).date().replace(day=1)
    months = [add_months(datetime.combine(this_month, time()), -back).date() for back in (3, 2, 1)]
    first = first_from(account_id, day_start(months[0], zone))
    with connection.cursor() as cursor:
        cursor.execute(_BY_MONTH, {"account": account_id, "zone": zone, "first": first})
        used = dict(cursor.fetchall())
    return Months(tuple(dropwhile(lambda row: not row[1], ((month, used.get(month, 0)) for month in months))))


def last_refill(account_id: int) -> Refilled:
    """Return what the account had right after its last refill, and when it is told that this runs out."""
    return refills.last_refill(account_id)
