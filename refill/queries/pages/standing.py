"""How an account stands: plan, period, what comes next and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from refill.domain import ids
from refill.domain.payments import card_label
from refill.domain.policies import Policy, parse
from refill.domain.quotes import Recurring
from refill.domain.quotes.lines import recurring
from refill.models import AddOn, BillingDetails, Order, PaymentMethod, Period, Price, Recharge, Subscription
from refill.queries.extras import extras_next
from refill.queries.overdue import owed_of
from refill.queries.pages.catalogue import Offered, offered
from refill.queries.pages.policies import latest_policy
from refill.queries.taxes import tax_by


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
        return card_label(self.brand, self.last4)


@dataclass(frozen=True, slots=True)
class Standing:
    """`status` is the subscription's. `next_charge` is as the renewal will be computed, tax included; past due, what is
    owed and when it is tried again, if it is. `auto_recharge` is the sentence that was agreed to, where it is on."""

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
    card: Card | None
    auto_recharge: str

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None

    @property
    def refills(self) -> bool:
        """Whether another period follows by itself: not after a trial, nor unpaid, nor once suspended or cancelled."""
        return self.cancel_at is None and not self.is_over and self.status not in ("trialing", "past_due", "suspended")


_CARD = ("id", "brand", "last4", "exp_month", "exp_year", "is_default", "is_recharge", "is_backup")


def cards_of(account_id: int) -> tuple[Card, ...]:
    """Return the cards that are kept, the default first."""
    rows = PaymentMethod.objects.filter(account_id=account_id, removed_at=None).order_by("-is_default", "id")
    return tuple(Card(*row) for row in rows.values_list(*_CARD))


def standing_of(account_id: int) -> Standing:
    """Return plan, period, card and add-ons of an account; of one without a plan, the facts are empty."""
    period = _current_period(account_id)
    if period is not None:
        subscription, policy = period.subscription, parse(period.policy.values)
        agreed: str | None = period.auto_recharge  # type: ignore[attr-defined]
        card = Card(**period.card) if period.card else None  # type: ignore[attr-defined]
        add_ons = tuple((row["kind"], row["quantity"], row["at_renewal"]) for row in period.add_ons)  # type: ignore[attr-defined]
    else:
        found, policy = _last_subscription(account_id), latest_policy()
        card = next((card for card in cards_of(account_id) if card.is_default), None)
        if found is None:
            return Standing(
                "", None, None, None, "", 0, None, None, None, None, "", None, (), policy, card,
                _agreed(account_id).first() or "",
            )  # fmt: skip
        subscription, add_ons = found, ()
        agreed = _agreed(account_id).first()
    price = offered(subscription.price)
    scheduled = offered(subscription.scheduled_price) if subscription.scheduled_price else None
    coming: Recurring | None = None
    owed = owed_of(account_id, period.pk) if period and subscription.status == "past_due" else None
    if owed is not None:
        coming = Recurring(owed.amount_minor, price.interval, owed.next_try_at) if owed.next_try_at else None
    elif period and subscription.cancel_at is None and subscription.status in ("active", "past_due"):
        following = _next_price(period, scheduled or price).facts
        if following.plan_id == price.facts.plan_id:
            extras = [(kind, at) for kind, _, at in add_ons]
        else:
            extras = extras_next(account_id, price.facts, following)
        to: dict[str, Any] | None = period.billed_to  # type: ignore[attr-defined]
        then = parse(period.next_policy) if period.next_policy else policy  # type: ignore[attr-defined]
        tax = tax_by(**to, now=period.ends_at, otherwise=then.tax) if to else then.tax
        coming = recurring(following, extras, then, tax, period.ends_at)
    return Standing(
        subscription.status, price, period.starts_at if period else None, period.ends_at if period else None,
        period.paid if period else "", period.credits if period else 0, subscription.cancel_at,
        subscription.ended_at, subscription.purchased_until, scheduled, subscription.scheduled_by, coming,
        add_ons, policy, card, agreed or "",
    )  # fmt: skip


def _agreed(account_id: Any) -> QuerySet[Recharge, str]:
    """The sentence that was agreed to, where auto-recharge is on."""
    return Recharge.objects.filter(account_id=account_id, enabled=True).values_list("consent", flat=True)


def _current_period(account_id: int) -> Period | None:
    """The current period with everything that hangs on it, in one query."""
    card = PaymentMethod.objects.filter(account_id=OuterRef("account_id"), removed_at=None, is_default=True)
    extras = AddOn.objects.filter(account_id=OuterRef("account_id"), quantity__gt=0).order_by("kind")
    details = BillingDetails.objects.filter(account_id=OuterRef("account_id")).exclude(country="")
    upcoming = Period.objects.filter(subscription=OuterRef("subscription"), index=OuterRef("index") + 1)
    return (
        Period.objects.select_related("policy", "subscription__price__plan", "subscription__scheduled_price__plan")
        .annotate(
            next_price=Subquery(upcoming.values("price")[:1]),
            next_policy=Subquery(upcoming.values("policy__values")[:1]),
            billed_to=Subquery(
                details.values(found=JSONObject(country="country", tax_id="tax_id", livemode="account__livemode"))[:1]
            ),
            card=Subquery(card.values(found=JSONObject(**{name: name for name in _CARD}))[:1]),
            auto_recharge=Subquery(_agreed(OuterRef("account_id"))),
            add_ons=ArraySubquery(
                extras.values(found=JSONObject(kind="kind", quantity="quantity", at_renewal="quantity_at_renewal"))
            ),
        )
        .filter(account_id=account_id, state="current")
        .first()
    )


def _next_price(period: Period, expected: Offered) -> Offered:
    """The price of the stored next period, which an announced price change may have made another than expected."""
    next_price: int | None = period.next_price  # type: ignore[attr-defined]
    if next_price is None or next_price == expected.id:
        return expected
    return offered(Price.objects.select_related("plan").get(pk=next_price))


def _last_subscription(account_id: int) -> Subscription | None:
    return (
        Subscription.objects.select_related("price__plan", "scheduled_price__plan")
        .filter(account_id=account_id)
        .order_by("-id")
        .first()
    )


@dataclass(frozen=True, slots=True)
class Coming:
    """What comes for plan credits: a refill; unpaid, as the renewal is; a trial's or a plan's end; over."""

    what: str
    at: datetime | None = None


def coming_of(account_id: int, resets_at: datetime | None) -> Coming:
    """Return what comes at the end of the period, and when."""
    found = Subscription.objects.filter(account_id=account_id).order_by("-id")
    row = found.values_list("status", "cancel_at", "ended_at").first()
    if row is None:
        return Coming("")
    status, cancel_at, ended_at = row
    if ended_at is not None:
        return Coming("over")
    if cancel_at is not None:
        return Coming("end", cancel_at)
    if status in ("past_due", "suspended"):
        return Coming("unpaid")
    if resets_at is None:
        return Coming("")
    return Coming("trial" if status == "trialing" else "refill", resets_at)


def waiting_order(account_id: int) -> dict[str, Any] | None:
    """Return the newest order that is not decided, or the renewal that is owed: for the banner on top."""
    is_owed = Q(kind="renewal", status="declined", period__paid="unpaid")
    row = (
        Order.objects.filter(is_owed | Q(status__in=["processing", "needs_action"]), account_id=account_id)
        .order_by("-id")
        .values("id", "kind", "status", "amount_minor", "currency", "period_id")
        .first()
    )
    if row is None:
        return None
    owed = owed_of(account_id, row["period_id"]) if row["status"] == "declined" else None
    return {**row, "public_id": ids.encode("ord", row["id"]), "next_try_at": owed.next_try_at if owed else None}
