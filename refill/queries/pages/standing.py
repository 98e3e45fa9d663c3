"""How an account stands: plan, period, what comes next and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from refill.domain import calendars, ids
from refill.domain.policies import Policy, parse
from refill.domain.quotes import Recurring
from refill.domain.quotes.lines import recurring
from refill.models import AddOn, Order, PaymentMethod, Period, Subscription
from refill.queries.pages.catalogue import Offered, offered


@dataclass(frozen=True, slots=True)
class Card:
    """A card as a person may see it."""

    id: int
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    is_default: bool
    is_recharge: bool
    is_backup: bool

    @property
    def public_id(self) -> str:
        return ids.encode("pm", self.id)

    @property
    def label(self) -> str:
        return f"{self.brand.capitalize()} ending {self.last4}"


@dataclass(frozen=True, slots=True)
class Standing:
    """`status` is the subscription's. `next_charge` is as the renewal will be computed, tax included."""

    status: str
    price: Offered | None
    starts_at: datetime | None
    ends_at: datetime | None
    paid: str
    credits: int
    cancel_at: datetime | None
    ended_at: datetime | None
    purchased_until: datetime | None
    scheduled: Offered | None
    scheduled_by: str
    next_charge: Recurring | None
    add_ons: tuple[tuple[str, int, int], ...]
    policy: Policy

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None


def cards_of(account_id: int) -> tuple[Card, ...]:
    """Return the cards that are kept, the default first."""
    rows = PaymentMethod.objects.filter(account_id=account_id, removed_at=None).order_by("-is_default", "id")
    return tuple(
        Card(
            row.pk, row.brand, row.last4, row.exp_month, row.exp_year,
            row.is_default, row.is_recharge, row.is_backup,
        )
        for row in rows
    )  # fmt: skip


def standing_of(account_id: int, fallback: Policy) -> Standing:
    """Return the plan and period of an account; of one without a plan, the facts are empty."""
    subscription = (
        Subscription.objects.select_related("price__plan", "scheduled_price__plan")
        .filter(account_id=account_id)
        .order_by("-id")
        .first()
    )
    if subscription is None:
        return Standing(
            "", None, None, None, "", 0, None, None, None, None, "", None, (), fallback
        )  # fmt: skip
    period = Period.objects.select_related("policy").filter(account_id=account_id, state="current").first()
    policy = parse(period.policy.values) if period else fallback
    add_ons = tuple(
        AddOn.objects.filter(account_id=account_id, quantity__gt=0)
        .order_by("kind")
        .values_list("kind", "quantity", "quantity_at_renewal")
    )
    price = offered(subscription.price)
    scheduled = offered(subscription.scheduled_price) if subscription.scheduled_price else None
    coming: Recurring | None = None
    if period and subscription.cancel_at is None and subscription.status in ("active", "past_due"):
        coming = recurring(
            (scheduled or price).facts, [(kind, at) for kind, _, at in add_ons], policy, period.ends_at
        )
    return Standing(
        subscription.status, price, period.starts_at if period else None, period.ends_at if period else None,
        period.paid if period else "", period.credits if period else 0, subscription.cancel_at,
        subscription.ended_at, subscription.purchased_until, scheduled, subscription.scheduled_by, coming,
        add_ons, policy,
    )  # fmt: skip


def resets_of(account_id: int, now: datetime, count: int = 12) -> tuple[datetime, ...]:
    """Return the next boundaries, counted from the anchor (RULES §3.1); none for an account without a plan."""
    subscription = (
        Subscription.objects.select_related("price", "scheduled_price")
        .filter(account_id=account_id, ended_at=None)
        .first()
    )
    if subscription is None:
        return ()
    if subscription.cancel_at is not None:
        return (subscription.cancel_at,)
    known = list(
        Period.objects.filter(account_id=account_id, subscription=subscription, ends_at__gt=now)
        .exclude(state="past")
        .order_by("index")
        .values_list("ends_at", "months", "price__interval")
    )
    if not known:
        return ()
    wall = subscription.anchor_wall.astimezone(UTC).replace(tzinfo=None)
    resets = [ends_at for ends_at, _, _ in known[:count]]
    _, months, interval = known[min(len(known), count) - 1]
    step = 12 if interval == "year" else 1
    reached = months + step
    coming = subscription.scheduled_price or subscription.price
    step = 12 if coming.interval == "year" else 1
    while len(resets) < count:
        reached += step
        resets.append(calendars.boundary(wall, subscription.anchor_zone, "month", reached))
    return tuple(resets)


def waiting_order(account_id: int) -> dict[str, Any] | None:
    """Return the newest order that is not decided, or the renewal that is owed: for the banner on top."""
    row = (
        Order.objects.filter(account_id=account_id)
        .exclude(status__in=["succeeded", "refunded"])
        .order_by("-id")
        .values("id", "kind", "status", "amount_minor", "currency", "next_try_at", "period__state", "period__paid")
        .first()
    )
    if row is None or (row["status"] == "declined" and row["kind"] != "renewal"):
        return None
    if row["status"] == "declined" and row["period__paid"] != "unpaid":
        return None
    return {**row, "public_id": ids.encode("ord", row["id"])}
