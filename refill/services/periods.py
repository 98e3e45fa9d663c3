"""Stored periods: boundaries are computed here, in one place, and kept some ahead (RULES §3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import connection

from refill.domain import calendars
from refill.domain.allowances import advance
from refill.domain.policies import Policy, parse
from refill.ledger import balances
from refill.models import Period, PolicyVersion, Price, Subscription
from refill.models.price_changes import PriceChange

AHEAD = 3
# Shared by whoever stores periods, taken alone by whoever announces prices or policies: neither overlooks the other.
PRICES_LOCK = 0x50524943


def anchor_wall(subscription: Subscription) -> datetime:
    """The anchor's wall clock, without a zone."""
    return subscription.anchor_wall.astimezone(UTC).replace(tzinfo=None)


def live_subscription(account_id: int) -> Subscription | None:
    """The subscription that has not ended, with its price and plan; None without one."""
    return Subscription.objects.select_related("price__plan").filter(account_id=account_id, ended_at=None).first()


def current_period(account_id: int) -> Period | None:
    """The period that is current, with its price; None between plans."""
    return Period.objects.select_related("price").filter(account_id=account_id, state="current").first()


def latest_policy() -> PolicyVersion:
    """The newest version: what is not bound to a period lives under it."""
    return PolicyVersion.objects.order_by("-id")[0]


def policy_of(version: PolicyVersion) -> Policy:
    """The policies that a version holds."""
    return parse(version.values)


def version_in_force(account_id: int) -> PolicyVersion:
    """The version of the current period, which keeps the one that it began with; without a period, the newest."""
    current = Period.objects.select_related("policy").filter(account_id=account_id, state="current").first()
    return current.policy if current else latest_policy()


def policy_in_force(account_id: int) -> Policy:
    """The policies that the account lives under now."""
    return policy_of(version_in_force(account_id))


def interval_of(price: Price) -> calendars.Interval:
    """How long a period at this price is."""
    return "year" if price.interval == "year" else "month"


def store_ahead(account_id: int, until: datetime | None = None) -> None:
    """Store upcoming periods: some ahead of the current one, and as far as `until`. The account is locked."""
    subscription = live_subscription(account_id)
    if subscription is None or subscription.cancel_at is not None or subscription.status in ("trialing", "suspended"):
        return
    known = Period.objects.select_related("price").filter(account_id=account_id, subscription=subscription)
    last = known.order_by("-index").first()
    if last is None:
        return
    ahead = known.filter(state="upcoming").count()
    if ahead < AHEAD or (until is not None and last.ends_at <= until):
        _forget_past_schedule(subscription)
        price = subscription.scheduled_price or subscription.price
        changes = _announced(price)
        version = latest_policy()
        policy = policy_of(version)
    while ahead < AHEAD or (until is not None and last.ends_at <= until):
        # The first period of a scheduled change costs what was agreed to; announcements count from the next one on.
        agreed = subscription.scheduled_price_id is not None and last.state == "current"
        due = price if agreed else _price_from(last.ends_at, subscription.anchor_zone, price, changes)
        last = _store_next(subscription, last, due, version, policy)
        ahead += 1
    balances.set_period(account_id, _current_end(account_id), fresh=False)


def effective_in(change: PriceChange, zone: str) -> datetime:
    """The instant from which a price change counts for accounts of a zone: a date begins at its midnight there."""
    if change.effective_on is not None:
        return calendars.day_start(change.effective_on, zone)
    assert change.effective_at is not None
    return change.effective_at


def _announced(price: Price) -> list[PriceChange]:
    """The announced changes that lead on from a price, in order (RULES §4.9)."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock_shared(%s)", [PRICES_LOCK])
    found: list[PriceChange] = []
    rows = PriceChange.objects.select_related("to_price__plan")
    while (change := rows.filter(from_price=price, withdrawn_at=None).first()) is not None:
        found.append(change)
        price = change.to_price
    return found


def _price_from(starts_at: datetime, zone: str, price: Price, changes: list[PriceChange]) -> Price:
    """What a period that starts then is sold at, to somebody who is on `price`."""
    for change in changes:
        if effective_in(change, zone) > starts_at:
            break
        price = change.to_price
    return price


def _forget_past_schedule(subscription: Subscription) -> None:
    """A change whose boundary was missed, and that an announced price overtook, is done: it is not scheduled again."""
    if subscription.scheduled_price_id is None:
        return
    current = current_period(subscription.account_id)
    if current is not None and subscription.scheduled_at is not None and subscription.scheduled_at < current.starts_at:
        subscription.scheduled_price, subscription.scheduled_at, subscription.scheduled_by = None, None, ""
        subscription.save(update_fields=["scheduled_price", "scheduled_at", "scheduled_by"])


def _store_next(
    subscription: Subscription, last: Period, price: Price, version: PolicyVersion, policy: Policy
) -> Period:
    interval = interval_of(price)
    months = last.months + calendars.MONTHS_IN[interval_of(last.price)]
    ends_at = calendars.boundary(
        anchor_wall(subscription), subscription.anchor_zone, "month", months + calendars.MONTHS_IN[interval]
    )
    return Period.objects.create(
        account_id=subscription.account_id, subscription=subscription, index=last.index + 1, months=months,
        starts_at=last.ends_at, ends_at=ends_at, full_ends_at=ends_at, state="upcoming", price=price, policy=version,
        credits=price.credits, most_held=price.credits, paid="free" if price.amount_minor == 0 else "unpaid",
        notice_at=notice_at(price, ends_at, policy),
        advance=advance(credits=price.credits, interval=interval, percent=policy.renewal_advance_percent),
    )  # fmt: skip


def notice_at(price: Price, ends_at: datetime, policy: Policy) -> datetime | None:
    """When a year's next charge is announced; months are not."""
    is_announced = price.interval == "year" and price.amount_minor > 0
    return ends_at - timedelta(days=policy.annual_notice_days) if is_announced else None


def rewrite_ahead(account_id: int) -> None:
    """What comes next has changed (plan, cancellation, zone): store it anew. The current period stays as it is."""
    Period.objects.filter(account_id=account_id, state="upcoming").delete()
    store_ahead(account_id)


def _current_end(account_id: int) -> datetime | None:
    current = current_period(account_id)
    return current.ends_at if current else None
