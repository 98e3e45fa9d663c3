"""Mails about the plan: what is scheduled, undone, cancelled, coming."""

from __future__ import annotations

from datetime import datetime, timedelta

from refill.domain.records import BalanceRead
from refill.models import Account, Order, Period, Subscription
from refill.services import periods
from refill.services.mail import mails
from refill.services.money.notices.facts import card_words, coming
from refill.services.money.situations import default_card, price_facts


def scheduled(order: Order, subscription: Subscription, now: datetime) -> None:
    """Another plan from the next boundary on; nothing changes until then (RULES §4.4)."""
    current = periods.current_period(order.account_id)
    assert subscription.scheduled_price is not None
    assert current is not None
    facts = {
        "plan": price_facts(subscription.price).label, "to_plan": price_facts(subscription.scheduled_price).label,
        "starts_at": current.ends_at, **coming(order.account_id), "currency": order.currency,
    }  # fmt: skip
    _post("plan_scheduled", order.account_id, now, facts, f"{order.pk}")


def undone(subscription: Subscription, plan: str, now: datetime) -> None:
    """The scheduled change is off: the present plan stays."""
    facts = {
        "plan": price_facts(subscription.price).label, "to_plan": plan, **coming(subscription.account_id),
        "currency": subscription.price.currency,
    }  # fmt: skip
    _post("plan_undone", subscription.account_id, now, facts, f"{subscription.pk} {now.isoformat()}")


def canceled(order: Order, subscription: Subscription, now: datetime) -> None:
    """It ends then; what can be read until when, and how long bought credits are kept (RULES §4.7)."""
    assert subscription.cancel_at is not None
    periods_begun = Period.objects.filter(subscription=subscription).exclude(state="upcoming")
    last = periods_begun.select_related("policy").order_by("-index")[0]
    read_only = timedelta(days=periods.policy_of(last.policy).read_only_days)
    facts = {
        "plan": price_facts(subscription.price).label, "cancel_at": subscription.cancel_at,
        "is_over": subscription.cancel_at <= now, "purge_at": subscription.cancel_at + read_only,
        "kept_until_at": subscription.purchased_until,
    }  # fmt: skip
    _post("canceled", order.account_id, now, facts, f"{order.pk}")


def ended(account: Account, subscription: Subscription, balance: BalanceRead) -> None:
    """It has ended, as was said: what can still be read, which credits are kept, and how to come back."""
    facts: dict[str, object] = {
        "plan": price_facts(subscription.price).label, "ended_at": subscription.ended_at,
        "is_trial": subscription.cancel_asked_at is None, "purge_at": account.purge_at,
        "bought": balance.purchased_left, "kept_until_at": subscription.purchased_until,
    }  # fmt: skip
    _post("plan_ended", account.pk, balance.at, facts, f"{subscription.pk}")


def resumed(subscription: Subscription, now: datetime) -> None:
    """The cancellation is lifted: it goes on as before."""
    facts = {
        "plan": price_facts(subscription.price).label, **coming(subscription.account_id),
        "currency": subscription.price.currency,
    }  # fmt: skip
    _post("plan_resumed", subscription.account_id, now, facts, f"{subscription.pk} {now.isoformat()}")


def period_ending(period: Period, now: datetime) -> None:
    """A year is about to be charged, or a trial to end without a charge."""
    subscription = period.subscription
    is_trial = subscription.status == "trialing"
    facts = {
        "plan": price_facts(period.price).label, "ends_at": period.ends_at, **coming(period.account_id),
        "currency": period.price.currency, "card": card_words(default_card(period.account_id)),
    }  # fmt: skip
    if not is_trial and "next_minor" not in facts:
        return
    _post("trial_ending" if is_trial else "renewal_coming", period.account_id, now, facts, f"{period.pk}")


def _post(kind: str, account_id: int, now: datetime, facts: dict[str, object], which: str) -> None:
    mails.post(kind=kind, account_id=account_id, at=now, to=None, facts=facts, once=f"{kind} {which}")
