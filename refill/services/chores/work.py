"""State is the queue: what is due is read from the rows themselves, and done account by account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection

from refill.models import Account, Charge, Order, Period
from refill.services.chores import purging
from refill.services.entering import entered
from refill.services.messages import making, texting
from refill.services.money import billing, charging, recharging, telling
from refill.services.places import inboxes, numbers

MOST_ROUNDS = 1_000

# Every place where something may be due: (accounts it is due for, when).
_DUE = """
  select b.account_id, b.next_due_at as at from refill_balance b where b.next_due_at <= %(now)s
  union all
  select p.account_id, p.starts_at from refill_period p
    where p.billed = false and p.state <> 'upcoming' and p.starts_at <= %(now)s
  union all
  select p.account_id, p.notice_at from refill_period p where p.notice_at <= %(now)s
  union all
  select p.account_id, p.month_at from refill_period p where p.month_at <= %(now)s
  union all
  select s.account_id, s.ended_at from refill_subscription s where s.ended_at <= %(now)s and s.end_told_at is null
  union all
  select m.account_id, m.expires_at - interval '30 days' from refill_paymentmethod m
    where m.expires_at <= %(now)s + interval '30 days' and m.expiry_told_at is null and m.removed_at is null
      and (m.is_default or m.is_recharge or m.is_backup)
  union all
  select c.account_id, c.next_ask_at from refill_charge c where c.next_ask_at <= %(now)s
  union all
  select c.account_id, c.refund_try_at from refill_charge c where c.refund_try_at <= %(now)s
  union all
  select o.account_id, o.next_try_at from refill_order o where o.next_try_at <= %(now)s
  union all
  select a.id, a.purge_at from refill_account a where a.purge_at <= %(now)s
  union all
  select a.id, a.purge_at - case a.purge_told when 0 then interval '7 days' else interval '1 day' end
    from refill_account a
   where a.purge_told < 2 and a.purge_at <= %(now)s + interval '7 days'
     and a.purge_at <= %(now)s + case a.purge_told when 0 then interval '7 days' else interval '1 day' end
  union all
  select x.account_id, x.at from refill_crossing x where x.handled_at is null and x.at <= %(now)s
  union all
  select r.account_id, r.look_at from refill_recharge r where r.look_at <= %(now)s
  union all
  select n.account_id, n.next_ask_at from refill_number n
    where n.next_ask_at <= %(now)s and (n.leased_until is null or n.leased_until < clock_timestamp())
  union all
  select n.account_id, n.purge_at from refill_number n
    where n.removed_at is not null and n.released_at is null and n.purge_at <= %(now)s
      and (n.leased_until is null or n.leased_until < clock_timestamp())
  union all
  select i.account_id, i.purge_at from refill_inbox i
    where i.removed_at is not null and i.purged_at is null and i.purge_at <= %(now)s
"""
# Texts on test clocks; those on the system's clock have a chore of their own, so that no boundary waits for a carrier.
_TEXTS_DUE = f"""
  union all
  select m.account_id, m.next_at from refill_message m
    where m.next_at <= %(now)s and (m.leased_until is null or m.leased_until < clock_timestamp())
  union all
  select m.account_id, b.entry_at {texting.GOES_ON}
  union all
  select b.account_id, b.started_at {making.DUE}
"""
_FAR = datetime.fromisoformat("9000-01-01T00:00:00+00:00")


def accounts_due(clock_id: int | None, now: datetime, limit: int = 1_000_000) -> list[int]:
    """Accounts of one clock (None: the system's) with something due at `now`, the longest waiting first."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""select d.account_id from ({_DUE}{_TEXTS_DUE if clock_id else ""}) d
                 join refill_account a on a.id = d.account_id
                 where a.test_clock_id is not distinct from %(clock)s
                 group by d.account_id order by min(d.at), d.account_id limit %(limit)s""",
            {"now": now, "clock": clock_id, "limit": limit},
        )
        return [row[0] for row in cursor.fetchall()]


def next_due(clock_id: int) -> datetime | None:
    """The soonest instant at which something is due for an account of this clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""select min(d.at) from ({_DUE}{_TEXTS_DUE}) d join refill_account a on a.id = d.account_id
                 where a.test_clock_id = %(clock)s""",
            {"now": _FAR, "clock": clock_id},
        )
        found: datetime | None = cursor.fetchone()[0]
        return found


def run_account(account_id: int) -> None:
    """Do everything that is due for one account, in order, until nothing is."""
    steps: tuple[Callable[[int, datetime], bool], ...] = (
        _bill, _ask, _refund, _try, _recharge, _places, _text, _tell, _tell_of_purge, _purge,
    )  # fmt: skip
    for _ in range(MOST_ROUNDS):
        with entered(account_id) as balance:
            now = balance.at
        worked = [step(account_id, now) for step in steps]
        if not any(worked):
            return
    raise RuntimeError(f"account {account_id} never comes to rest")


def _bill(account_id: int, now: datetime) -> bool:
    due = Period.objects.filter(account_id=account_id, billed=False, state="current")
    return due.exists() and billing.bill_current(account_id)


def _ask(account_id: int, now: datetime) -> bool:
    due = Charge.objects.filter(account_id=account_id, next_ask_at__lte=now).order_by("next_ask_at", "pk")
    charges = due.values_list("pk", "next_ask_at", "fence")
    done = False
    for charge_id, asked_at, fence in charges:
        charging.send(charge_id)
        after: tuple[Any, ...] = Charge.objects.values_list("next_ask_at", "fence").get(pk=charge_id)
        done = done or after != (asked_at, fence)
    return done


def _refund(account_id: int, now: datetime) -> bool:
    due = Charge.objects.filter(account_id=account_id, refund_try_at__lte=now).order_by("pk")
    charges = list(due.values_list("pk", flat=True))
    for charge_id in charges:
        charging.refund(charge_id)
    return bool(charges)


def _try(account_id: int, now: datetime) -> bool:
    due = Order.objects.filter(account_id=account_id, next_try_at__lte=now).order_by("next_try_at", "pk")
    orders = due.values_list("pk", "kind")
    followed = [
        recharging.follow_up(order_id) if kind == "recharge" else billing.follow_up(order_id)
        for order_id, kind in orders
    ]
    return any(followed)


def _recharge(account_id: int, now: datetime) -> bool:
    return recharging.look(account_id) is not None


def _places(account_id: int, now: datetime) -> bool:
    """Numbers to buy or to give back; inboxes that were removed 30 days ago."""
    return numbers.run(account_id, now) | inboxes.purge_due(account_id, now)


def _text(account_id: int, now: datetime) -> bool:
    """Texts of an account on a test clock."""
    on_a_clock = Account.objects.filter(pk=account_id, test_clock__isnull=False).exists()
    return on_a_clock and texting.run(account_id)


def _tell(account_id: int, now: datetime) -> bool:
    return telling.is_due(account_id, now) and telling.tell(account_id)


def _tell_of_purge(account_id: int, now: datetime) -> bool:
    coming = Account.objects.filter(pk=account_id, purge_told__lt=2, purge_at__lte=now + purging.FIRST_NOTICE)
    return coming.exists() and purging.tell(account_id)


def _purge(account_id: int, now: datetime) -> bool:
    if not Account.objects.filter(pk=account_id, purge_at__lte=now).exists():
        return False
    return purging.purge(account_id)
