"""Mails about an announced price: to all whom it concerns, in one statement; and that it is taken back (RULES §4.9)."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from refill.gateways import clock
from refill.models.price_changes import PriceChange
from refill.services.money.situations import price_facts

# Owners and Admins of those on the price, or on one that leads to it; not of those who leave it before.
_ANNOUNCED = """
insert into refill_mail (account_id, kind, "to", why, facts, once, at, posted_at, send_at, tries, fault)
select s.account_id, 'price_change', u.email, m.role, jsonb_build_object(
         'plan', %(plan)s::text, 'interval', %(interval)s::text, 'from_minor', %(from_minor)s::bigint,
         'to_minor', %(to_minor)s::bigint, 'currency', %(currency)s::text, 'effective_on', %(on)s::text,
         'effective_at', %(at)s::text, 'first_at', (
           select to_char(min(p.starts_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') from refill_period p
            where p.account_id = s.account_id and p.state = 'upcoming' and p.price_id = %(to)s)),
       %(once)s, account_now(s.account_id), %(now)s, %(now)s, 0, ''
  from refill_subscription s
  join refill_membership m on m.account_id = s.account_id and m.removed_at is null and m.role in ('owner', 'admin')
  join refill_user u on u.id = m.user_id and u.is_active
 where s.ended_at is null and s.cancel_at is null and s.scheduled_price_id is null
   and (s.price_id = %(from)s or s.price_id in (
     select c.from_price_id from refill_pricechange c where c.to_price_id = %(from)s and c.withdrawn_at is null))
on conflict do nothing
"""
# The same people, with the same figures.
_WITHDRAWN = """
insert into refill_mail (account_id, kind, "to", why, facts, once, at, posted_at, send_at, tries, fault)
select t.account_id, 'price_change_withdrawn', t."to", t.why, t.facts, %(once)s || ' withdrawn',
       account_now(t.account_id), %(now)s, %(now)s, 0, ''
  from refill_mail t where t.once = %(once)s
on conflict do nothing
"""


def announced(change: PriceChange) -> None:
    """Tell both prices and the date; and where it is known, the first charge that will be the new one."""
    old, new = price_facts(change.from_price), price_facts(change.to_price)
    _run(
        _ANNOUNCED, change, plan=old.label, interval=old.interval, from_minor=old.amount_minor,
        to_minor=new.amount_minor, currency=old.currency, to=new.id, **{"from": old.id},
        on=change.effective_on.isoformat() if change.effective_on else None,
        at=change.effective_at.isoformat() if change.effective_at else None,
    )  # fmt: skip


def withdrawn(change: PriceChange) -> None:
    """Tell those who were told that the price stays."""
    _run(_WITHDRAWN, change)


def _run(statement: str, change: PriceChange, **values: str | int | datetime | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"once": f"price_change {change.pk}", "now": clock.now(), **values})
