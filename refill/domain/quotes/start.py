"""A new period begins now: first plan, free to paid, monthly to annual, coming back (RULES §4.5, §4.7, §4.8)."""

from __future__ import annotations

from refill.domain.calendars import add_months, local_instant, wall_of
from refill.domain.quotes.lines import (
    add_on_lines,
    allowance_move,
    extras_after,
    included,
    next_boundary,
    overdue_line,
    paid_for,
    period_lines,
    recurs,
    unchanged,
)
from refill.domain.quotes.offer import GrantMove, Line, Offer, add_tax, credited_by, never_below_zero
from refill.domain.quotes.shares import allowance_left, credit_of_period, time_left
from refill.domain.quotes.situation import PeriodFacts, PriceFacts, Situation


def free_allowance_due(situation: Situation) -> bool:
    """A zero-price allowance is granted at most once a month, whatever changes (RULES §4.8)."""
    last = situation.free_allowance_at
    if last is None:
        return True
    after = add_months(wall_of(last, situation.zone), 1)
    return situation.now >= local_instant(after, situation.zone)


def offer_start(situation: Situation, price: PriceFacts, *, kind: str) -> Offer:
    """Offer a period that begins now, at full price, with the full allowance; the old one is credited by use."""
    now, subscription = situation.now, situation.subscription
    ends_at = next_boundary(situation, price)
    living = subscription is not None and situation.account_status in ("active", "past_due")
    period = subscription.period if subscription is not None and living else None
    lines: list[Line] = []
    overdue = situation.overdue if living and not price.is_free else None
    if overdue:
        lines.append(overdue_line(overdue))
    add_ons = _extras(situation, price, period)
    lines += period_lines(price, add_ons, situation.coming_policy)
    credited = _credit_lines(situation, period, price)
    lines += credited
    old_left = allowance_left(situation.grants, period)
    moves = []
    for move in unchanged(situation.grants):
        grant = next(g for g in situation.grants if g.id == move.id)
        if period is not None and grant.source == "allowance" and grant.period_id == period.id:
            move = GrantMove(move.id, move.source, move.before, 0, move.before, now, "ends as the new period begins")
        moves.append(move)
    credits = price.credits if not price.is_free or free_allowance_due(situation) else 0
    # What an overdue period used in advance, and what its allowance makes up for, is accounted for as it is paid.
    owed = situation.advance_owed - (overdue.advance_used + overdue.older_advances if overdue else 0)
    used_before = 0 if price.is_free else min(credits, owed)
    credits -= used_before
    if credits:
        note = f"plan credits of {price.label}"
        if used_before:
            note += f", less {used_before:,} used in advance of a period that was not paid"
        moves.append(allowance_move(situation.coming_policy, price, credits, 0, ends_at, note))
    final = never_below_zero(lines)
    tax, due = add_tax(final, situation.tax)
    kinds = ["plan", *(a.kind for a in situation.add_ons if paid_for(situation, a))]
    warnings = []
    if subscription is not None and subscription.cancel_at is not None and living:
        warnings.append("The cancellation is lifted by this change.")
    if price.is_free and not credits:
        warnings.append("This plan's credits were granted within the last month; the next come with the next period.")
    title = price.label if subscription is None or not living else f"{subscription.price.label} → {price.label}"
    return Offer(
        kind=kind, title=title, effective_at=now, lines=final, tax_minor=tax, due_now_minor=due,
        recurring=recurs(situation, price, add_ons, ends_at), grants=tuple(moves),
        warnings=tuple(warnings),
        effect={
            "do": "start", "price": price.id, "credits": credits, "period": period.id if period else None,
            "used_before": used_before, "old_left": old_left if credited else None, "plan_minor": price.amount_minor,
            "add_ons": [[name, quantity] for name, quantity in add_ons],
            "overdue": overdue.order_id if overdue else None, "credited": credited_by(final, kinds if credited else []),
        },
    )  # fmt: skip


def _extras(situation: Situation, price: PriceFacts, period: PeriodFacts | None) -> tuple[tuple[str, int], ...]:
    """Who pays goes on with the extras; who did not, begins with those in use (RULES §4, Add-ons)."""
    old = situation.subscription
    if old is None or period is None or old.status == "trialing" or price.is_free:
        return tuple((a.kind, max(0, a.in_use - included(price, a.kind))) for a in situation.add_ons)
    return tuple((a.kind, extras_after(a, old.price, price)) for a in situation.add_ons)


def _credit_lines(situation: Situation, period: PeriodFacts | None, price: PriceFacts) -> list[Line]:
    """What is given back for the old period and its paid extras. Trials, free plans and new accounts: nothing."""
    subscription = situation.subscription
    if period is None or subscription is None or subscription.price.is_free or price.is_free:
        return []
    if subscription.status not in ("active", "past_due"):
        return []
    old = subscription.price
    left, full = time_left(period, situation.now)
    overdue = situation.overdue
    paid = period.paid_minor + (old.amount_minor if overdue else 0)
    allowance = allowance_left(situation.grants, period) + (overdue.credits if overdue else 0)
    credit = credit_of_period(
        price_minor=old.amount_minor, paid_minor=paid, left=left, full=full, allowance=allowance,
        most_held=period.most_held,
    )  # fmt: skip
    working = (
        f"the smaller of what was paid and the price × the smaller share left: {left:,} of {full:,} s, "
        f"{allowance:,} of {period.most_held:,} credits"
    )
    lines = [Line(f"{old.label}, unused", -credit, working)]
    changes = [(add_on.kind, -paid_for(situation, add_on)) for add_on in situation.add_ons]
    lines += [
        Line(line.description.replace(" now included", ""), line.amount_minor, line.working)
        for line in add_on_lines(situation, old, changes, left, full)
    ]
    return lines
