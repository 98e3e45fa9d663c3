"""Changing plan: upgrades now, downgrades at the end of the period, new periods from now (RULES §4.3-4.8)."""

from __future__ import annotations

from refill.domain.errors import Conflict, Invalid, NothingToDo
from refill.domain.quotes import start
from refill.domain.quotes.lines import (
    ADD_ON_NAMES,
    add_on_lines,
    allowance_move,
    at_boundary,
    extras_after,
    included,
    overdue_line,
    paid_for,
    recurs,
    unchanged,
)
from refill.domain.quotes.offer import GrantMove, Line, Offer, add_tax, credited_by, never_below_zero
from refill.domain.quotes.shares import days_of, share_of_credits, share_of_money, share_working, time_left
from refill.domain.quotes.situation import CLOSED, PeriodFacts, PriceFacts, Situation, SubscriptionFacts

# Accounts whose plan has ended or stopped: any plan is a new beginning.
ENDED = (*CLOSED, "incomplete")


def target_price(situation: Situation, price_id: int | None) -> PriceFacts:
    """The price asked for. Refuses withdrawn ones, unless the account is on it, and other currencies."""
    price = situation.prices.get(price_id or 0)
    current = situation.subscription.price if situation.subscription else None
    if price is None or (price.withdrawn and (current is None or current.id != price.id)):
        raise Invalid("There is no such price. GET /v1/plans lists those on offer.", param="price")
    if price.currency != situation.currency:
        raise Invalid(f"This account pays in {situation.currency.upper()}; choose a price in it.", param="price")
    return price


def classify(situation: Situation, price: PriceFacts) -> str:
    """Say which rule of §4 a change follows: start, restart, upgrade or schedule."""
    subscription = situation.subscription
    if subscription is None or subscription.period is None or situation.account_status in ENDED:
        return "start"
    current = subscription.price
    if subscription.status in ("trialing", "incomplete"):
        return "start"
    if price.is_free:
        return "start" if subscription.status == "past_due" else "schedule"
    if current.is_free:
        return "start"
    if current.interval == price.interval:
        dearer = price.amount_minor > current.amount_minor
        same = price.amount_minor == current.amount_minor and price.credits >= current.credits
        if not (dearer or same):
            return "schedule"
        return "restart" if situation.policy.upgrade == "restart" else "upgrade"
    if current.interval == "month" and price.credits >= 12 * current.credits:
        return "restart"
    return "schedule"


def offer_change(situation: Situation, price_id: int | None) -> Offer:
    """Offer a change of plan. Raises Invalid for an unknown price, NothingToDo for the plan it is on."""
    price = target_price(situation, price_id)
    subscription = situation.subscription
    kind = classify(situation, price)
    if kind == "start":
        return start.offer_start(situation, price, kind="change_plan")
    assert subscription is not None
    assert subscription.period is not None
    if price.id == subscription.price.id:
        if subscription.cancel_at is not None:
            raise NothingToDo("This is the plan already. To keep it, resume the subscription: nothing to pay.")
        if subscription.scheduled is not None:
            raise NothingToDo("This is the plan already. To keep it, undo the scheduled change: nothing to pay.")
        raise NothingToDo("This is the plan already.")
    if kind == "restart":
        return start.offer_start(situation, price, kind="change_plan")
    if kind == "upgrade":
        return _offer_upgrade(situation, subscription, subscription.period, price)
    return _offer_schedule(situation, subscription, subscription.period, price)


def _warnings(situation: Situation, price: PriceFacts) -> list[str]:
    subscription = situation.subscription
    said = []
    if subscription is not None and subscription.cancel_at is not None:
        said.append("The cancellation is lifted by this change.")
    if subscription is not None and subscription.scheduled is not None and subscription.scheduled.id != price.id:
        said.append(f"The scheduled change to {subscription.scheduled.label} is replaced.")
    return said


