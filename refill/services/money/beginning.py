"""A subscription begins, or a new period of it begins now (RULES §3.3, §4.5, §4.8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from refill.domain import calendars
from refill.domain.allowances import advance
from refill.ledger import balances, grants
from refill.models import Account, Order, Period, Price, Subscription
from refill.services import periods
from refill.services.money import allowances, dunning
from refill.services.money.situations import grants_of
from refill.services.recording import emit

# A trial's end is announced so long before.
TRIAL_NOTICE = timedelta(days=3)


def close_current(account_id: int, now: datetime, reason: str) -> int:
    """End the current period and its allowance now; return the spendable credits that it still had."""
    current = periods.current_period(account_id)
    Period.objects.filter(account_id=account_id, state="upcoming").delete()
    if current is None:
        return 0
    left = sum(g.left for g in grants_of(account_id) if g.source == "allowance" and g.period_id == current.pk)
    grants.end_allowance(account_id, current.pk, reason)
    current.state, current.billed = "past", True
    current.ends_at = max(current.starts_at, now.replace(microsecond=0))
    current.save()
    return left


def start(order: Order, now: datetime) -> None:
    """The new price from now: the old allowance ends, the full new one is granted, less what was spent of the old one
    after the quote (RULES §4.5); bought credits of an account that comes back are kept again."""
    plan, account_id = order.plan, order.account_id
    account = Account.objects.get(pk=account_id)
    price = Price.objects.select_related("plan").get(pk=plan["price"])
    if plan.get("void"):
        dunning.give_up(Order.objects.get(account_id=account_id, pk=plan["void"]), now)
    for overdue in Order.objects.filter(account_id=account_id, kind="renewal", status="declined"):
        dunning.give_up(overdue, now)
    left = close_current(account_id, now, "a new period began")
    less = max(0, plan["old_left"] - left) if plan.get("old_left") is not None else 0
    old = periods.live_subscription(account_id)
    if old is not None:
        old.status, old.ended_at = "canceled", now.replace(microsecond=0)
        old.end_told_at = now
        old.save()
    subscription = _new_subscription(account, price, plan.get("anchor"), now)
    period = _first_period(account, subscription, price, now)
    order.period = period
    order.save(update_fields=["period"])
    _reopen(account)
    balances.set_period(account_id, period.ends_at, fresh=True)
    for kind, quantity in plan.get("add_ons", []):
        _set_extras(account_id, kind, quantity)
    if price.amount_minor:
        allowances.settle_advances(account_id, plan.get("used_before", 0))
    if plan["credits"]:
        if price.amount_minor == 0:
            Account.objects.filter(pk=account_id).update(free_allowance_at=now)
        allowances.grant_period(account_id, subscription, period, plan["credits"], less)
    periods.store_ahead(account_id)
    before = old.price_id if old is not None else None
    emit(account_id, now, "subscription.started", order=order.pk, before=before, price=price.pk)


def start_trial(account: Account, price: Price, now: datetime) -> None:
    """A trial: once, with its own credits, ending by itself without a charge (RULES §4.8)."""
    version = periods.latest_policy()
    policy = periods.policy_of(version)
    starts_at = now.replace(microsecond=0)
    ends_at = starts_at + timedelta(days=policy.trial_days)
    subscription = _new_subscription(account, price, None, now)
    kept = calendars.add_months(calendars.wall_of(ends_at, account.timezone), policy.keep_purchased_months)
    subscription.status = "trialing"
    subscription.purchased_until = calendars.local_instant(kept, account.timezone)
    subscription.save()
    period = Period.objects.create(
        account_id=account.pk, subscription=subscription, index=0, months=0, starts_at=starts_at, ends_at=ends_at,
        full_ends_at=ends_at, state="current", price=price, policy=version, credits=policy.trial_credits,
        most_held=policy.trial_credits, paid="free", billed=True, notice_at=max(starts_at, ends_at - TRIAL_NOTICE),
    )  # fmt: skip
    account.trial_used_at = now
    account.save(update_fields=["trial_used_at"])
    balances.set_period(account.pk, ends_at, fresh=True)
    if policy.trial_credits:
        grants.grant(
            account.pk, source="allowance", credits=policy.trial_credits, ends_at=ends_at,
            subscription_id=subscription.pk, period_id=period.pk, cause="period", reason="trial credits",
        )  # fmt: skip
    emit(account.pk, now, "subscription.started", price=price.pk, trial=True)


def _new_subscription(account: Account, price: Price, anchor: str | None, now: datetime) -> Subscription:
    at = datetime.fromisoformat(anchor) if anchor else now
    at = at.astimezone(UTC).replace(microsecond=0)
    wall = calendars.wall_of(at, account.timezone)
    return Subscription.objects.create(
        account=account, status="active", price=price, anchor_wall=wall.replace(tzinfo=UTC),
        anchor_zone=account.timezone, anchor_at=at, started_at=now,
    )  # fmt: skip


def _first_period(account: Account, subscription: Subscription, price: Price, now: datetime) -> Period:
    """The full period that contains now, counted from the anchor."""
    version = periods.latest_policy()
    wall, zone = periods.anchor_wall(subscription), subscription.anchor_zone
    interval = periods.interval_of(price)
    index = calendars.index_containing(wall, zone, interval, now, subscription.anchor_at)
    ends_at = calendars.boundary(wall, zone, interval, index + 1, subscription.anchor_at)
    policy = periods.policy_of(version)
    return Period.objects.create(
        account=account, subscription=subscription, index=index, months=index * calendars.MONTHS_IN[interval],
        starts_at=calendars.boundary(wall, zone, interval, index, subscription.anchor_at), ends_at=ends_at,
        full_ends_at=ends_at, state="current", price=price, policy=version, credits=price.credits,
        most_held=price.credits,
        advance=advance(credits=price.credits, interval=interval, percent=policy.renewal_advance_percent),
        paid="paid" if price.amount_minor else "free", paid_minor=price.amount_minor, billed=True,
        notice_at=periods.notice_at(price, ends_at, policy),
    )  # fmt: skip


def _reopen(account: Account) -> None:
    if account.status in (Account.Status.CANCELED, Account.Status.PURGED):
        grants.keep_purchased(account.pk, None)
    balances.close(account.pk, None)
    account.status, account.canceled_at, account.purge_at = Account.Status.ACTIVE, None, None
    account.purge_told = 0
    account.save(update_fields=["status", "canceled_at", "purge_at", "purge_told"])


def _set_extras(account_id: int, kind: str, quantity: int) -> None:
    account = Account.objects.get(pk=account_id)
    account.add_ons.update_or_create(kind=kind, defaults={"quantity": quantity, "quantity_at_renewal": quantity})
