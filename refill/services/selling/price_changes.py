"""Announced price changes: those on a price pay another from a date on (RULES §4.9).

Announcing stores the change and rewrites the stored upcoming periods at once, for all accounts together. It waits for
nobody who holds an account: rows that somebody works on are passed over, and `finish` takes them under their lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from refill.domain.errors import Conflict, Invalid, Unknown
from refill.domain.money import say_money
from refill.domain.records import Actor
from refill.gateways import clock
from refill.models import Price, Subscription
from refill.models.price_changes import PriceChange
from refill.services import periods
from refill.services.entering import entered
from refill.services.money.notices import prices as notices
from refill.services.recording import audit

# Upcoming periods at a price that has an announced change. The first one of a scheduled change keeps what was agreed.
_BEHIND = """
  from refill_period p join refill_pricechange c on c.from_price_id = p.price_id and c.withdrawn_at is null
       join refill_subscription s on s.account_id = p.account_id and s.id = p.subscription_id
 where p.state = 'upcoming' and (%(account)s::bigint is null or p.account_id = %(account)s)
   and not (s.scheduled_price_id is not distinct from p.price_id and p.index = 1 + (
     select o.index from refill_period o where o.account_id = p.account_id and o.state = 'current'))
"""
_ZONES = f"select distinct c.id, s.anchor_zone {_BEHIND}"
_DUE = """ and exists (select 1 from unnest(%(changes)s::bigint[], %(zones)s::text[], %(instants)s::timestamptz[])
    as e (change, zone, at) where e.change = c.id and e.zone = s.anchor_zone and p.starts_at >= e.at)"""
_ACCOUNTS = f"select distinct p.account_id {_BEHIND} {_DUE} order by 1"
_MOVE = f"""
update refill_period set price_id = late.to_price_id
  from (select p.id, c.to_price_id {_BEHIND} {_DUE} for update of p skip locked) late
 where refill_period.id = late.id
"""  # noqa: S608
# Upcoming periods that a change had moved which was taken back: of subscriptions that nobody put on that price.
_TAKEN_BACK = """
select distinct p.account_id
  from refill_pricechange c
  join refill_period p on p.price_id = c.to_price_id and p.state = 'upcoming'
  join refill_subscription s on s.account_id = p.account_id and s.id = p.subscription_id
   and s.price_id = c.from_price_id
 where c.withdrawn_at is not null and s.scheduled_price_id is distinct from p.price_id order by 1
"""
# One row in the history of each account that it concerns, at that account's own instant.
_TELL = """
insert into refill_auditrow (account_id, at, actor, action, subject, before, after)
select s.account_id, account_now(s.account_id), %(actor)s, 'subscription.price_change_announced', s.id::text,
       to_jsonb(%(from)s::bigint), to_jsonb(%(to)s::bigint)
  from refill_subscription s where s.ended_at is null and s.price_id = %(from)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """Those on any of these prices (of one amount) pay `to_minor` from the date (local) or instant on: one of the two.
    `from_prices` are those that it was not announced for yet."""

    from_prices: tuple[Price, ...]
    to_minor: int
    effective_on: date | None
    effective_at: datetime | None


