"""What people are told by the calendar: a year's charge, a month's credits of a year, a trial's end, a card that
expires, a plan that has ended."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from refill.domain.records import BalanceRead
from refill.models import Account, Grant, PaymentMethod, Period, Subscription
from refill.services.entering import entered
from refill.services.money.notices import credits, money, plans
from refill.services.recording import emit

CARD_NOTICE = timedelta(days=30)
IN_USE = Q(is_default=True) | Q(is_recharge=True) | Q(is_backup=True)


def is_due(account_id: int, now: datetime) -> bool:
    """Whether there is anything to tell yet."""
    found = (_periods(account_id, now), _months(account_id, now), _cards(account_id, now), _ended(account_id))
    return any(rows.exists() for rows in found)


def tell(account_id: int) -> bool:
    """Tell what is due for one account, once; true when something was."""
    with entered(account_id) as balance:
        now = balance.at
        periods = list(_periods(account_id, now).select_related("subscription", "price__plan"))
        for period in periods:
            # What was cancelled meanwhile has been told when it was.
            if period.state == "current" and period.subscription.cancel_at is None:
                plans.period_ending(period, now)
        Period.objects.filter(pk__in=[period.pk for period in periods]).update(notice_at=None)
        months = list(_months(account_id, now).select_related("price__plan"))
        for period in months:
            _tell_of_month(period, balance)
        cards = list(_cards(account_id, now))
        for card in cards:
            money.card_expiring(card, now)
        PaymentMethod.objects.filter(pk__in=[card.pk for card in cards]).update(expiry_told_at=now)
        ended = list(_ended(account_id).select_related("price__plan"))
        account = Account.objects.get(pk=account_id)
        for subscription in ended:
            # Whoever came back before the worker did has a newer plan, and knows.
            if account.status == Account.Status.CANCELED:
                assert subscription.ended_at is not None
                emit(account_id, now, "subscription.canceled", effective_at=subscription.ended_at.isoformat())
                plans.ended(account, subscription, balance)
        Subscription.objects.filter(pk__in=[subscription.pk for subscription in ended]).update(end_told_at=now)
        return bool(periods or months or cards or ended)


def _tell_of_month(period: Period, balance: BalanceRead) -> None:
    """A month of a year's credits has begun: the newest one is told, where the worker was away for several."""
    waited = Grant.objects.filter(
        account_id=period.account_id, period_id=period.pk, source="allowance", cause__startswith="month-",
        starts_at__gt=F("created_at"),
    ).order_by("starts_at")  # fmt: skip
    begun = waited.filter(started=True, starts_at__lte=balance.at, ends_at__gt=balance.at).last()
    is_current = period.state == Period.State.CURRENT
    if is_current and begun is not None:
        credits.month_refilled(period, begun, balance)
    coming = waited.filter(started=False, starts_at__gt=balance.at).first()
    period.month_at = coming.starts_at if is_current and coming is not None else None
    period.save(update_fields=["month_at"])


def _months(account_id: int, now: datetime) -> QuerySet[Period]:
    return Period.objects.filter(account_id=account_id, month_at__lte=now)


def _periods(account_id: int, now: datetime) -> QuerySet[Period]:
    return Period.objects.filter(account_id=account_id, notice_at__lte=now)


def _ended(account_id: int) -> QuerySet[Subscription]:
    return Subscription.objects.filter(account_id=account_id, ended_at__isnull=False, end_told_at=None)


def _cards(account_id: int, now: datetime) -> QuerySet[PaymentMethod]:
    kept = PaymentMethod.objects.filter(IN_USE, account_id=account_id, removed_at=None, expiry_told_at=None)
    return kept.filter(expires_at__lte=now + CARD_NOTICE).order_by("pk")
