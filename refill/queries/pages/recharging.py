"""The days that a rule of auto-recharge is tried on."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from refill.queries.pages.use import first_from

DAYS = 30
# Credits used each local day, and how the balance moved but for what recharges brought.
_DAYS = """
select (e.at at time zone %(zone)s)::date as day,
       coalesce(-sum(e.credits + coalesce(e.held, 0)) filter (where e.kind in ('spend', 'capture')), 0)::bigint as used,
       coalesce(sum(e.credits) filter (where not (e.kind = 'grant' and g.source = 'recharge')), 0)::bigint as moved
  from refill_entry e left join refill_grant g on g.id = e.grant_id
 where e.account_id = %(account)s and e.seq >= %(first)s
 group by 1 order by 1
"""


def last_days(account_id: int, zone: str, now: datetime) -> tuple[int, tuple[tuple[int, int], ...]]:
    """Return the balance at the start of the last 30 days, and (used, moved) of each day with entries."""
    first = first_from(account_id, now - timedelta(days=DAYS))
    with connection.cursor() as cursor:
        cursor.execute(
            "select coalesce((select balance_after from refill_entry where account_id = %s and seq = %s), 0)",
            [account_id, first - 1],
        )
        opening = int(cursor.fetchone()[0])
        cursor.execute(_DAYS, {"account": account_id, "zone": zone, "first": first})
        rows = cursor.fetchall()
    return opening, tuple((used, moved) for _, used, moved in rows)
