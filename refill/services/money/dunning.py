"""Renewals that fail: past due, tried again by the ladder, then suspended (RULES §3.5, §9.4)."""

from __future__ import annotations

from datetime import datetime

from refill.domain import payments
from refill.ledger import balances, grants
from refill.models import Account, Charge, Grant, Invoice, Order, Period, Subscription
from refill.services import periods
from refill.services.money.notices import dunning as notices
from refill.services.money.situations import default_card
from refill.services.recording import audit, emit


def mark_past_due(order: Order, now: datetime) -> None:
    """No allowance: what is unspent of the advance is revoked, bought credits stay usable, nothing is deleted."""
    period = order.period
    assert period is not None
    account = Account.objects.get(pk=order.account_id)
    if account.status != Account.Status.ACTIVE:
        return
    for grant in Grant.objects.filter(account_id=account.pk, period_id=period.pk, cause="advance"):
        grants.revoke(account.pk, grant.pk, None, "the renewal was not paid", "")
    Subscription.objects.filter(pk=period.subscription_id).update(status="past_due")
    account.status = Account.Status.PAST_DUE
    account.save(update_fields=["status"])
    emit(account.pk, now, "subscription.past_due", order=order.pk)


def plan_next_try(order: Order, now: datetime) -> None:
    """Set when the ladder tries next. `tries` counts the tries made, the first included; missed ones fall together."""
    assert order.period is not None
    days = periods.policy_of(order.period.policy).dunning_days
    order.tries += 1
    order.next_try_at = payments.next_try(order.period.starts_at, days, order.tries)
    while order.next_try_at is not None and order.next_try_at <= now:
        order.tries += 1
        order.next_try_at = payments.next_try(order.period.starts_at, days, order.tries)
    if order.next_try_at is None:
        suspend(order, now)
    emit(order.account_id, now, "invoice.payment_failed", order=order.pk)
    notices.payment_failed(order, now, may_try=may_try(order))


def suspend(order: Order, now: datetime) -> None:
    """The ladder is done: sending stops, data stays, no further periods or invoices."""
    assert order.period is not None
    account = Account.objects.get(pk=order.account_id)
    account.status = Account.Status.SUSPENDED
    account.save(update_fields=["status"])
    Subscription.objects.filter(pk=order.period.subscription_id).update(status="suspended")
    Period.objects.filter(account_id=account.pk, state="upcoming").delete()
    balances.close(account.pk, "suspended")
    audit(account.pk, now, "refill", "subscription.suspended", subject=str(order.period.subscription_id))
    emit(account.pk, now, "subscription.suspended", order=order.pk)


def may_try(order: Order) -> bool:
    """After a decline that the network calls final, nothing is tried until there is another card, or the bank renewed
    this one (RULES §9.4)."""
    last = Charge.objects.filter(account_id=order.account_id, order=order).order_by("-id").first()
    if last is None or not last.decline_final:
        return True
    card = default_card(order.account_id)
    refused = last.payment_method_id, last.created_at
    return card is not None and payments.may_try(refused=refused, card=(card.pk, card.renewed_at))


def give_up(order: Order, now: datetime) -> None:
    """The overdue period is not to be paid any more: its invoice is voided (RULES §9.4)."""
    Order.objects.filter(pk=order.pk).update(next_try_at=None)
    Invoice.objects.filter(account_id=order.account_id, order=order, status="open").update(status="void", voided_at=now)
    if order.period_id:
        Period.objects.filter(pk=order.period_id, paid="unpaid").update(paid="void")
