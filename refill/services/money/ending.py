"""How a subscription ends: at the end of its period, or at once (RULES §4.7)."""

from __future__ import annotations

from datetime import datetime

from refill.domain import calendars
from refill.ledger import balances
from refill.models import Account, Order, Period, Subscription
from refill.services import periods
from refill.services.money import beginning, dunning


def kept_until(account: Account, at: datetime) -> datetime:
    """Until when bought credits are kept after an end at this instant."""
    months = periods.policy_of(periods.latest_policy()).keep_purchased_months
    kept = calendars.add_months(calendars.wall_of(at, account.timezone), months)
    return calendars.local_instant(kept, account.timezone)


def cancel(account: Account, subscription: Subscription, now: datetime, *, at_once: bool) -> None:
    """End the subscription with its period, or now. The account is locked."""
    current = periods.current_period(account.pk)
    at = now if at_once or current is None else current.ends_at
    subscription.cancel_at, subscription.cancel_asked_at = at, now
    subscription.purchased_until = kept_until(account, at)
    # What ends at once is told by the deed itself.
    subscription.end_told_at = now if at == now else None
    subscription.save()
    Period.objects.filter(account_id=account.pk, state="upcoming").delete()
    if at == now:
        beginning.close_current(account.pk, now, "the plan was cancelled")
        for overdue in Order.objects.filter(account_id=account.pk, kind="renewal", status="declined"):
            dunning.give_up(overdue, now)
        balances.end_subscription(account.pk, subscription.pk, now)
