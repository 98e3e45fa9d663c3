"""Undo what is scheduled; resume what was cancelled. Free, so no quote (RULES §4.4, §4.7)."""

from __future__ import annotations

from refill.domain.errors import NothingToDo
from refill.domain.records import Actor
from refill.models import Subscription
from refill.services import periods
from refill.services.entering import entered
from refill.services.money.notices import plans
from refill.services.money.situations import price_facts
from refill.services.recording import audit, emit


def undo_scheduled_change(*, account_id: int, actor: Actor) -> None:
    """Keep the present plan. Raises NothingToDo when no change is scheduled."""
    with entered(account_id) as balance:
        subscription = _live(account_id)
        if subscription.scheduled_price is None:
            raise NothingToDo("No change of plan is scheduled.")
        before, plan = subscription.scheduled_price_id, price_facts(subscription.scheduled_price).label
        subscription.scheduled_price, subscription.scheduled_at, subscription.scheduled_by = None, None, ""
        subscription.save()
        periods.rewrite_ahead(account_id)
        audit(account_id, balance.at, actor, "subscription.change_undone", subject=str(subscription.pk), before=before)
        emit(account_id, balance.at, "subscription.change_undone", price=before)
        plans.undone(subscription, plan, balance.at)


def resume(*, account_id: int, actor: Actor) -> None:
    """Lift a cancellation that has not taken effect. Raises NothingToDo when there is none."""
    with entered(account_id) as balance:
        subscription = _live(account_id)
        if subscription.cancel_at is None:
            raise NothingToDo("The plan is not cancelled.")
        before = subscription.cancel_at.isoformat()
        subscription.cancel_at, subscription.cancel_asked_at, subscription.purchased_until = None, None, None
        subscription.save()
        periods.rewrite_ahead(account_id)
        audit(account_id, balance.at, actor, "subscription.resumed", subject=str(subscription.pk), before=before)
        emit(account_id, balance.at, "subscription.resumed")
        plans.resumed(subscription, balance.at)


def _live(account_id: int) -> Subscription:
    subscription = periods.live_subscription(account_id)
    if subscription is None:
        raise NothingToDo("There is no plan.")
    return subscription
