"""Reports: every figure is a sum over rows that can be had as CSV. One mode and currency at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection

from refill.domain import ids

_MODE = "a.livemode = %(live)s and a.currency = %(currency)s"

_RECURRING = f"""
select a.id, a.name, p.name, r.interval, r.credits, r.amount_minor,
       case when r.interval = 'year' then (r.amount_minor + 6) / 12 else r.amount_minor end, s.status
  from refill_subscription s join refill_account a on a.id = s.account_id
  join refill_price r on r.id = s.price_id join refill_plan p on p.id = r.plan_id
 where s.ended_at is null and s.status in ('active', 'past_due') and r.amount_minor > 0 and {_MODE}
 order by a.id limit 100000
"""  # noqa: S608
_LEFT = f"""
select a.id, a.name, g.id, g.source, g.amount,
       case when b.head_grant = g.id then b.head_left else g.remaining end + g.held as left_over,
       o.amount_minor - o.tax_minor as paid
  from refill_grant g join refill_account a on a.id = g.account_id join refill_balance b on b.account_id = a.id
  left join refill_order o
    on o.id = g.order_id and o.account_id = g.account_id and o.kind in ('buy_credits', 'recharge')
 where g.is_open and {_MODE}
 order by a.id, g.id limit 100000
"""  # noqa: S608
_MOVED = f"""
select to_char(e.at at time zone 'UTC', 'YYYY-MM') as month, coalesce(g.source, 'owed'),
       coalesce(sum(e.credits) filter (where e.kind = 'grant'), 0)::bigint,
       coalesce(sum(-(e.credits + coalesce(e.held, 0))) filter (where e.kind in ('spend', 'capture')), 0)::bigint
         - coalesce(sum(e.credits) filter (where e.kind = 'reverse'), 0)::bigint,
       coalesce(sum(-e.credits) filter (where e.kind in ('expire', 'revoke')), 0)::bigint
  from refill_entry e join refill_account a on a.id = e.account_id left join refill_grant g on g.id = e.grant_id
 where {_MODE} group by 1, 2 order by 1 desc, 2 limit 240
"""  # noqa: S608
_DUNNING = f"""
select a.id, a.name, s.status, o.id, o.amount_minor, o.tries, o.created_at, o.next_try_at
  from refill_subscription s join refill_account a on a.id = s.account_id
  join refill_period p on p.account_id = a.id and p.subscription_id = s.id and p.state = 'current' and p.paid = 'unpaid'
  join refill_order o on o.account_id = a.id and o.period_id = p.id and o.kind = 'renewal' and o.status <> 'succeeded'
 where s.ended_at is null and s.status in ('past_due', 'suspended') and {_MODE}
 order by o.created_at, a.id limit 10000
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Report:
    """Rows with their headings, as they go into the CSV; ids are public."""

    name: str
    head: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def _read(statement: str, livemode: bool, currency: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"live": livemode, "currency": currency})
        return cursor.fetchall()


def recurring(livemode: bool, currency: str) -> Report:
    """Monthly recurring revenue by subscription, minor units before tax; a year's price counts a twelfth, rounded."""
    head = ("account", "name", "plan", "interval", "credits", "amount_minor", "monthly_minor", "status")
    rows = (_named(row) for row in _read(_RECURRING, livemode, currency))
    return Report("recurring", head, tuple(rows))


def left_over(livemode: bool, currency: str) -> Report:
    """Credits that customers can still use, by grant; of what was bought, the part of its net price, rounded down."""
    head = ("account", "name", "grant", "source", "amount", "left", "owed_minor")
    rows = []
    for account, name, grant, source, amount, left, paid in _read(_LEFT, livemode, currency):
        owed = paid * left // amount if paid is not None else 0
        rows.append((ids.encode("acc", account), name, ids.encode("gra", grant), source, amount, left, owed))
    return Report("liability", head, tuple(rows))


def moved(livemode: bool, currency: str) -> Report:
    """Credits granted, spent (less what was given back) and ended, by month (UTC) and source."""
    head = ("month", "source", "granted", "spent", "ended")
    return Report("credits", head, tuple(_read(_MOVED, livemode, currency)))


def dunning(livemode: bool, currency: str) -> Report:
    """Accounts whose renewal is not paid, whoever owes longest first; minor units with tax."""
    head = ("account", "name", "status", "order", "amount_minor", "tries", "since", "next_try")
    rows = [
        (ids.encode("acc", account), name, status, ids.encode("ord", order), *rest)
        for account, name, status, order, *rest in _read(_DUNNING, livemode, currency)
    ]
    return Report("dunning", head, tuple(rows))


def currencies() -> tuple[tuple[bool, str], ...]:
    """Return the modes and currencies that accounts have, live ones first."""
    with connection.cursor() as cursor:
        cursor.execute("select distinct livemode, currency from refill_account order by 1 desc, 2")
        return tuple(cursor.fetchall())


def _named(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return (ids.encode("acc", row[0]), *row[1:])
