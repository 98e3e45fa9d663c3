"""What an account has used: by day and month, of which grants. Credits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

# The entries' numbers have no gaps and their instants never fall, so an instant is found by halving.
_FIRST_FROM = """
with recursive half (low, high) as (
  select 1::bigint, b.seq + 1 from refill_balance b where b.account_id = %(account)s
  union all
  select case when e.at < %(at)s then m.middle + 1 else h.low end,
         case when e.at < %(at)s then h.high else m.middle end
    from half h
    cross join lateral (select (h.low + h.high) / 2 as middle) m
    join refill_entry e on e.account_id = %(account)s and e.seq = m.middle
   where h.low < h.high)
select low from half where low = high
"""
_USED = "-(e.credits + coalesce(e.held, 0))"
_BY_DAY = f"""
select (e.at at time zone %(zone)s)::date as day,
       case when g.source = 'allowance' then 'plan'
            when g.source in ('purchase', 'recharge') then 'bought' else 'other' end as colour,
       sum({_USED})::bigint
  from refill_entry e left join refill_grant g on g.id = e.grant_id
 where e.account_id = %(account)s and e.seq >= %(first)s and e.kind in ('spend', 'capture')
 group by 1, 2 order by 1, 2
"""
_BY_MONTH = f"""
select date_trunc('month', e.at at time zone %(zone)s)::date as month, sum({_USED})::bigint
  from refill_entry e
 where e.account_id = %(account)s and e.seq >= %(first)s and e.kind in ('spend', 'capture')
 group by 1 order by 1
"""
_REFILLED = """
select e.balance_after from refill_entry e
 where e.account_id = %(account)s and e.kind = 'grant' and e.seq >= %(first)s order by e.seq limit 20
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


def first_from(account_id: int, at: datetime) -> int:
    """Return the number of the account's first entry at or after the instant; one past the last if none."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_FROM, {"account": account_id, "at": at})
        row = cursor.fetchone()
    return int(row[0]) if row else 1


def by_day(account_id: int, zone: str, first: int, start: date, end: date) -> tuple[DayUse, ...]:
    """Return every local day from start to end with what was used on it, from the entry `first` on."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_DAY, {"account": account_id, "zone": zone, "first": first})
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


def last_refill(account_id: int) -> int:
    """Return what the account had right after its last grant: what warnings are a share of (RULES §6.1)."""
    with connection.cursor() as cursor:
        cursor.execute(
            """select greatest(starts_at, created_at) from refill_grant where account_id = %s and started
                order by id desc limit 1""",
            [account_id],
        )
        row = cursor.fetchone()
        if row is None:
            return 0
        first = first_from(account_id, row[0])
        cursor.execute(_REFILLED, {"account": account_id, "first": first})
        after = [int(found[0]) for found in cursor.fetchall()]
    return max(after, default=0)
