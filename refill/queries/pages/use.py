"""What an account has used: by day and month, of which grants. Credits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from refill.domain.money import ceil_div
from refill.domain.policies import parse

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
# The last grant was written by an entry at its start; others of the same instant follow at once.
_REFILLED = _together(
    """
with recursive given as (
  select greatest(starts_at, created_at) as at from refill_grant
   where account_id = %(account)s and started order by id desc limit 1),
""",
    _HALF.format(at="(select at from given)"),
    """
select coalesce(max(e.balance_after), 0), coalesce(
         (select v.values from refill_period p join refill_policyversion v on v.id = p.policy_id
           where p.account_id = %(account)s and p.state = 'current'),
         (select v.values from refill_policyversion v order by v.id desc limit 1), '{}')::text
  from refill_entry e, found
 where e.account_id = %(account)s and e.kind = 'grant' and e.seq between found.first and found.first + 60
""",
)


@dataclass(frozen=True, slots=True)
class DayUse:
    on: date
    plan: int
    bought: int
    other: int

    @property
    def credits(self) -> int:
        return self.plan + self.bought + self.other


def first_from(account_id: int, at: datetime) -> int:
    """Return the number of the account's first entry at or after the instant; one past the last if none."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_FROM, {"account": account_id, "at": at})
        return int(cursor.fetchone()[0])


def by_day(account_id: int, zone: str, since: datetime, start: date, end: date) -> tuple[DayUse, ...]:
    """Return every local day from start to end with what was used on it; `since` is the instant start begins."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_DAY, {"account": account_id, "zone": zone, "at": since})
        rows = cursor.fetchall()
    used: dict[date, dict[str, int]] = {}
    for on, colour, credits in rows:
        used.setdefault(on, {})[colour] = credits
    days = [start + timedelta(days=count) for count in range((end - start).days + 1)]
    return tuple(
        DayUse(on, *(used.get(on, {}).get(colour, 0) for colour in ("plan", "bought", "other"))) for on in days
    )


def by_month(account_id: int, zone: str, since: datetime) -> dict[date, int]:
    """Return what was used in each local month, named by its first day."""
    first = first_from(account_id, since)
    with connection.cursor() as cursor:
        cursor.execute(_BY_MONTH, {"account": account_id, "zone": zone, "first": first})
        return dict(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class Refilled:
    """What warnings are made from (RULES §6.1): the credits right after the last refill, and at which percents of them
    the account is told, by the policies of its period."""

    credits: int
    low_percents: tuple[int, ...]

    def percent(self, available: int) -> int:
        """What is left of it, rounded up, at most 100."""
        return min(100, ceil_div(100 * available, max(self.credits, 1)))

    def is_low(self, available: int) -> bool:
        return available * 100 <= max(self.low_percents) * self.credits


def last_refill(account_id: int) -> Refilled:
    """Return what the account had right after its last grant, and when it is told that this runs out."""
    with connection.cursor() as cursor:
        cursor.execute(_REFILLED, {"account": account_id})
        credits, values = cursor.fetchone()
    return Refilled(credits, parse(json.loads(values)).low_percents)
