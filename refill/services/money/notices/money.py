"""Mails about one order: paid, declined after all, waiting for the bank, too late."""

from __future__ import annotations

from datetime import datetime

from refill.ledger import balances
from refill.models import Account, Charge, Order, PaymentMethod
from refill.services import periods
from refill.services.mail import mails
from refill.services.money.notices.facts import card_words, coming, invoice_of, last_charge, money_of


def receipt(order: Order, charge: Charge, now: datetime) -> None:
    """What was paid, with which card, what it gave, and what comes next."""
    account_id = order.account_id
    current = periods.current_period(account_id)
    facts = {
        **money_of(order), **invoice_of(order), **coming(account_id), "do": order.plan["do"],
        "credits": order.plan.get("credits"), "card": card_words(charge.payment_method), "paid_at": now,
        "backup_for": _declined_before(order, charge), "available": balances.enter(account_id)[0].available,
        "ends_at": current.ends_at if current else None,
    }  # fmt: skip
    _post("receipt", order, now, facts)


def changed(order: Order, now: datetime) -> None:
    """A plan that a person chose and that cost nothing is there."""
    current = periods.current_period(order.account_id)
    facts = {
        **money_of(order), **coming(order.account_id), "available": balances.enter(order.account_id)[0].available,
        "ends_at": current.ends_at if current else None,
    }  # fmt: skip
    _post("plan_changed", order, now, facts)


def declined_after_all(order: Order, charge: Charge, now: datetime) -> None:
    """The bank had not answered while somebody waited; now it said no."""
    facts = {**money_of(order), "card": card_words(charge.payment_method), "reason": charge.decline_code}
    _post("declined_after_all", order, now, facts)


def needs_action(order: Order, now: datetime) -> None:
    """The bank wants the customer, who is not there: `until_at` is when we stop waiting."""
    charge = last_charge(order)
    facts = {
        **money_of(order), "do": order.plan["do"], "until_at": order.next_try_at,
        "card": card_words(charge.payment_method) if charge else "",
    }  # fmt: skip
    _post("needs_action", order, now, facts, f" {charge.pk}" if charge else "")


def settled_too_late(order: Order, charge: Charge, now: datetime) -> None:
    """Paid when it could not take effect any more: all of it goes back (RULES §4.11)."""
    _post("settled_too_late", order, now, {**money_of(order), "card": card_words(charge.payment_method)})


def undecided(order: Order, now: datetime) -> None:
    """A renewal that the bank says nothing about (RULES §3.5)."""
    charge = last_charge(order)
    facts = {**money_of(order), "card": card_words(charge.payment_method) if charge else ""}
    _post("payment_undecided", order, now, facts)


def card_expiring(card: PaymentMethod, now: datetime) -> None:
    """A card in use expires soon: which, when, what it pays, and the next charge that would meet it."""
    facts = {
        "card": card_words(card), "month": f"{card.exp_month:02}/{card.exp_year}", "expires_at": card.expires_at,
        "is_over": card.expires_at <= now, "is_default": card.is_default, "is_recharge": card.is_recharge,
        "is_backup": card.is_backup, **(coming(card.account_id) if card.is_default else {}),
        "currency": Account.objects.values_list("currency", flat=True).get(pk=card.account_id),
    }  # fmt: skip
    once = f"card_expiring {card.pk}"
    mails.post(kind="card_expiring", account_id=card.account_id, at=now, to=None, facts=facts, once=once)


def card_lost(card: PaymentMethod, parts: dict[str, bool], heir: PaymentMethod | None, now: datetime) -> None:
    """A card in use was taken away at the provider's: what it paid, and what pays that from now on, if anything."""
    is_paid_by_default = parts["is_default"] or parts["is_recharge"]
    facts = {
        "card": card_words(card), **parts, "heir": card_words(heir) if is_paid_by_default else "",
        **(coming(card.account_id) if parts["is_default"] else {}),
        "currency": Account.objects.values_list("currency", flat=True).get(pk=card.account_id),
    }  # fmt: skip
    mails.post(kind="card_lost", account_id=card.account_id, at=now, to=None, facts=facts, once=f"card_lost {card.pk}")


def _declined_before(order: Order, charge: Charge) -> str:
    """The card that was declined, where another one paid."""
    if order.kind != "recharge":
        return ""
    others = Charge.objects.filter(account_id=order.account_id, order=order, state="declined", pk__lt=charge.pk)
    other = others.exclude(payment_method_id=charge.payment_method_id).select_related("payment_method").last()
    return card_words(other.payment_method) if other else ""


def _post(kind: str, order: Order, now: datetime, facts: dict[str, object], which: str = "") -> None:
    mails.post(
        kind=kind, account_id=order.account_id, at=now, to=None, facts=facts, once=f"{kind} {order.pk}{which}"
    )  # fmt: skip
