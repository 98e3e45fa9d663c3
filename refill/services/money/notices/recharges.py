"""Mails about auto-recharge: turned on, changed or off; failed, stopped, capped (RULES §5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from refill.domain.recharge import Decision, sentence
from refill.domain.records import Actor
from refill.models import Charge, Order, Recharge
from refill.services.mail import mails
from refill.services.money.notices.facts import actor_words, card_words, money_of
from refill.services.money.recharge_facts import cards_of, rule_of


def settings_changed(settings: Recharge, was: dict[str, Any] | None, actor: Actor, now: datetime) -> None:
    """The very sentence that was agreed to, by whom; or that it is off."""
    was_on = bool(was and was["enabled"])
    if not settings.enabled and not was_on:
        return
    cards = [card_words(card) for card in cards_of(settings.account_id)]
    facts = {
        "change": "off" if not settings.enabled else "changed" if was_on else "on",
        "sentence": sentence(rule_of(settings)), "by": actor_words(actor), "changed_at": now,
        "card": cards[0] if cards else "", "backup": cards[1] if len(cards) > 1 else "",
    }  # fmt: skip
    _post("recharge_settings", settings, now, facts, now.isoformat())


def failed(settings: Recharge, order: Order, charge: Charge, now: datetime, available: int) -> None:
    """No card paid; it is tried again at `next_try_at`, unless the balance is back by then."""
    facts = {**_decline(settings, order, charge, available), "next_try_at": order.next_try_at}
    _post("recharge_failed", settings, now, facts, f"{charge.pk}")


def breaker_open(settings: Recharge, order: Order, charge: Charge, now: datetime, available: int) -> None:
    """Declined for the last time: nothing is tried until a person or a new card comes (RULES §5.6)."""
    facts = {**_decline(settings, order, charge, available), "why_stopped": "declined", "final": charge.decline_final}
    _post("recharge_stopped", settings, now, facts, f"{charge.pk}")


def no_card(settings: Recharge, now: datetime, available: int) -> None:
    """It would buy now, and there is nothing to pay with."""
    facts = {"why_stopped": "no_card", **_rule(settings, available)}
    _post("recharge_stopped", settings, now, facts, now.isoformat())


def capped(settings: Recharge, now: datetime, decision: Decision, cap: str, ends_at: datetime, available: int) -> None:
    """A cap keeps it from buying: which one, until when, and what would be needed (RULES §5.4)."""
    facts = {
        **_rule(settings, available), "cap": cap, "reason": decision.reason, "ends_at": ends_at,
        "max_per_day": settings.max_per_day, "max_per_month_minor": settings.max_per_month_minor,
        "needed_minor": decision.total_minor,
    }  # fmt: skip
    _post("recharge_capped", settings, now, facts, f"{decision.reason} {ends_at.isoformat()} {now.isoformat()}")


def _decline(settings: Recharge, order: Order, charge: Charge, available: int) -> dict[str, Any]:
    return {
        **money_of(order), **_rule(settings, available), "card": card_words(charge.payment_method),
        "decline": charge.decline_code,
    }  # fmt: skip


def _rule(settings: Recharge, available: int) -> dict[str, Any]:
    return {
        "available": available, "threshold": settings.threshold, "sentence": settings.consent,
        "currency": settings.pack.currency,
    }  # fmt: skip


def _post(kind: str, settings: Recharge, now: datetime, facts: dict[str, Any], which: str) -> None:
    once = f"{kind} {settings.account_id} {which}"
    mails.post(kind=kind, account_id=settings.account_id, at=now, to=None, facts=facts, once=once)
