"""Renewals: the period that is current now is charged once; each failed one follows its ladder (RULES §3.5, §9.4)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta

from refill.domain.quotes.lines import extras_after, period_lines
from refill.domain.quotes.offer import add_tax, tax_lines_of
from refill.domain.records import BalanceRead
from refill.models import AddOn, Charge, Order, Period
from refill.services import periods
from refill.services.entering import entered
from refill.services.invoicing import invoices, taxes
from refill.services.money import charging, dunning, effects
from refill.services.money.notices import credits, money
from refill.services.money.situations import add_ons_of, default_card, price_facts
from refill.services.recording import emit


def bill_current(account_id: int) -> bool:
    """Bill the current period if nobody has; true when there was something to do."""
    with entered(account_id) as balance:
        period = (
            Period.objects.select_related("price__plan", "policy")
            .filter(account_id=account_id, state="current", billed=False)
            .first()
        )
        if period is None:
            return False
        charge = _bill(period, balance)
        periods.store_ahead(account_id)
    if charge is not None:
        charging.send(charge.pk)
    return True


def _bill(period: Period, balance: BalanceRead) -> Charge | None:
    """Make the renewal's order, invoice and intent. A free period without extras costs nothing and is done."""
    account_id, now = period.account_id, balance.at
    period.billed = True
    period.save(update_fields=["billed"])
    add_ons = _renew_extras(period)
    policy = periods.policy_of(period.policy)
    lines = period_lines(price_facts(period.price), add_ons, policy)
    tax = taxes.tax_of(account_id, policy, now)
    tax_minor, total = add_tax(lines, tax)
    if total == 0:
        effects.resume(period, now)
        emit(account_id, now, "subscription.renewed", period=period.pk)
        credits.refilled(period, balance)
        return None
    if period.paid == "free":
        # Of a zero-price plan the extras are to be paid.
        period.paid = "unpaid"
        period.save(update_fields=["paid"])
    card = default_card(account_id)
    order = Order.objects.create(
        account_id=account_id, kind="renewal", period=period, status="processing", amount_minor=total,
        tax_minor=tax_minor, currency=period.price.currency,
        plan={"do": "renew", "period": period.pk, "price": period.price_id},
        lines=[asdict(line) for line in lines], tax_lines=[asdict(line) for line in tax_lines_of(lines, tax)],
        actor="refill", created_at=now,
        next_try_at=now + timedelta(hours=policy.undecided_hours),
    )  # fmt: skip
    invoices.finalize(order, now)
    if card is None:
        _no_card(order, now)
        return None
    return charging.intend(order, card, now)


def _renew_extras(period: Period) -> list[tuple[str, int]]:
    """What removals left, and what another plan makes of it, is paid for from now on: by kind, how many."""
    last = Period.objects.select_related("price__plan").filter(
        subscription_id=period.subscription_id, index__lt=period.index
    )
    price = price_facts(period.price)
    before = last.exclude(state="skipped").order_by("-index").first()
    old = price_facts(before.price) if before else price
    found = [(add_on.kind, extras_after(add_on, old, price)) for add_on in add_ons_of(period.account_id, old)]
    for kind, quantity in found:
        AddOn.objects.update_or_create(
            account_id=period.account_id, kind=kind,
            defaults={"quantity": quantity, "quantity_at_renewal": quantity},
        )  # fmt: skip
    return list(found)


def follow_up(order_id: int) -> bool:
    """An order's time has come: give up waiting, or try again. True when something was done."""
    account_id = Order.objects.values_list("account_id", flat=True).get(pk=order_id)
    given_up: int | None = None
    charge: Charge | None = None
    with entered(account_id) as balance:
        order = Order.objects.select_related("period__policy").get(pk=order_id)
        if order.next_try_at is None or order.next_try_at > balance.at:
            return False
        open_charge = Charge.objects.filter(account_id=account_id, order=order, state__in=Charge.UNDECIDED).first()
        if open_charge is not None and open_charge.state == "needs_action":
            given_up = open_charge.pk
            # Decided, it is due no more. Should the provider not answer, or we die, it is given up again.
            order.next_try_at = balance.at + timedelta(hours=charging.GIVE_UP_AGAIN_HOURS)
        elif order.period is None or order.period.state != "current":
            order.next_try_at = None
            dunning.give_up(order, balance.at)
        elif open_charge is not None:
            order.next_try_at = None
            dunning.mark_past_due(order, balance.at)
            money.undecided(order, balance.at)
        else:
            charge = _try_again(order, balance.at)
        order.save()
    if given_up is not None:
        charging.cancel(given_up)
    if charge is not None:
        charging.send(charge.pk)
    return True


def _try_again(order: Order, now: datetime) -> Charge | None:
    card = default_card(order.account_id)
    if card is None or not dunning.may_try(order):
        _no_card(order, now)
        return None
    order.status = Order.Status.PROCESSING
    assert order.period is not None
    order.next_try_at = now + timedelta(hours=periods.policy_of(order.period.policy).undecided_hours)
    return charging.intend(order, card, now)


def _no_card(order: Order, now: datetime) -> None:
    """Nothing to charge, or nothing that may be charged: counts as a try that failed."""
    order.status = Order.Status.DECLINED
    dunning.mark_past_due(order, now)
    dunning.plan_next_try(order, now)
    order.save()
