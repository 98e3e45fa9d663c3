"""What came, went and was left in each month of an account, and the money that it cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection

from refill.domain import calendars
from refill.domain.errors import Unknown
from refill.models import Account, Subscription

# What expires at a boundary belongs to the month that it ends; all else to the month that begins there.
_MONTHS = """
with month as (
  select * from unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) with ordinality m(starts, ends, k)
), moved as (
  select m.k,
         sum(e.credits) filter (where e.kind = 'grant' and g.source not in ('purchase', 'recharge')) as granted,
         sum(e.credits) filter (where e.kind = 'grant' and g.source in ('purchase', 'recharge')) as bought,
         -sum(e.credits) filter (where e.kind not in ('grant', 'expire', 'revoke')) as spent,
         -sum(e.credits) filter (where e.kind = 'expire') as expired,
         -sum(e.credits) filter (where e.kind = 'revoke') as revoked
    from month m
    join refill_entry e on e.account_id = %(account)s
     and case when e.kind = 'expire' then e.at > m.starts and e.at <= m.ends
              else e.at >= m.starts and e.at < m.ends end
    left join refill_grant g on g.account_id = e.account_id and g.id = e.grant_id
   group by m.k
), paid as (
  select m.k, sum(c.amount_minor - c.refunded_minor) as paid_minor
    from month m
    join refill_charge c on c.account_id = %(account)s and c.settled_at >= m.starts and c.settled_at < m.ends
   where c.state = 'succeeded' group by m.k
)
select m.starts, m.ends, coalesce(v.granted, 0)::bigint, coalesce(v.bought, 0)::bigint, coalesce(v.spent, 0)::bigint,
       coalesce(v.expired, 0)::bigint, coalesce(v.revoked, 0)::bigint, coalesce(p.paid_minor, 0)::bigint
  from month m left join moved v using (k) left join paid p using (k) order by m.k
"""


@dataclass(frozen=True, slots=True)
class StatementMonth:
    """[starts_at, ends_at), credits; closing = opening + granted + bought − spent − expired − revoked.

    `spent` holds what is set aside too, less what was given back; `paid_minor` is net of refunds.
    """

    starts_at: datetime
    ends_at: datetime
    opening: int
    granted: int
    bought: int
    spent: int
    expired: int
    revoked: int
    closing: int
    paid_minor: int
    currency: str


def by_month(account_id: int, until: datetime) -> tuple[StatementMonth, ...]:
    """The months of an account counted from its first anchor (RULES §3.1), up to the one that holds `until`.

    Without a plan they are counted from when the account was made. Raises Unknown.
    """
    account = Account.objects.filter(pk=account_id).first()
    if account is None:
        raise Unknown("There is no such account.")
    bounds = _bounds(account, until)
    with connection.cursor() as cursor:
        cursor.execute(_MONTHS, {"account": account_id, "starts": bounds[:-1], "ends": bounds[1:]})
        rows = cursor.fetchall()
    months, opening = [], 0
    for starts_at, ends_at, granted, bought, spent, expired, revoked, paid_minor in rows:
        closing = opening + granted + bought - spent - expired - revoked
        moved = (opening, granted, bought, spent, expired, revoked, closing)
        months.append(StatementMonth(starts_at, ends_at, *moved, paid_minor, account.currency))
        opening = closing
    return tuple(months)


def _bounds(account: Account, until: datetime) -> list[datetime]:
    first = Subscription.objects.filter(account=account).order_by("id").first()
    if first is not None:
        wall, zone = first.anchor_wall.astimezone(UTC).replace(tzinfo=None), first.anchor_zone
    else:
        wall, zone = calendars.wall_of(account.created_at, account.timezone), account.timezone
    bounds = [calendars.boundary(wall, zone, "month", 0)]
    while bounds[-1] <= until or len(bounds) < 2:
        bounds.append(calendars.boundary(wall, zone, "month", len(bounds)))
    return bounds
