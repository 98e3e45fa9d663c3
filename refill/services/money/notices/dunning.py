"""Mails about a renewal that was not paid: each try, with what happens when (RULES §9.4)."""

from __future__ import annotations

from datetime import datetime, timedelta

from refill.models import Order
from refill.services import periods
from refill.services.mail import mails
from refill.services.money.notices.facts import card_words, last_charge, money_of
from refill.services.money.situations import default_card


def payment_failed(order: Order, now: datetime, *, may_try: bool) -> None:
    """A try of the ladder failed, or could not be made. `next_try_at` is the following one, the last one suspends.

    `may_try`: false after a decline that the network calls final, until there is another card.
    """
    assert order.period is not None
    days = periods.policy_of(order.period.policy).dunning_days
    charge, card = last_charge(order), default_card(order.account_id)
    starts_at = order.period.starts_at
    tries = [starts_at + timedelta(days=day) for day in days]
    coming = [at for at in tries if order.next_try_at is not None and at >= order.next_try_at]
    facts = {
        **money_of(order), "card": card_words(card), "reason": charge.decline_code if charge else "",
        "is_final": bool(charge and charge.decline_final) and not may_try, "has_card": card is not None,
        "tried_at": now, "next_try_at": order.next_try_at, "suspended_at": tries[-1],
        "tries": [{"try_at": at} for at in coming], "period_ends_at": order.period.ends_at,
    }  # fmt: skip
    kind = "payment_failed" if order.next_try_at is not None else "suspended"
    mails.post(
        kind=kind, account_id=order.account_id, at=now, to=None, facts=facts, once=f"{kind} {order.pk} {order.tries}"
    )  # fmt: skip