def lock_prices() -> None:
    """Wait for those who store periods now, and keep others from it until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [periods.PRICES_LOCK])


def plan(
    prices: list[Price], *, to_minor: int, effective_on: date | None, effective_at: datetime | None
) -> Announcement:
    """Say what is to be announced to those on these withdrawn prices, of one plan, interval, amount and currency.

    Raises Conflict when other terms were announced to all of them already, and Invalid for a date that has come.
    """
    known = {
        change.from_price_id: change
        for change in PriceChange.objects.select_related("to_price").filter(from_price__in=prices, withdrawn_at=None)
    }
    same = [
        change for change in known.values()
        if change.to_price.amount_minor == to_minor
        and (change.effective_on, change.effective_at) == (effective_on, effective_at)
    ]  # fmt: skip
    fresh = tuple(price for price in prices if price.pk not in known)
    if known and not fresh and not same:
        change = next(iter(known.values()))
        amount = say_money(change.to_price.amount_minor, change.to_price.currency)
        raise Conflict(
            f"{amount} from {change.effective_on or change.effective_at} was announced already; it cannot be changed."
        )
    if fresh:
        _demand_future(effective_on, effective_at)
    return Announcement(from_prices=fresh, to_minor=to_minor, effective_on=effective_on, effective_at=effective_at)


def announce(announcement: Announcement, actor: Actor, now: datetime) -> None:
    """Store the change and rewrite upcoming periods, within the transaction that called `lock_prices`."""
    made = []
    for price in announcement.from_prices:
        to_price = _to_price(price, announcement.to_minor, now)
        change = PriceChange.objects.create(
            from_price=price, to_price=to_price, effective_on=announcement.effective_on,
            effective_at=announcement.effective_at, announced_at=now, actor=actor.label,
        )  # fmt: skip
        after = {
            "price": to_price.pk,
            "amount_minor": to_price.amount_minor,
            "effective": (announcement.effective_on or announcement.effective_at or now).isoformat(),
        }
        before = {"price": price.pk, "amount_minor": price.amount_minor}
        audit(None, now, actor, "catalogue.price_change_announced", subject=str(change.pk), before=before, after=after)
        with connection.cursor() as cursor:
            cursor.execute(_TELL, {"actor": actor.label, "from": price.pk, "to": to_price.pk})
        made.append(change)
    if made:
        _move(None)
    for change in made:
        notices.announced(change)


def withdraw(*, change_id: int, actor: Actor) -> None:
    """Take an announced change back before its day has come anywhere: those on the price keep it, and are told.

    Raises Unknown, and Conflict where it counts already or was taken back before.
    """
    with transaction.atomic(durable=True):
        lock_prices()
        rows = PriceChange.objects.select_for_update(of=("self",)).select_related("from_price__plan", "to_price__plan")
        change = rows.filter(pk=change_id).first()
        if change is None:
            raise Unknown("No such price change was announced.")
        if change.withdrawn_at is not None:
            raise Conflict("This price change was taken back already.")
        if _has_come(change.effective_on, change.effective_at):
            raise Conflict("This price counts already; announce another one.")
        change.withdrawn_at = clock.now()
        change.save(update_fields=["withdrawn_at"])
        audit(None, change.withdrawn_at, actor, "catalogue.price_change_withdrawn", subject=str(change.pk))
        notices.withdrawn(change)
    finish()


def coming() -> list[tuple[int, str]]:
    """Announced changes that can still be taken back: (id, what it says)."""
    rows = PriceChange.objects.select_related("from_price__plan", "to_price").filter(withdrawn_at=None).order_by("pk")
    return [
        (row.pk, f"{row.from_price.plan.code} {row.from_price.credits:,} a {row.from_price.interval}: "
         f"{say_money(row.from_price.amount_minor, row.from_price.currency)} → "
         f"{say_money(row.to_price.amount_minor, row.to_price.currency)} from {row.effective_on or row.effective_at}")
        for row in rows if not _has_come(row.effective_on, row.effective_at)
    ]  # fmt: skip


def finish() -> None:
    """Rewrite what `announce` passed over and what was taken back, account by account. Again is harmless."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN_BACK)
        taken_back = [row[0] for row in cursor.fetchall()]
    for account_id in taken_back:
        with entered(account_id):
            periods.rewrite_ahead(account_id)
    for account_id in _accounts_behind():
        with entered(account_id):
            _move(account_id)


def count_on(price_ids: list[int]) -> int:
    """How many accounts are on any of these prices now."""
    return Subscription.objects.filter(ended_at=None, price_id__in=price_ids).count()


def _demand_future(effective_on: date | None, effective_at: datetime | None) -> None:
    if _has_come(effective_on, effective_at):
        said = f"{effective_on or effective_at} has come; announce a later date or instant."
        raise Invalid(said, param="effective_on")


def _has_come(effective_on: date | None, effective_at: datetime | None) -> bool:
    """A date has come where its day has begun anywhere: the first zone is 14 hours ahead."""
    now = clock.now()
    if effective_on is not None:
        return effective_on <= (now + timedelta(hours=14)).date()
    return effective_at is not None and effective_at <= now


def _to_price(price: Price, amount_minor: int, now: datetime) -> Price:
    """The price of the same plan on offer at that amount, else one that newcomers never see. The plan stays."""
    alike = {"plan_id": price.plan_id, "interval": price.interval, "credits": price.credits, "mode": price.mode,
             "currency": price.currency, "amount_minor": amount_minor}  # fmt: skip
    offered = Price.objects.filter(**alike, withdrawn_at=None, plan__withdrawn_at=None).order_by("pk").first()
    return offered or Price.objects.create(**alike, created_at=now, withdrawn_at=now)


def _move(account_id: int | None) -> None:
    """Put upcoming periods on the price announced for their start; both prices give the same credits."""
    moved = 1
    while moved:
        with connection.cursor() as cursor:
            cursor.execute(_MOVE, _dates(account_id))
            moved = cursor.rowcount


def _accounts_behind() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNTS, _dates(None))
        return [row[0] for row in cursor.fetchall()]


def _dates(account_id: int | None) -> dict[str, Any]:
    """The instant of each change in each zone that it concerns: computed here like all boundaries, not in SQL."""
    with connection.cursor() as cursor:
        cursor.execute(_ZONES, {"account": account_id})
        pairs = cursor.fetchall()
    changes = PriceChange.objects.in_bulk([change_id for change_id, _ in pairs])
    return {
        "account": account_id,
        "changes": [change_id for change_id, _ in pairs],
        "zones": [zone for _, zone in pairs],
        "instants": [periods.effective_in(changes[change_id], zone) for change_id, zone in pairs],
    }
