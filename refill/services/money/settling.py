"""What follows from a charge's outcome, within the transaction that records it."""

from __future__ import annotations

from datetime import datetime, timedelta

from refill.domain.payments import ASK_AFTER_SECONDS
from refill.models import Charge, Order
from refill.services import periods
from refill.services.invoicing import invoices
from refill.services.money import dunning, effects, recharge_outcomes
from refill.services.money.notices import money
from refill.services.recording import emit


def succeeded(charge: Charge, now: datetime) -> None:
    """The money is there: do what was promised for it, or give it back in full (RULES §4.11)."""
    order = charge.order
    order.settled_at, order.next_try_at = now, None
    if not effects.still_possible(order):
        order.status = Order.Status.REFUNDED
        order.save()
        charge.refund_due_minor, charge.refund_try_at = charge.amount_minor, now
        charge.save(update_fields=["refund_due_minor", "refund_try_at"])
        emit(order.account_id, now, "order.declined", order=order.pk, reason="settled_too_late", refunded=True)
        money.settled_too_late(order, charge, now)
        if order.kind == "renewal":
            dunning.give_up(order, now)
        return
    order.status = Order.Status.SUCCEEDED
    order.save()
    effects.apply(order, now)
    invoices.pay(order, now)
    emit(order.account_id, now, "order.succeeded", order=order.pk, order_kind=order.kind)
    money.receipt(order, charge, now)


def settle_free(order: Order, now: datetime) -> None:
    """An order that costs nothing takes effect at once."""
    order.status, order.settled_at = Order.Status.SUCCEEDED, now
    order.save()
    effects.apply(order, now)
    # What a removal gives back is told by credit notes.
    if order.lines and order.plan["do"] != "fewer_extras":
        invoices.pay(order, now)
    emit(order.account_id, now, "order.succeeded", order=order.pk, order_kind=order.kind)
    if order.quote is not None and order.plan["do"] in ("upgrade", "start"):
        money.changed(order, now)


def declined(charge: Charge, now: datetime) -> None:
    """A definite decline. A renewal becomes past due, and like a recharge it is tried again; nothing else changes."""
    order = charge.order
    order.status, order.next_try_at = Order.Status.DECLINED, None
    if order.kind == "renewal" and order.period is not None:
        if order.period.state == "current":
            dunning.mark_past_due(order, now)
            dunning.plan_next_try(order, now)
        else:
            dunning.give_up(order, now)
    elif order.kind == "recharge":
        recharge_outcomes.declined(order, charge, now)
    elif now - charge.created_at >= timedelta(seconds=ASK_AFTER_SECONDS[0]):
        # Whoever confirmed it has long been told that we are asking.
        money.declined_after_all(order, charge, now)
    order.save()
    emit(order.account_id, now, "order.declined", order=order.pk, code=charge.decline_code, final=charge.decline_final)


def needs_action(order: Order, now: datetime) -> None:
    """The bank wants the customer. It waits a while, then counts as declined (RULES §3.5): it must not stand in the way
    of every other change for ever."""
    order.status = Order.Status.NEEDS_ACTION
    if order.kind == "recharge":
        recharge_outcomes.needs_action(order, now)
    else:
        version = order.period.policy if order.period is not None else periods.latest_policy()
        order.next_try_at = now + timedelta(hours=periods.policy_of(version).needs_action_hours)
    order.save()
    emit(order.account_id, now, "order.needs_action", order=order.pk)
    if order.quote_id is None:
        money.needs_action(order, now)
