"""Money lines that several kinds of quote share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from refill.domain.allowances import at_once
from refill.domain.calendars import boundary, wall_of
from refill.domain.money import say_money
from refill.domain.policies import Policy
from refill.domain.quotes.offer import GrantMove, Line, Recurring, add_tax
from refill.domain.quotes.shares import days_of, share_of_money, share_working
from refill.domain.quotes.situation import AddOnFacts, GrantFacts, OverdueFacts, PriceFacts, Situation
from refill.domain.taxes import Tax

ADD_ON_NAMES = {"seat": "further seat", "number": "further phone number"}


def unit_price(policy: Policy, kind: str, interval: str) -> int:
    """The price of one further seat or number for an interval, minor units."""
    return (policy.seat_price_minor if kind == "seat" else policy.number_price_minor).of(interval)


def included(price: PriceFacts, kind: str) -> int:
    """How many seats or numbers a price's plan includes."""
    return price.seats if kind == "seat" else price.numbers


def add_on_facts(
    price: PriceFacts | None, paid: Mapping[str, tuple[int, int]], *, seats: int, numbers: int | None
) -> tuple[AddOnFacts, AddOnFacts]:
    """Extras as they are paid for (now, at the renewal) and used at a price. `numbers` None: kept elsewhere."""
    (paid_numbers, numbers_then), (paid_seats, seats_then) = paid.get("number", (0, 0)), paid.get("seat", (0, 0))
    found = AddOnFacts("number", paid_numbers, numbers_then, numbers or 0, elsewhere=numbers is None)
    return _with_more(found, 0, price), AddOnFacts("seat", paid_seats, seats_then, seats)


def _with_more(add_on: AddOnFacts, change: int, price: PriceFacts | None) -> AddOnFacts:
    """The same with so many more from the next renewal on."""
    then = add_on.at_renewal + change
    in_use = add_on.in_use
    if add_on.elsewhere:
        in_use = (included(price, add_on.kind) if price else 0) + then if then else 0
    return replace(add_on, at_renewal=then, in_use=in_use)


def extras_after(add_on: AddOnFacts, old: PriceFacts, new: PriceFacts) -> int:
    """Extras that are billed at another price: those that are paid for, but for what another plan includes more; and,
    where it includes less, all in use beyond it (RULES §4.4). Nothing is dropped by itself."""
    if new.plan_id == old.plan_id:
        return add_on.at_renewal
    there = included(new, add_on.kind)
    return max(0, add_on.at_renewal - max(0, there - included(old, add_on.kind)), add_on.in_use - there)


def paid_for(situation: Situation, add_on: AddOnFacts) -> int:
    """Extras of which the rest can be credited: not those that nobody paid for, or whose money went back whole
    (RULES §4.6). What is overdue is paid by the same quote."""
    if situation.overdue:
        return add_on.quantity
    return min(add_on.quantity, sum(paid.quantity for paid in add_on.paid if paid.most_minor))


def period_lines(price: PriceFacts, add_ons: Iterable[tuple[str, int]], policy: Policy) -> tuple[Line, ...]:
    """A whole period: the plan and its paid extras. Renewal invoices and `recurring` are made from it."""
    lines = []
    if not price.is_free:
        each = "a month" if price.interval == "month" else "a year"
        lines.append(Line(price.label, price.amount_minor, f"{say_money(price.amount_minor, price.currency)} {each}"))
    for kind, quantity in add_ons:
        if quantity:
            unit = unit_price(policy, kind, price.interval)
            said = f"{quantity} {ADD_ON_NAMES[kind]}{'s' if quantity > 1 else ''}"
            lines.append(Line(said, unit * quantity, f"{quantity} × {say_money(unit, price.currency)}"))
    return tuple(lines)


def recurring(
    price: PriceFacts, add_ons: Iterable[tuple[str, int]], policy: Policy, tax: Tax, at: datetime
) -> Recurring | None:
    """What will be charged at the next boundary, tax included; nothing for a free plan without extras."""
    _, total = add_tax(period_lines(price, add_ons, policy), tax)
    return Recurring(total, price.interval, at) if total else None


