"""What an order does once its money is settled, in the transaction that settles it (RULES §4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from refill.ledger import grants
from refill.models import Account, AddOn, Order, Period, Price, Subscription
from refill.services import periods
from refill.services.money import (
    allowances,
    beginning,
    credited_on,
    dunning,
    ending,
    number_orders,
    paid_extras,
    recharge_outcomes,
)
from refill.services.money.notices import plans
from refill.services.recording import audit, emit


def still_possible(order: Order) -> bool:
    """A change that was computed from a period needs that period to be current still, and paid (RULES §4.11, §4.6)."""
    if order.kind == "renewal":
        return order.period is not None and order.period.state == "current" and order.period.paid == "unpaid"
    if order.plan.get("overdue") and not _is_owed(order):
        return False
    wanted = order.plan.get("period")
    if wanted is None:
        return True
    current = periods.current_period(order.account_id)
    return current is not None and current.pk == wanted and credited_on.is_covered(order, current)


def _is_owed(order: Order) -> bool:
    """What this order pays may have been paid by the ladder's next try, or the account been suspended: then only a new
    period can be paid (RULES §9.4)."""
    owed = Order.objects.filter(pk=order.plan["overdue"], status="declined", period__paid="unpaid")
    return owed.filter(account__status="past_due").exists()


def apply(order: Order, now: datetime) -> None:
    """Do it, once: the caller has just moved the order to succeeded under the account's lock."""
    EFFECTS[order.plan["do"]](order, now)
    audit(order.account_id, now, order.actor, f"order.{order.plan['do']}", subject=str(order.pk), after=order.plan)


def _buy(order: Order, now: datetime) -> None:
    """Bought credits exist once the money is settled, and roll over until used (RULES §5.1)."""
    credits = int(order.plan["credits"])
    grants.grant(
        order.account_id, source="purchase", credits=credits, order_id=order.pk, reason="bought", actor=order.actor
    )
    emit(order.account_id, now, "credits.purchased", order=order.pk, credits=credits)


def _upgrade(order: Order, now: datetime) -> None:
    """The new price at once, the difference in credits for the rest of the period; the date stays (RULES §4.3)."""
    plan, account_id = order.plan, order.account_id
    _settle_overdue(order, now)
    credited_on.record(order)
    subscription = periods.live_subscription(account_id)
    period = Period.objects.get(account_id=account_id, pk=plan["period"])
    assert subscription is not None
    before = subscription.price_id
    period.price_id = subscription.price_id = plan["price"]
    period.credits = Price.objects.values_list("credits", flat=True).get(pk=plan["price"])
    period.most_held, period.paid_minor = plan["most_held"], period.paid_minor + plan["plan_minor"]
    period.save()
    subscription.scheduled_price, subscription.scheduled_at, subscription.scheduled_by = None, None, ""
    subscription.cancel_at, subscription.cancel_asked_at, subscription.purchased_until = None, None, None
    subscription.save()
    for kind, change in plan["add_ons"]:
        change_extras(account_id, kind, change)
    if plan["credits"]:
        allowances.grant_more(account_id, subscription, period, plan["credits"], order)
    periods.rewrite_ahead(account_id)
    emit(account_id, now, "subscription.changed", order=order.pk, before=before, after=plan["price"])


def _schedule(order: Order, now: datetime) -> None:
    """A lower plan from the next boundary on, undone with one click until then (RULES §4.4)."""
    subscription = periods.live_subscription(order.account_id)
    assert subscription is not None
    subscription.scheduled_price = Price.objects.select_related("plan").get(pk=order.plan["price"])
    subscription.scheduled_at = now
    subscription.scheduled_by = order.actor
    subscription.cancel_at, subscription.cancel_asked_at, subscription.purchased_until = None, None, None
    subscription.save()
    periods.rewrite_ahead(order.account_id)
    emit(order.account_id, now, "subscription.change_scheduled", order=order.pk, price=order.plan["price"])
    plans.scheduled(order, subscription, now)


