"""Reports: every figure is a sum over rows that can be had as CSV. One mode and currency at once.

Rows are read while they are sent, and sums are made by the database over the same statement: neither is cut short, and
neither takes more memory the more accounts there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from refill.domain import ids

ROWS_AT_ONCE = 1_000
_MODE = "a.livemode = %(live)s and a.currency = %(currency)s"

_RECURRING = f"""
select a.id, a.name, p.name as plan, r.interval, r.credits, r.amount_minor,
       case when r.interval = 'year' then (r.amount_minor + 6) / 12 else r.amount_minor end as monthly, s.status
  from refill_subscription s join refill_account a on a.id = s.account_id
  join refill_price r on r.id = s.price_id join refill_plan p on p.id = r.plan_id
 where s.ended_at is null and s.status in ('active', 'past_due') and r.amount_minor > 0 and {_MODE}
 order by a.id
"""  # noqa: S608
_LEFT = f"""
select a.id as account, a.name, g.id as grant_id, g.source, g.amount,
       case when b.head_grant = g.id then b.head_left else g.remaining end + g.held as left_over,
       o.amount_minor - o.tax_minor as paid
  from refill_grant g join refill_account a on a.id = g.account_id join refill_balance b on b.account_id = a.id
  left join refill_order o
    on o.id = g.order_id and o.account_id = g.account_id and o.kind in ('buy_credits', 'recharge')
 where g.is_open and {_MODE}
 order by a.id, g.id
"""  # noqa: S608
_OWED = "coalesce(paid::numeric * left_over / amount, 0)"
_LEFT_ROWS = f"select account, name, grant_id, source, amount, left_over, trunc({_OWED})::bigint from ({_LEFT}) as l"  # noqa: S608
_LEFT_SUMS = (
    f"select source, sum(left_over)::bigint, sum(trunc({_OWED}))::bigint from ({_LEFT}) as l group by 1 order by 1"  # noqa: S608
)
_RECURRING_SUMS = f"select plan, count(*), sum(monthly)::bigint from ({_RECURRING}) as r group by 1 order by 1"  # noqa: S608
_MOVED = f"""
select to_char(e.at at time zone 'UTC', 'YYYY-MM') as month, coalesce(g.source, 'owed'),
       coalesce(sum(e.credits) filter (where e.kind = 'grant'), 0)::bigint,
       coalesce(sum(-(e.credits + coalesce(e.held, 0))) filter (where e.kind in ('spend', 'capture')), 0)::bigint
         - coalesce(sum(e.credits) filter (where e.kind = 'reverse'), 0)::bigint,
       coalesce(sum(-e.credits) filter (where e.kind in ('expire', 'revoke')), 0)::bigint
  from refill_entry e join refill_account a on a.id = e.account_id left join refill_grant g on g.id = e.grant_id
 where {_MODE} group by 1, 2 order by 1 desc, 2
"""  # noqa: S608
_DUNNING = f"""
select a.id, a.name, s.status, o.id, o.amount_minor, o.tries, o.created_at, o.next_try_at
  from refill_subscription s join refill_account a on a.id = s.account_id
  join refill_period p on p.account_id = a.id and p.subscription_id = s.id and p.state = 'current' and p.paid = 'unpaid'
  join refill_order o on o.account_id = a.id and o.period_id = p.id and o.kind = 'renewal' and o.status <> 'succeeded'
 where s.ended_at is null and s.status in ('past_due', 'suspended') and {_MODE}
 order by o.created_at, a.id
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Report:
    """Rows with their headings, as they go into the CSV; ids are public."""

    name: str
    head: tuple[str, ...]
    rows: Iterator[tuple[Any, ...]]


def _read(statement: str, livemode: bool, currency: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a statement, some at a time, of one instant."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(statement, {"live": livemode, "currency": currency})
        while some := cursor.fetchmany(ROWS_AT_ONCE):
            yield from some


def _sums(statement: str, livemode: bool, currency: str) -> tuple[tuple[Any, ...], ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"live": livemode, "currency": currency})
        return tuple(cursor.fetchall())


def recurring_by_plan(livemode: bool, currency: str) -> tuple[tuple[Any, ...], ...]:
    """(plan, subscriptions, monthly minor units) over the rows of `recurring`."""
    return _sums(_RECURRING_SUMS, livemode, currency)


def left_by_source(livemode: bool, currency: str) -> tuple[tuple[Any, ...], ...]:
    """(source, credits left, owed minor units) over the rows of `left_over`."""
    return _sums(_LEFT_SUMS, livemode, currency)


def overdue(livemode: bool, currency: str) -> int:
    """Minor units over the rows of `dunning`."""
    (row,) = _sums(f"select coalesce(sum(amount_minor), 0)::bigint from ({_DUNNING}) as d", livemode, currency)  # noqa: S608
    return int(row[0])


def recurring(livemode: bool, currency: str) -> Report:
    """Monthly recurring revenue by subscription, minor units before tax; a year's price counts a twelfth, rounded."""
    head = ("account", "name", "plan", "interval", "credits", "amount_minor", "monthly_minor", "status")
    return Report("recurring", head, (_named(row) for row in _read(_RECURRING, livemode, currency)))


def left_over(livemode: bool, currency: str) -> Report:
    """Credits that customers can still use, by grant; of what was bought, the part of its net price, rounded down."""
    head = ("account", "name", "grant", "source", "amount", "left", "owed_minor")
    rows = (
        (ids.encode("acc", account), name, ids.encode("gra", grant), *rest)
        for account, name, grant, *rest in _read(_LEFT_ROWS, livemode, currency)
    )
    return Report("liability", head, rows)


def moved(livemode: bool, currency: str) -> Report:
    """Credits granted, spent (less what was given back) and ended, by month (UTC) and source."""
    head = ("month", "source", "granted", "spent", "ended")
    return Report("credits", head, _read(_MOVED, livemode, currency))


def dunning(livemode: bool, currency: str) -> Report:
    """Accounts whose renewal is not paid, whoever owes longest first; minor units with tax."""
    head = ("account", "name", "status", "order", "amount_minor", "tries", "since", "next_try")
    rows = (
        (ids.encode("acc", account), name, status, ids.encode("ord", order), *rest)
        for account, name, status, order, *rest in _read(_DUNNING, livemode, currency)
    )
    return Report("dunning", head, rows)


def currencies() -> tuple[tuple[bool, str], ...]:
    """Return the modes and currencies that accounts have, live ones first."""
    with connection.cursor() as cursor:
        cursor.execute("select distinct livemode, currency from refill_account order by 1 desc, 2")
        return tuple(cursor.fetchall())


def _named(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return (ids.encode("acc", row[0]), *row[1:])
