"""Packs, cancelling, coming back and paying what is overdue."""

from __future__ import annotations

from dataclasses import replace

from refill.domain.errors import Conflict, Invalid, NothingToDo
from refill.domain.money import say_money
from refill.domain.quotes.change import ENDED, target_price
from refill.domain.quotes.lines import allowance_move, at_boundary, recurs_now, unchanged
from refill.domain.quotes.offer import GrantMove, Line, Offer, add_tax
from refill.domain.quotes.situation import CLOSED, Situation
from refill.domain.quotes.start import offer_start
from refill.domain.records import QuoteRequest

MOST_PACKS = 1_000


def offer_credits(situation: Situation, request: QuoteRequest) -> Offer:
    """Packs: credits without an end, once the money is settled (RULES §5.1)."""
    pack = situation.packs.get(request.pack_id or 0)
    if pack is None or pack.withdrawn:
        raise Invalid("There is no such pack. GET /v1/packs lists those on offer.", param="pack")
    if pack.currency != situation.currency:
        raise Invalid(f"This account pays in {situation.currency.upper()}; choose a pack in it.", param="pack")
    if not 1 <= request.quantity <= MOST_PACKS:
        raise Invalid(f"Choose between 1 and {MOST_PACKS:,} packs.", param="quantity")
    if situation.account_status in CLOSED:
        raise Conflict("Choose a plan first: this account cannot spend credits now.")
    credits, amount = pack.credits * request.quantity, pack.amount_minor * request.quantity
    said = f"{credits:,} credits" if request.quantity == 1 else f"{request.quantity} × {pack.credits:,} credits"
    lines = (Line(said, amount, f"{request.quantity} × {say_money(pack.amount_minor, pack.currency)}"),)
    tax, due = add_tax(lines, situation.tax)
    moves = [*unchanged(situation.grants), GrantMove(None, "purchase", 0, credits, 0, None, "rolls over until used")]
    return Offer(
        kind="buy_credits", title=said, effective_at=situation.now, lines=lines, tax_minor=tax, due_now_minor=due,
        recurring=recurs_now(situation), grants=tuple(moves),
        effect={"do": "buy", "credits": credits, "pack": pack.id, "quantity": request.quantity},
    )  # fmt: skip


def offer_cancel(situation: Situation) -> Offer:
    """At the end of the period, free to undo until then (RULES §4.7)."""
    subscription = situation.subscription
    if subscription is None or situation.account_status in ("canceled", "purged", "incomplete"):
        raise NothingToDo("There is no plan to cancel.")
    if subscription.cancel_at is not None:
        raise NothingToDo("The plan is cancelled already; resume undoes it.")
    period = subscription.period
    is_paid = situation.account_status == "active"
    at = period.ends_at if period and is_paid else situation.now
    policy = situation.policy
    warnings = [
        f"Bought credits are kept for {policy.keep_purchased_months} months after the end; come back and use them.",
        f"Everything can be read for {policy.read_only_days} days; then texts and contacts are deleted.",
    ]
    if not is_paid:
        unpaid = "The renewal was not paid: the plan ends at once, and what is overdue is not charged any more."
        warnings.insert(0, unpaid)
    return Offer(
        kind="cancel", title=f"Cancel {subscription.price.label}", effective_at=at, lines=(), tax_minor=0,
        due_now_minor=0, recurring=None, grants=tuple(at_boundary(situation.grants, at)), warnings=tuple(warnings),
        effect={"do": "cancel", "period": period.id if period else None},
    )  # fmt: skip


def offer_return(situation: Situation, request: QuoteRequest) -> Offer:
    """Come back after the end: a new period at full price (RULES §4.7)."""
    returning = situation.account_status in ENDED
    if situation.subscription is not None and not returning:
        raise NothingToDo("The plan has not ended. To undo a cancellation, resume it; to change plan, change it.")
    return offer_start(situation, target_price(situation, request.price_id), kind="reactivate")


def offer_overdue(situation: Situation, request: QuoteRequest) -> Offer:
    """Pay what is overdue: the rest of this period, or a new one from now; once suspended, a new one (RULES §9.4)."""
    subscription, overdue = situation.subscription, situation.overdue
    if subscription is None or situation.account_status not in ("past_due", "suspended"):
        raise NothingToDo("Nothing is overdue.")
    if situation.account_status == "suspended" or request.new_period:
        fresh = offer_start(replace(situation, overdue=None), subscription.price, kind="pay_overdue")
        void = overdue.order_id if overdue else None
        return replace(fresh, effect={**fresh.effect, "old_left": None, "void": void})
    if overdue is None or subscription.period is None:
        raise NothingToDo("Nothing is overdue.")
    lines = (Line(overdue.description, overdue.amount_minor, "the renewal that was not paid"),)
    tax, due = add_tax(lines, situation.tax)
    moves = unchanged(situation.grants)
    if overdue.credits:
        ends_at = subscription.period.ends_at
        whole, used = overdue.credits + overdue.advance_used, overdue.advance_used
        move = allowance_move(situation.policy, subscription.price, whole, used, ends_at, "plan credits of this period")
        moves.append(move)
    return Offer(
        kind="pay_overdue", title=overdue.description, effective_at=situation.now, lines=lines, tax_minor=tax,
        due_now_minor=due, recurring=recurs_now(situation), grants=tuple(moves),
        effect={"do": "pay", "overdue": overdue.order_id, "period": overdue.period_id},
    )  # fmt: skip
