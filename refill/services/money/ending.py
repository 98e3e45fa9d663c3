"""How a subscription ends: at the end of its period, or at once (RULES §4.7)."""

from __future__ import annotations

from datetime import datetime

from refill.domain import calendars
from refill.ledger import balances
from refill.models import Account, Order, Period, Subscription
from refill.services import periods
from refill.services.money import beginning, dunning
from refill.services.money.situations import grants_of


def kept_until(account: Account, at: datetime) -> datetime:
    """Until when bought credits are kept after an end at this instant, as it is promised now."""
    months = periods.policy_in_force(account.pk).keep_purchased_months
    kept = calendars.add_months(calendars.wall_of(at, account.timezone), months)
    return calendars.local_instant(kept, account.timezone)


def bought_end_at(account_id: int) -> datetime | None:
    """When the credits end that were bought and are kept after the plan; none where there are none."""
    ends = [grant.ends_at for grant in grants_of(account_id) if grant.source in ("purchase", "recharge")]
    return max((at for at in ends if at is not None), default=None)


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
        # First this, while the ending period's policies are in force.
        balances.end_subscription(account.pk, subscription.pk, now)
        beginning.close_current(account.pk, now, "the plan was cancelled")
        for overdue in Order.objects.filter(account_id=account.pk, kind="renewal", status="declined"):
            dunning.give_up(overdue, now)
