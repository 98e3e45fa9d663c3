"""The last refill, and what of it the account is told of (RULES §6.1)."""

from __future__ import annotations

import json

from django.db import connection

from refill.domain.policies import parse
from refill.domain.warnings import Refilled

# The last grant was written by an entry at its start; others of the same instant follow at once. The entries' numbers
# have no gaps and their instants never fall, so an instant is found by halving.
_LAST = """
with recursive given as (
  select greatest(starts_at, created_at) as at from refill_grant
   where account_id = %(account)s and started order by id desc limit 1),
half (low, high) as (
  select 1::bigint, b.seq + 1 from refill_balance b where b.account_id = %(account)s
  union all
  select case when e.at < (select at from given) then m.middle + 1 else h.low end,
         case when e.at < (select at from given) then h.high else m.middle end
    from half h
    cross join lateral (select (h.low + h.high) / 2 as middle) m
    join refill_entry e on e.account_id = %(account)s and e.seq = m.middle
   where h.low < h.high),
found as (select coalesce((select low from half where low = high), 1) as first)
select coalesce(max(e.balance_after), 0), coalesce(account_policy(%(account)s), '{}')::text, coalesce(max(e.seq), 0)
  from refill_entry e, found
 where e.account_id = %(account)s and e.kind = 'grant' and e.seq between found.first and found.first + 60
"""


def last_refill(account_id: int) -> Refilled:
    """Return what the account had right after its last grant, and when it is told that this runs out."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST, {"account": account_id})
        credits, values, seq = cursor.fetchone()
    return Refilled(credits, parse(json.loads(values)).low_percents, seq)