def recurs(
    situation: Situation, price: PriceFacts, add_ons: Iterable[tuple[str, int]], at: datetime
) -> Recurring | None:
    """What a later boundary will charge, under the policies and taxes of the period that it begins."""
    return recurring(price, add_ons, situation.coming_policy, situation.next_tax or situation.tax, at)


def recurs_now(situation: Situation, kind: str = "", change: int = 0) -> Recurring | None:
    """What the next boundary charges with so many more extras of a kind; nothing where no boundary charges."""
    subscription = situation.subscription
    if subscription is None or subscription.period is None or subscription.cancel_at is not None:
        return None
    if situation.account_status not in ("active", "past_due") or subscription.status == "trialing":
        return None
    added = [_with_more(a, change if a.kind == kind else 0, subscription.price) for a in situation.add_ons]
    add_ons = [(a.kind, extras_after(a, subscription.price, subscription.next_price)) for a in added]
    return recurs(situation, subscription.next_price, add_ons, subscription.period.ends_at)


def next_boundary(situation: Situation, price: PriceFacts) -> datetime:
    """Where a period that begins now will end (RULES §3.1)."""
    wall = wall_of(situation.now, situation.zone)
    return boundary(wall, situation.zone, price.interval, 1, situation.now)


def overdue_line(overdue: OverdueFacts) -> Line:
    """What is owed of the period before the change, first of its lines (RULES §4.5)."""
    return Line(f"Overdue: {overdue.description}", overdue.amount_minor, "paid first")


def add_on_lines(
    situation: Situation, price: PriceFacts, changes: Iterable[tuple[str, int]], left: int, full: int
) -> list[Line]:
    """Extras added (or given back, below zero) for the rest of a period: rounded for one unit, then times quantity."""
    lines = []
    for kind, quantity in changes:
        if quantity:
            unit = unit_price(situation.policy, kind, price.interval)
            seconds = left
            if kind == "number" and quantity > 0:
                seconds = min(full, max(left, situation.policy.number_minimum_days * 86_400))
            one = share_of_money(unit, seconds, full)
            count, sign = abs(quantity), (1 if quantity > 0 else -1)
            said = f"{count} {ADD_ON_NAMES[kind]}{'s' if count > 1 else ''}"
            said += f", {days_of(seconds, full)}" if sign > 0 else f" now included, unused {days_of(seconds, full)}"
            amount, working = one * count, f"{count} × {share_working(unit, price.currency, seconds, full)}"
            if sign < 0 and not situation.overdue:
                left_minor = sum(add_on.left_minor for add_on in situation.add_ons if add_on.kind == kind)
                working += "; at most what is left of their payment" if left_minor < amount else ""
                amount = min(amount, left_minor)
            lines.append(Line(said, sign * amount, working))
    return lines


def allowance_move(
    policy: Policy, price: PriceFacts, credits: int, used: int, ends_at: datetime | None, note: str
) -> GrantMove:
    """A period's allowance as it is granted: dealt out by policy, less what was had of it before (RULES §3.4, §3.5)."""
    now = at_once(credits=credits, interval=price.interval, every=policy.allowance_every)
    said = note if now == credits else f"{note}: {now:,} of {credits:,} now, the rest month by month"
    return GrantMove(None, "allowance", 0, max(0, now - used), 0, ends_at, said)


def unchanged(grants: Iterable[GrantFacts]) -> list[GrantMove]:
    """Grants that have started, left as they are."""
    return [GrantMove(g.id, g.source, g.left, g.left, 0, g.ends_at) for g in grants if g.started]


def at_boundary(grants: Iterable[GrantFacts], at: datetime) -> list[GrantMove]:
    """Grants at a later boundary, as if nothing more were spent: just before it, and just after, when those that end
    with it are lost. What ends earlier is gone by then, what starts earlier is there."""
    moves = []
    for g in grants:
        # What has started is there, be it in this very second.
        if (g.starts_at > at and not g.started) or (g.ends_at is not None and g.ends_at < at):
            continue
        before = g.left if g.started or g.starts_at < at else 0
        after = 0 if g.ends_at is not None and g.ends_at <= at else g.left
        moves.append(GrantMove(g.id, g.source, before, after, max(0, before - after), g.ends_at))
    return moves
