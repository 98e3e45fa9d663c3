"""Stored periods: boundaries are computed here, in one place, and kept some ahead (RULES §3)."""

from __future__ import annotations

from datetime import UTC, datetime

from refill.domain import calendars
from refill.domain.allowances import advance
from refill.domain.policies import Policy, parse
from refill.ledger import balances
from refill.models import Period, PolicyVersion, Price, Subscription

AHEAD = 3


def anchor_wall(subscription: Subscription) -> datetime:
    """The anchor's wall clock, without a zone."""
    return subscription.anchor_wall.astimezone(UTC).replace(tzinfo=None)


def live_subscription(account_id: int) -> Subscription | None:
    return Subscription.objects.select_related("price__plan").filter(account_id=account_id, ended_at=None).first()


def current_period(account_id: int) -> Period | None:
    return Period.objects.select_related("price").filter(account_id=account_id, state="current").first()


def latest_policy() -> PolicyVersion:
    return PolicyVersion.objects.order_by("-id")[0]


def policy_of(version: PolicyVersion) -> Policy:
    return parse(version.values)


def end_of(subscription: Subscription, months: int, interval: str) -> datetime:
    """The boundary `interval` after the one that lies so many months after the anchor."""
    step = 12 if interval == "year" else 1
    return calendars.boundary(anchor_wall(subscription), subscription.anchor_zone, "month", months + step)


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
    version = latest_policy()
    policy = policy_of(version)
    price = subscription.scheduled_price or subscription.price
    while ahead < AHEAD or (until is not None and last.ends_at <= until):
        last = _store_next(subscription, last, price, version, policy)
        ahead += 1
    balances.set_period(account_id, _current_end(account_id), fresh=False)


def _store_next(
    subscription: Subscription, last: Period, price: Price, version: PolicyVersion, policy: Policy
) -> Period:
    months = last.months + (12 if last.price.interval == "year" else 1)
    ends_at = end_of(subscription, months, price.interval)
    return Period.objects.create(
        account_id=subscription.account_id, subscription=subscription, index=last.index + 1, months=months,
        starts_at=last.ends_at, ends_at=ends_at, full_ends_at=ends_at, state="upcoming", price=price, policy=version,
        credits=price.credits, most_held=price.credits, paid="free" if price.amount_minor == 0 else "unpaid",
        advance=advance(
            credits=price.credits, interval="year" if price.interval == "year" else "month",
            percent=policy.renewal_advance_percent,
        ),
    )  # fmt: skip


def rewrite_ahead(account_id: int) -> None:
    """What comes next has changed (plan, cancellation, zone): store it anew. The current period stays as it is."""
    Period.objects.filter(account_id=account_id, state="upcoming").delete()
    store_ahead(account_id)


def _current_end(account_id: int) -> datetime | None:
    current = current_period(account_id)
    return current.ends_at if current else None
