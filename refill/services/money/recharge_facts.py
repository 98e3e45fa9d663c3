"""What a recharge is decided from, read within the transaction that holds the account (RULES §5.3-5.6)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, Q, Sum

from refill.domain import calendars, recharge
from refill.domain.errors import InsufficientCredits
from refill.domain.money import say_count
from refill.domain.quotes.situation import CLOSED
from refill.domain.recharge import Rule, Standing
from refill.domain.records import BalanceRead
from refill.domain.taxes import Tax
from refill.models import Account, Charge, Order, PaymentMethod, Recharge
from refill.services import periods
from refill.services.invoicing import taxes


def rule_of(settings: Recharge) -> Rule:
    """What was agreed to. The pack is the very row that was agreed to, on sale or not."""
    pack = settings.pack
    return Rule(
        settings.threshold, pack.credits, pack.amount_minor, pack.currency, settings.max_per_day,
        settings.max_per_month_minor,
    )  # fmt: skip


def tax_of(account_id: int, now: datetime) -> Tax:
    """The tax that a purchase would be made with now."""
    return taxes.tax_of(account_id, periods.policy_in_force(account_id), now)


def cards_of(account_id: int) -> list[PaymentMethod]:
    """The card for recharges (else the default), then the backup."""
    cards = PaymentMethod.objects.filter(account_id=account_id, removed_at=None)
    marked = list(cards.filter(Q(is_recharge=True) | Q(is_default=True) | Q(is_backup=True)))
    first = [card for card in marked if card.is_recharge] or [card for card in marked if card.is_default]
    return first + [card for card in marked if card.is_backup and card not in first]


def mark_of(card: PaymentMethod) -> str:
    """What stays the same when the same card is added again."""
    return card.fingerprint or f"card {card.pk}"


def usable(cards: list[PaymentMethod], broken: list[dict[str, Any]]) -> list[PaymentMethod]:
    """Those on which the breaker is not open."""
    marks = {row["mark"] for row in broken}
    return [card for card in cards if mark_of(card) not in marks]


def open_order(account_id: int) -> Order | None:
    """The recharge that is undecided, or declined and to be tried again: one at most."""
    is_open = Q(status__in=["processing", "needs_action"]) | Q(status="declined", next_try_at__isnull=False)
    return Order.objects.filter(is_open, account_id=account_id, kind="recharge").first()


def used(account_id: int, zone: str, now: datetime) -> tuple[int, int, datetime, datetime]:
    """Return (count today, minor units this month, the day's end, the month's end), local; declines do not count."""
    day_starts_at, day_ends_at = calendars.local_day_bounds(now, zone)
    month_starts_at, month_ends_at = calendars.local_month_bounds(now, zone)
    charges = Charge.objects.filter(account_id=account_id, order__kind="recharge").exclude(state="declined")
    in_day = Q(created_at__gte=day_starts_at, created_at__lt=day_ends_at)
    in_month = Q(created_at__gte=month_starts_at, created_at__lt=month_ends_at)
    found = charges.filter(in_day | in_month).aggregate(
        count=Count("id", filter=in_day), total=Sum("amount_minor", filter=in_month)
    )
    return found["count"], found["total"] or 0, day_ends_at, month_ends_at


def standing_of(
    account: Account, balance: BalanceRead, required: int, broken: list[dict[str, Any]], *, is_open: bool
) -> Standing:
    """How the account stands now."""
    count, month_minor, day_ends_at, month_ends_at = used(account.pk, account.timezone, balance.at)
    cards = cards_of(account.pk)
    return Standing(
        available=balance.available, required=required, today_count=count, month_minor=month_minor,
        day_ends_at=day_ends_at, month_ends_at=month_ends_at, tax=tax_of(account.pk, balance.at),
        is_closed=balance.closed is not None or account.status in CLOSED, is_open=is_open,
        has_card=bool(cards), has_usable_card=bool(usable(cards, broken)),
    )  # fmt: skip


def state_of(account_id: int) -> dict[str, Any]:
    """What a refused debit is told: whether it is on, how it stands, and until when."""
    settings = Recharge.objects.filter(account_id=account_id, enabled=True).first()
    if settings is None:
        return {"enabled": False}
    order = open_order(account_id)
    state = recharge.state_of(True, order.status if order else None, settings.reason)
    until = order.next_try_at if order else settings.reason_until
    return {"enabled": True, "state": state, "until": until if state in ("capped", "retrying") else None}


def shortage(account_id: int, required: int, available: int) -> InsufficientCredits:
    """The refusal of a debit, with what auto-recharge is about to do."""
    said = f"{say_count(required, 'credit', 'are')} needed and {available:,} {'is' if available == 1 else 'are'} there."
    return InsufficientCredits(said, required=required, available=available, auto_recharge=state_of(account_id))


def wake(account_id: int, now: datetime, cause: str) -> None:
    """Have the balance looked at soon though nothing is debited."""
    Recharge.objects.filter(account_id=account_id, enabled=True).update(look_at=now, look_cause=cause)
