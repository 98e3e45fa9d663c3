"""Further seats and phone numbers: added for the rest of the period, removed at the renewal (RULES §4, Add-ons)."""

from __future__ import annotations

from typing import Any

from refill.domain.errors import Conflict, Invalid
from refill.domain.quotes.credited import credit_of_extras
from refill.domain.quotes.lines import ADD_ON_NAMES, add_on_lines, included, recurs_now, unchanged
from refill.domain.quotes.offer import Offer, add_tax
from refill.domain.quotes.shares import time_left
from refill.domain.quotes.situation import PeriodFacts, Situation, SubscriptionFacts
from refill.domain.records import AddOnKind, QuoteRequest

MOST_EXTRAS = 1_000


def offer_extras(situation: Situation, request: QuoteRequest) -> Offer:
    """Further seats or numbers for the rest of the period, then with each renewal.

    A phone number that is named takes a place that is free, in the plan or paid for; only without one it costs.
    """
    kind: AddOnKind = "number" if request.kind == "add_number" else "seat"
    if not 1 <= request.quantity <= MOST_EXTRAS:
        raise Invalid(f"Choose between 1 and {MOST_EXTRAS:,}.", param="quantity")
    if request.phone is not None:
        return _offer_phone(situation, request)
    subscription, period = _demand_paid(situation)
    named = f"{request.quantity} {ADD_ON_NAMES[kind]}{'s' if request.quantity > 1 else ''}"
    return _offer(situation, request, subscription, period, kind, named, request.quantity, request.quantity, {})


def _offer_phone(situation: Situation, request: QuoteRequest) -> Offer:
    if request.quantity != 1:
        raise Invalid("A number that is named is bought alone.", param="quantity")
    if situation.phone_taken:
        raise Conflict("Somebody else has this number by now. Choose another.", param="number")
    subscription = situation.subscription
    if subscription is None or subscription.period is None or situation.account_status != "active":
        raise Conflict("Phone numbers need an active plan that is paid.")
    add_on = situation.add_on("number")
    there = included(subscription.price, "number")
    is_free = there + add_on.quantity > situation.numbers_held
    if not is_free:
        _demand_paid(situation)
    # A place that ends with the period is kept instead: it would be paid for anew from then on.
    kept = 1 if is_free and there + add_on.at_renewal <= situation.numbers_held else 0
    more = {"phone": request.phone, "phone_kind": request.phone_kind, "inbox": request.inbox_id, "kept": kept}
    charged, recurs = (0, kept) if is_free else (1, 1)
    return _offer(
        situation, request, subscription, subscription.period, "number", f"Phone number {request.phone}", charged,
        recurs, more,
    )  # fmt: skip


def _offer(
    situation: Situation, request: QuoteRequest, subscription: SubscriptionFacts, period: PeriodFacts, kind: AddOnKind,
    title: str, charged: int, recurs: int, more: dict[str, Any],
) -> Offer:  # fmt: skip
    left, full = time_left(period, situation.now)
    lines = tuple(add_on_lines(situation, subscription.price, [(kind, charged)], left, full))
    tax, due = add_tax(lines, situation.tax)
    return Offer(
        kind=request.kind, title=title, effective_at=situation.now, lines=lines, tax_minor=tax, due_now_minor=due,
        recurring=recurs_now(situation, kind, recurs),
        grants=tuple(unchanged(situation.grants)),
        effect={"do": "extras", "kind": kind, "quantity": charged, "period": period.id, **more},
    )  # fmt: skip


def offer_fewer_extras(situation: Situation, request: QuoteRequest) -> Offer:
    """Remove paid extras: at the renewal, free to undo until then; or, where the policy credits them and something of
    them is paid for and unused, now. What is in use is not removed by itself."""
    kind: AddOnKind = request.add_on or "seat"
    add_on = situation.add_on(kind)
    subscription = situation.subscription
    period = subscription.period if subscription else None
    if subscription is None or period is None:
        raise Conflict("There is no plan, so there are no extras.")
    # What ends at the renewal anyway can still be credited.
    ending = add_on.quantity - add_on.at_renewal if situation.policy.add_on_removal == "credit" else 0
    if not 1 <= request.quantity <= add_on.at_renewal + ending:
        raise Invalid(f"There are {add_on.at_renewal + ending} to remove.", param="quantity")
    held = situation.numbers_held if kind == "number" else add_on.in_use
    spare = included(subscription.price, kind) + add_on.at_renewal + ending - held
    if request.quantity > spare:
        what = "seats are free: remove members" if kind == "seat" else "numbers are unused: delete numbers"
        raise Conflict(f"{max(0, spare)} {what} first, then what they leave.", param="quantity")
    lines, back = credit_of_extras(situation, kind, request.quantity, subscription.price, period)
    if not back and request.quantity > add_on.at_renewal:
        raise Invalid(f"There are {add_on.at_renewal} to remove.", param="quantity")
    fewer = max(0, request.quantity - ending) if back else request.quantity
    return Offer(
        kind="remove_add_on",
        title=f"Remove {request.quantity} {ADD_ON_NAMES[kind]}{'s' if request.quantity > 1 else ''}",
        effective_at=situation.now if back else period.ends_at, lines=lines, tax_minor=0, due_now_minor=0,
        recurring=recurs_now(situation, kind, -fewer),
        grants=tuple(unchanged(situation.grants)),
        effect={
            "do": "fewer_extras", "kind": kind, "quantity": fewer, "period": period.id,
            **({"now": request.quantity, "back": back} if back else {}),
        },
    )  # fmt: skip


def _demand_paid(situation: Situation) -> tuple[SubscriptionFacts, PeriodFacts]:
    subscription = situation.subscription
    if subscription is None or subscription.period is None or situation.account_status != "active":
        raise Conflict("Extras need an active plan that is paid.")
    if subscription.status == "trialing":
        raise Conflict("Extras need a paid plan; choose one first.")
    return subscription, subscription.period
