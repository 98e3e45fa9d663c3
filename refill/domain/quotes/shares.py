"""Shares of a period in time and credits, and the sums made from them (RULES §4.3, §4.5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction

from refill.domain.money import ceil_div, floor_div, half_up, say_money
from refill.domain.quotes.situation import GrantFacts, PeriodFacts

DAY_SECONDS = 86_400


def whole_seconds(span: timedelta) -> int:
    """Seconds of a span, what is below one cut off."""
    return span.days * DAY_SECONDS + span.seconds


def time_left(period: PeriodFacts, now: datetime) -> tuple[int, int]:
    """Return (seconds left, seconds of the full period); never below zero."""
    left = max(0, whole_seconds(period.ends_at - now))
    return left, max(1, whole_seconds(period.full_ends_at - period.starts_at))


def share_of_money(amount_minor: int, left: int, full: int) -> int:
    """A price for the rest of the period, rounded half up to the minor unit (RULES §4.3)."""
    return half_up(amount_minor * left, full)


def share_of_credits(credits: int, left: int, full: int) -> int:
    """Further credits for the rest of the period, rounded up, never below zero (RULES §4.3)."""
    return max(0, ceil_div(credits * left, full))


def allowance_left(grants: tuple[GrantFacts, ...], period: PeriodFacts | None) -> int:
    """What is left of the period's allowance; held credits count as spent."""
    if period is None:
        return 0
    return sum(g.left for g in grants if g.source == "allowance" and g.period_id == period.id)


def credit_of_period(*, price_minor: int, paid_minor: int, left: int, full: int, allowance: int, most_held: int) -> int:
    """The smaller of what was paid and price × min(share of time, share of allowance), rounded down (RULES §4.5)."""
    share = Fraction(left, full)
    if most_held > 0:
        share = min(share, Fraction(allowance, most_held))
    worth = price_minor * share
    return max(0, min(paid_minor, floor_div(worth.numerator, worth.denominator)))


def in_days(seconds: int) -> str:
    """12 of 31 days, said in the largest unit that is exact enough to read."""
    days, rest = divmod(seconds, DAY_SECONDS)
    if days == 0:
        return f"{seconds // 3600} h" if seconds >= 3600 else f"{seconds // 60} min"
    return f"{days + (1 if rest * 2 >= DAY_SECONDS else 0)}"


def days_of(left: int, full: int) -> str:
    """12 of 31 days."""
    return f"{in_days(left)} of {in_days(full)} days"


def share_working(amount_minor: int, currency: str, left: int, full: int) -> str:
    """$75.00 × 1,036,800 s ÷ 2,678,400 s."""
    return f"{say_money(amount_minor, currency)} × {left:,} s ÷ {full:,} s"