def _cancel(order: Order, now: datetime) -> None:
    """At the end of the period; an account that is not paid up ends at once (RULES §4.7)."""
    account = Account.objects.get(pk=order.account_id)
    subscription = periods.live_subscription(account.pk)
    assert subscription is not None
    ending.cancel(account, subscription, now, at_once=account.status != Account.Status.ACTIVE)
    at = subscription.cancel_at
    assert at is not None
    # What ends with its period is told as ended when it has.
    kind = "subscription.canceled" if at == now else "subscription.change_scheduled"
    emit(account.pk, now, kind, order=order.pk, change="cancel", effective_at=at.isoformat())
    plans.canceled(order, subscription, now)


def _pay(order: Order, now: datetime) -> None:
    _settle_overdue(order, now)


def _settle_overdue(order: Order, now: datetime) -> None:
    """What was overdue is paid by this order: the period counts as paid and gives the rest of its allowance."""
    if not order.plan.get("overdue"):
        return
    overdue = Order.objects.select_related("period").get(account_id=order.account_id, pk=order.plan["overdue"])
    overdue.status, overdue.settled_at, overdue.next_try_at = Order.Status.SUCCEEDED, now, None
    overdue.save()
    dunning.give_up(overdue, now)
    assert overdue.period is not None
    paid_period(overdue.period, now)


def _renew(order: Order, now: datetime) -> None:
    assert order.period is not None
    paid_period(order.period, now)
    emit(order.account_id, now, "subscription.renewed", order=order.pk, period=order.period_id)


def paid_period(period: Period, now: datetime) -> None:
    """A renewal is settled: the period is paid, its allowance granted but for the advance (RULES §3.5)."""
    account_id = period.account_id
    period.refresh_from_db()
    period.paid, period.paid_minor = "paid", period.price.amount_minor
    period.save(update_fields=["paid", "paid_minor"])
    resume(period, now)
    if period.price.amount_minor:  # a zero-price plan's was granted at the boundary, whoever pays its extras
        allowances.grant_rest(account_id, Subscription.objects.get(pk=period.subscription_id), period)


def resume(period: Period, now: datetime) -> None:
    """Nothing of this period is overdue any more."""
    if Subscription.objects.filter(pk=period.subscription_id, status="past_due").update(status="active"):
        Account.objects.filter(pk=period.account_id, status="past_due").update(status="active")
        emit(period.account_id, now, "subscription.resumed", period=period.pk)


def _extras(order: Order, now: datetime) -> None:
    plan = order.plan
    change_extras(order.account_id, plan["kind"], plan["quantity"], plan.get("kept", 0))
    if plan.get("phone"):
        number_orders.reserve(order, now)
    emit(order.account_id, now, "subscription.changed", order=order.pk, add_on=order.plan["kind"])


def _fewer_extras(order: Order, now: datetime) -> None:
    row = AddOn.objects.get(account_id=order.account_id, kind=order.plan["kind"])
    row.quantity_at_renewal -= order.plan["quantity"]
    row.quantity -= order.plan.get("now", 0)
    row.save()
    kind = "subscription.changed" if order.plan.get("now") else "subscription.change_scheduled"
    emit(order.account_id, now, kind, order=order.pk, add_on=row.kind)
    if order.plan.get("back"):
        paid_extras.give_back(order, now)


def change_extras(account_id: int, kind: str, change: int, kept: int = 0) -> None:
    """So many more (or fewer) paid seats or numbers, now and at the renewal; `kept` of those that would have ended."""
    if not change and not kept:
        return
    row, _ = AddOn.objects.get_or_create(
        account_id=account_id, kind=kind, defaults={"quantity": 0, "quantity_at_renewal": 0}
    )
    row.quantity = max(0, row.quantity + change)
    row.quantity_at_renewal = max(0, row.quantity_at_renewal + change + kept)
    row.save()


def _start(order: Order, now: datetime) -> None:
    _settle_overdue(order, now)
    credited_on.record(order)
    beginning.start(order, now)


EFFECTS: dict[str, Callable[[Order, datetime], None]] = {
    "buy": _buy,
    "recharge": recharge_outcomes.grant,
    "upgrade": _upgrade,
    "schedule": _schedule,
    "cancel": _cancel,
    "pay": _pay,
    "renew": _renew,
    "extras": _extras,
    "fewer_extras": _fewer_extras,
    "start": _start,
}
