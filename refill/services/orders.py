"""Confirming a quote: the accepted quote becomes an order, once (RULES §4.2)."""

from __future__ import annotations

from datetime import datetime

from refill.domain.errors import ChargeInProgress, Conflict, NoCard, QuoteExpired, QuoteStale, Unknown
from refill.domain.records import Actor
from refill.models import Account, Charge, Order, PaymentMethod, Quote
from refill.services.entering import entered
from refill.services.money import charging, quotes, recharging, settling
from refill.services.money.card_testing import demand_few_declines
from refill.services.money.situations import changed_since, gather
from refill.services.places import numbers


def confirm(*, account_id: int, quote_id: int, actor: Actor, key: str) -> int:
    """Accept a quote and take the money quoted; return the order's id once its charge has been asked for.

    Again, with any key, it answers with the same order; after a definite decline a new key makes a new charge while
    the quote lives. Raises QuoteStale (naming what changed, with a fresh quote), QuoteExpired, ChargeInProgress,
    NoCard, ChargesPaused, Unknown, TooMany after declines; for a phone number that the carrier has no longer Conflict,
    and CarrierSilent.
    """
    charging.wait_for_others(account_id)
    _demand_number(account_id, quote_id)
    try:
        order_id, charge_id = _confirm(account_id, quote_id, actor, key)
    except ChargeInProgress:
        if not charging.in_flight(account_id):
            raise
        # Somebody else's confirm was quicker by a moment: what it changes decides about this one.
        charging.wait_for_others(account_id)
        order_id, charge_id = _confirm(account_id, quote_id, actor, key)
    if charge_id is not None:
        charging.send(charge_id)
    else:
        charging.wait_for_others(account_id)
    numbers.buy_waiting(account_id)
    return order_id


def _demand_number(account_id: int, quote_id: int) -> None:
    """A number that is gone by now is refused before money is taken for it; not one that this quote has just bought."""
    quote = Quote.objects.filter(account_id=account_id, pk=quote_id, kind="add_number").first()
    phone = quote.request.get("phone") if quote is not None else None
    going_on = Order.objects.filter(account_id=account_id, quote_id=quote_id).exclude(status=Order.Status.DECLINED)
    if phone is None or going_on.exists():
        return
    try:
        numbers.demand_offered(account_id, phone)
    except Conflict:
        if not going_on.exists():
            raise


def _confirm(account_id: int, quote_id: int, actor: Actor, key: str) -> tuple[int, int | None]:
    """Accept within one transaction; return the order, and the charge that is now to be sent."""
    stale: QuoteStale | None = None
    charge: Charge | None = None
    with entered(account_id) as balance:
        quote = Quote.objects.filter(account_id=account_id, pk=quote_id).first()
        if quote is None:
            raise Unknown("There is no such quote.", param="quote")
        order = Order.objects.filter(account_id=account_id, quote=quote).first()
        if order is not None and not _may_try_again(order, quote, key, balance.at):
            return order.pk, None
        if balance.at >= quote.expires_at:
            raise QuoteExpired("This quote is too old. Ask for a new one.", quote=None)
        request = quotes.request_of(quote)
        situation, basis = gather(Account.objects.get(pk=account_id), balance.at, request)
        changed = changed_since(quote.basis, basis, quote.kind)
        if situation.undecided and quote.kind != "buy_credits":
            raise ChargeInProgress("A charge of this subscription is being decided. Try again when it is.")
        if changed:
            fresh = quotes.store(account_id, balance.at, actor.label, request)
            said = "Something changed since this quote; look at the fresh one."
            stale = QuoteStale(said, changed=changed, quote=fresh.pk)
        elif quote.due_now_minor and situation.card is None:
            raise NoCard("Add a card first; nothing was charged.")
        else:
            if quote.due_now_minor:
                charging.refuse_while_paused(account_id)
            order = order or _accept(quote, actor, balance.at)
            charge = _charge_or_settle(order, quote, key, balance.at)
    if stale is not None:
        raise stale
    assert order is not None
    return order.pk, charge.pk if charge is not None else None


def act(*, account_id: int, order_id: int, outcome: str) -> None:
    """Play the customer's part of an order that needs action (sandbox). Raises Unknown, and Conflict if it does not."""
    with entered(account_id):
        order = Order.objects.filter(account_id=account_id, pk=order_id).first()
        if order is None:
            raise Unknown("There is no such order.", param="order")
        charge = Charge.objects.filter(account_id=account_id, order=order, state="needs_action").first()
        if charge is None:
            raise Conflict("This order does not wait for the customer.")
    charging.answer_action(charge.pk, outcome)
    numbers.buy_waiting(account_id)
    recharging.at_once(account_id)


def _may_try_again(order: Order, quote: Quote, key: str, now: datetime) -> bool:
    if order.status != Order.Status.DECLINED or now >= quote.expires_at:
        return False
    return not Charge.objects.filter(account_id=order.account_id, order=order, confirm_key=key).exists()


def _accept(quote: Quote, actor: Actor, now: datetime) -> Order:
    offer = quote.offer
    return Order.objects.create(
        account_id=quote.account_id, kind=quote.kind, quote=quote, status=Order.Status.PROCESSING,
        amount_minor=quote.due_now_minor, tax_minor=offer["tax_minor"], currency=quote.currency, plan=quote.plan,
        lines=offer["lines"], tax_lines=offer["tax_lines"], actor=actor.label, created_at=now,
    )  # fmt: skip


def _charge_or_settle(order: Order, quote: Quote, key: str, now: datetime) -> Charge | None:
    if order.amount_minor == 0:
        settling.settle_free(order, now)
        return None
    order.status = Order.Status.PROCESSING
    order.save(update_fields=["status"])
    card = PaymentMethod.objects.get(account_id=order.account_id, pk=quote.payment_method or 0)
    demand_few_declines(order.account_id, card, now)
    return charging.intend(order, card, now, key)
