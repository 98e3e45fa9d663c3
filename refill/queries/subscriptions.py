"""What an account is on, its periods, and the boundaries to come (RULES §3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from refill.domain import calendars
from refill.domain.policies import parse
from refill.domain.quotes.lines import recurring
from refill.models import CalendarAddress, Period, Subscription
from refill.queries.extras import extras_next
from refill.queries.overdue import owed_of
from refill.queries.pages.catalogue import offered
from refill.queries.taxes import tax_of


@dataclass(frozen=True, slots=True)
class PeriodRow:
    id: int
    index: int
    starts_at: datetime
    ends_at: datetime
    state: str
    price_id: int
    credits: int
    paid: str


@dataclass(frozen=True, slots=True)
class NextCharge:
    at: datetime
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """`scheduled` is the price that the next boundary moves to, and that boundary."""

    id: int
    status: str
    price_id: int
    plan_id: int
    plan_name: str
    interval: str
    current_period: PeriodRow | None
    anchor_at: datetime
    scheduled: tuple[int, datetime] | None
    cancel_at: datetime | None
    next_charge: NextCharge | None


@dataclass(frozen=True, slots=True)
class BoundaryRow:
    """The start of a period to come, or (without a price) the end of the subscription."""

    index: int
    at: datetime
    price_id: int | None
    credits: int


def latest(account_id: int) -> SubscriptionRow | None:
    """The subscription that is, or was last; None before the first one was paid."""
    rows = Subscription.objects.select_related("price__plan", "scheduled_price__plan").filter(account_id=account_id)
    found = rows.exclude(status="incomplete").order_by("-pk").first()
    if found is None:
        return None
    period = Period.objects.filter(account_id=account_id, subscription=found, state="current").first()
    scheduled = None
    if found.scheduled_price_id is not None and period is not None:
        scheduled = (found.scheduled_price_id, period.ends_at)
    return SubscriptionRow(
        found.pk, found.status, found.price_id, found.price.plan_id, found.price.plan.name, found.price.interval,
        _period(period) if period else None, found.anchor_at, scheduled, found.cancel_at,
        _next_charge(found, period) if period else None,
    )  # fmt: skip


def _period(row: Period) -> PeriodRow:
    return PeriodRow(row.pk, row.index, row.starts_at, row.ends_at, row.state, row.price_id, row.credits, row.paid)


def _next_charge(subscription: Subscription, period: Period) -> NextCharge | None:
    """What the next boundary will charge, under the policies of the period it begins; of what is owed, the next try."""
    if subscription.cancel_at is not None or subscription.status not in ("active", "past_due"):
        return None
    owed = owed_of(subscription.account_id, period.pk) if subscription.status == "past_due" else None
    if owed is not None:
        return NextCharge(owed.next_try_at, owed.amount_minor, owed.currency) if owed.next_try_at else None
    upcoming = Period.objects.select_related("policy", "price__plan")
    coming = upcoming.filter(subscription=subscription, index=period.index + 1).first()
    price = coming.price if coming else subscription.scheduled_price or subscription.price
    policy = parse((coming or period).policy.values)
    old, new = offered(subscription.price).facts, offered(price).facts
    extras = extras_next(subscription.account_id, old, new)
    tax = tax_of(subscription.account_id, period.ends_at, policy.tax)
    due = recurring(new, extras, policy, tax, period.ends_at)
    return None if due is None else NextCharge(due.next_at, due.amount_minor, price.currency)


def periods(account_id: int, *, before: int | None, limit: int) -> list[PeriodRow]:
    """Periods that have begun, of all subscriptions, the newest first; `before` is a period's id."""
    rows = Period.objects.filter(account_id=account_id).exclude(state="upcoming")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [_period(row) for row in rows.order_by("-pk")[:limit]]


def calendar(account_id: int, count: int) -> list[BoundaryRow]:
    """The next boundaries, the soonest first: those that are stored, then counted on from the anchor (RULES §3.1).

    None of a suspended subscription: no further period follows by itself (RULES §9.4).
    """
    found = Subscription.objects.select_related("price", "scheduled_price").filter(account_id=account_id, ended_at=None)
    subscription = found.exclude(status="incomplete").first()
    current = Period.objects.select_related("price").filter(account_id=account_id, state="current").first()
    if subscription is None or current is None or subscription.status == "suspended":
        return []
    if subscription.cancel_at is not None or subscription.status == "trialing":
        return [BoundaryRow(current.index + 1, subscription.cancel_at or current.ends_at, None, 0)]
    stored = Period.objects.select_related("price").filter(subscription=subscription, state="upcoming")
    coming = list(stored.order_by("index")[:count])
    boundaries = [BoundaryRow(row.index, row.starts_at, row.price_id, row.credits) for row in coming]
    last = coming[-1] if coming else current
    price = coming[-1].price if coming else subscription.scheduled_price or subscription.price
    wall = subscription.anchor_wall.astimezone(UTC).replace(tzinfo=None)
    months, index = last.months, last.index
    step = _months(last.price.interval)
    while len(boundaries) < count:
        months, index = months + step, index + 1
        at = calendars.boundary(wall, subscription.anchor_zone, "month", months)
        boundaries.append(BoundaryRow(index, at, price.pk, price.credits))
        step = _months(price.interval)
    return boundaries


def calendar_address_made_at(account_id: int) -> datetime | None:
    """When the calendar's secret address that lives now was made, on the real clock."""
    return CalendarAddress.objects.filter(account_id=account_id).values_list("created_at", flat=True).first()


def _months(interval: str) -> int:
    return 12 if interval == "year" else 1
