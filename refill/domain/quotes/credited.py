"""What goes back for extras that are removed before their period ends, where the policy credits them (RULES §4,
Add-ons)."""

from __future__ import annotations

from datetime import timedelta

from refill.domain.money import half_up, say_money
from refill.domain.quotes.lines import ADD_ON_NAMES, unit_price
from refill.domain.quotes.offer import Line
from refill.domain.quotes.shares import days_of, share_of_money, share_working, time_left, whole_seconds
from refill.domain.quotes.situation import PaidExtras, PeriodFacts, PriceFacts, Situation
from refill.domain.records import AddOnKind


def credit_of_extras(
    situation: Situation, kind: AddOnKind, quantity: int, price: PriceFacts, period: PeriodFacts
) -> tuple[tuple[Line, ...], list[list[int]]]:
    """Return the lines, which add up to zero, and [order, extras, minor units with tax] of each payment that goes back.

    The last paid for goes first; the share is that of adding, rounded for one unit, then times quantity. A number keeps
    its least days. Nothing is ever due below zero: what is credited goes back to the card that paid it.
    """
    if situation.policy.add_on_removal != "credit":
        return (), []
    _, full = time_left(period, situation.now)
    unit, lines, back = unit_price(situation.policy, kind, price.interval), [], []
    for paid in situation.add_on(kind).paid:
        count = min(quantity, paid.quantity)
        seconds = _unused(situation, kind, paid, period)
        plain = share_of_money(unit, seconds, full) * count
        amount = min(paid.most_minor, half_up(plain * paid.total_minor, paid.lines_minor) if paid.lines_minor else 0)
        quantity -= count
        if amount <= 0:
            continue
        said = f"{count} {ADD_ON_NAMES[kind]}{'s' if count > 1 else ''} removed, unused {days_of(seconds, full)}"
        working = f"{count} × {share_working(unit, price.currency, seconds, full)}"
        if amount != plain:
            working += f"; {say_money(amount, price.currency)} as it was charged, with tax"
        lines.append(Line(said, -amount, working))
        back.append([paid.order_id, count, amount])
    if not back:
        return (), []
    total = sum(amount for _, _, amount in back)
    lines.append(Line("Goes back to the card that paid", total, "a credit note follows"))
    return tuple(lines), back


def _unused(situation: Situation, kind: str, paid: PaidExtras, period: PeriodFacts) -> int:
    used_until = situation.now
    if kind == "number" and paid.since is not None:
        used_until = max(used_until, paid.since + timedelta(days=situation.policy.number_minimum_days))
    return max(0, whole_seconds(period.ends_at - used_until))