def _offer_upgrade(
    situation: Situation, subscription: SubscriptionFacts, period: PeriodFacts, price: PriceFacts
) -> Offer:
    """At once: the difference for the rest of the period in money and credits; the date stays (RULES §4.3)."""
    current, now = subscription.price, situation.now
    left, full = time_left(period, now)
    whole = situation.policy.upgrade == "full_difference"
    money_left, money_full = (1, 1) if whole else (left, full)
    lines: list[Line] = [overdue_line(situation.overdue)] if situation.overdue else []
    said = "" if whole else f", {days_of(left, full)}"
    new = share_of_money(price.amount_minor, money_left, money_full)
    old = share_of_money(current.amount_minor, money_left, money_full)
    lines.append(Line(price.label + said, new, _working(price, whole, left, full)))
    lines.append(Line(f"{current.label}, unused{said[1:]}", -old, _working(current, whole, left, full)))
    kept, changes, credited = [], [], []
    for add_on in situation.add_ons:
        gained = max(0, included(price, add_on.kind) - included(current, add_on.kind))
        kept.append((add_on.kind, max(0, add_on.at_renewal - gained)))
        changes.append((add_on.kind, -min(add_on.quantity, gained)))
        credited.append((add_on.kind, -min(paid_for(situation, add_on), gained)))
    lines += add_on_lines(situation, current, credited, left, full)
    most = max(period.most_held, 0)
    more = max(0, price.credits - most) if whole else share_of_credits(price.credits - most, left, full)
    moves = unchanged(situation.grants)
    if situation.overdue and situation.overdue.credits:
        owed, used = situation.overdue.credits, situation.overdue.advance_used
        moves.append(allowance_move(situation.policy, current, owed + used, used, period.ends_at, "the overdue period"))
    if more:
        note = "the difference" if whole else f"{price.credits - most:,} more, for {days_of(left, full)}, rounded up"
        moves.append(GrantMove(None, "allowance", 0, more, 0, period.ends_at, note))
    final = never_below_zero(lines)
    tax, due = add_tax(final, situation.tax)
    return Offer(
        kind="change_plan", title=f"{current.label} → {price.label}", effective_at=now, lines=final, tax_minor=tax,
        due_now_minor=due,
        recurring=recurs(situation, price, kept, period.ends_at), grants=tuple(moves),
        warnings=tuple(_warnings(situation, price)),
        effect={
            "do": "upgrade", "price": price.id, "period": period.id, "credits": more,
            "most_held": max(most, price.credits), "plan_minor": max(0, new - old),
            "add_ons": [[kind, change] for kind, change in changes],
            "overdue": situation.overdue.order_id if situation.overdue else None,
            # The old plan's share is not among them: what it bought stays.
            "credited": credited_by(final, [kind for kind, quantity in credited if quantity]),
        },
    )  # fmt: skip


def _working(price: PriceFacts, whole: bool, left: int, full: int) -> str:
    if whole:
        return "the full price of a period"
    return share_working(price.amount_minor, price.currency, left, full)


def _offer_schedule(
    situation: Situation, subscription: SubscriptionFacts, period: PeriodFacts, price: PriceFacts
) -> Offer:
    """At the end of the period, free to undo until then (RULES §4.4)."""
    if situation.overdue:
        raise Conflict("Pay what is overdue first, then the plan can be changed for the next period.")
    scheduled, canceled = subscription.scheduled, subscription.cancel_at is not None
    if scheduled is not None and scheduled.id == price.id and not canceled:  # else it lifts the cancellation
        raise NothingToDo("This change is scheduled already.")
    warnings, add_ons = _warnings(situation, price), []
    for add_on in situation.add_ons:
        needed = extras_after(add_on, subscription.price, price)
        add_ons.append((add_on.kind, needed))
        if needed > add_on.at_renewal:
            noun = "seats" if add_on.kind == "seat" else "phone numbers"
            warnings.append(
                f"{price.plan_name} includes {included(price, add_on.kind)} {noun} and you use {add_on.in_use}: "
                f"{needed} are billed as extras from then. Remove those you do not need; nothing is deleted by itself."
            )
        elif needed and price.plan_id != subscription.price.plan_id:
            noun = f"{ADD_ON_NAMES[add_on.kind]}{'s' if needed > 1 else ''}"
            warnings.append(f"You pay for {needed} {noun} and keep them. Remove those you do not need.")
    moves = at_boundary(situation.grants, period.ends_at)
    note = f"plan credits of {price.label}"
    moves.append(allowance_move(situation.coming_policy, price, price.credits, 0, None, note))
    return Offer(
        kind="change_plan", title=f"{subscription.price.label} → {price.label}", effective_at=period.ends_at, lines=(),
        tax_minor=0, due_now_minor=0,
        recurring=recurs(situation, price, add_ons, period.ends_at),
        grants=tuple(moves), warnings=tuple(warnings),
        effect={"do": "schedule", "price": price.id, "period": period.id},
    )  # fmt: skip
