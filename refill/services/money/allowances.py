"""Allowance grants: once for each (subscription, period, cause), never more than was paid for (RULES §3, §4.6)."""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.db.models import F

from refill.domain.allowances import Slice, at_once, slices
from refill.ledger import grants
from refill.models import Grant, Order, Period, Subscription
from refill.services import periods
from refill.services.money.situations import advance_grants


def grant_period(account_id: int, subscription: Subscription, period: Period, credits: int, less: int) -> None:
    """Grant a period's allowance, dealt out by policy, less what was had of it before (advance, use after a quote)."""
    dealt = _dealt(subscription, period, credits)
    if len(dealt) > 1:
        period.month_at = dealt[1].starts_at
        period.save(update_fields=["month_at"])
    for part in dealt:
        taken = min(less, part.credits)
        less -= taken
        if part.credits > taken:
            grants.grant(
                account_id, source="allowance", credits=part.credits - taken,
                starts_at=None if part.index == 0 else part.starts_at, ends_at=part.ends_at,
                subscription_id=subscription.pk, period_id=period.pk,
                cause="period" if part.index == 0 else f"month-{part.index}", reason="plan credits",
            )  # fmt: skip


def _dealt(subscription: Subscription, period: Period, credits: int) -> tuple[Slice, ...]:
    return slices(
        credits=credits, interval=periods.interval_of(period.price),
        every=periods.policy_of(period.policy).allowance_every, anchor_wall=periods.anchor_wall(subscription),
        zone=subscription.anchor_zone, months=period.months, starts_at=period.starts_at, ends_at=period.ends_at,
    )  # fmt: skip


def grant_rest(account_id: int, subscription: Subscription, period: Period) -> None:
    """The period is paid: its allowance, less what its own advance still is or was used for, less older debts."""
    less, ends_at = 0, _dealt(subscription, period, period.credits)[0].ends_at
    with connection.cursor() as cursor:
        cursor.execute(
            """select id, amount - revoked from refill_grant
                where account_id = %s and period_id = %s and source = 'allowance' and cause = 'advance'""",
            [account_id, period.pk],
        )
        for grant_id, had in cursor.fetchall():
            less += had
            grants.restore(account_id, grant_id, ends_at)
    less += settle_advances(account_id, max(0, period.credits - less))
    grant_period(account_id, subscription, period, period.credits, less)


def settle_advances(account_id: int, up_to: int) -> int:
    """Account for what unpaid periods gave in advance, the oldest first, by so many credits of the allowance that is
    granted now; what it does not cover waits for the next one (RULES §4.6). Return the credits accounted for."""
    left = up_to
    for period_id, _, owed in advance_grants(account_id):
        taken = min(left, owed)
        left -= taken
        Period.objects.filter(account_id=account_id, pk=period_id).update(
            advance_made_up=F("advance_made_up") + taken, advance_settled=taken == owed
        )
    return up_to - left


def grant_more(account_id: int, subscription: Subscription, period: Period, credits: int, order: Order) -> None:
    """The difference that an upgrade paid for, to the end of the period."""
    grants.grant(
        account_id, source="allowance", credits=credits, ends_at=period.ends_at, subscription_id=subscription.pk,
        period_id=period.pk, cause=f"upgrade-{order.pk}", reason="upgrade", actor=order.actor,
    )  # fmt: skip


def coming(account_id: int, resets_at: datetime) -> int:
    """Return the credits that the next reset brings: the year's next month, or what the next period begins with."""
    months = Grant.objects.filter(account_id=account_id, source="allowance", started=False, starts_at=resets_at)
    if (month := months.first()) is not None:
        return month.amount
    following = Period.objects.select_related("price", "policy").filter(account_id=account_id, state="upcoming")
    if (period := following.order_by("index").first()) is None:
        return 0
    every = periods.policy_of(period.policy).allowance_every
    return at_once(credits=period.credits, interval=periods.interval_of(period.price), every=every)
