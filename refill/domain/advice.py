"""What would be best to do about credits: how long they last, and the next step, each with its arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from refill.domain.money import ceil_div, say_count

WEEK_DAYS, MONTH_DAYS, MOST_DAYS = 7, 30, 3_650
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Runway:
    """How long the credits last at the pace of the last seven days; `runs_out_at` None: nothing is used."""

    used_in_week: int
    days_left: int | None
    runs_out_at: datetime | None
    lasts_until_reset: bool
    working: str


def runway(*, available: int, used_in_week: int, now: datetime, resets_at: datetime | None) -> Runway:
    """Whole days, rounded down, at most ten years."""
    if used_in_week <= 0:
        said = "nothing was used in the last 7 days, so the credits last"
        return Runway(0, None, None, True, said)
    days = min(available * WEEK_DAYS // used_in_week, MOST_DAYS)
    runs_out_at = now + timedelta(seconds=min(available * WEEK_DAYS * _DAY_SECONDS // used_in_week,
                                              MOST_DAYS * _DAY_SECONDS))  # fmt: skip
    lasts = resets_at is not None and runs_out_at >= resets_at
    said = f"{say_count(available, 'credit')} ÷ ({used_in_week:,} in the last 7 days ÷ 7 days) = {_days(days)}"
    if resets_at is not None:
        said += f"; the plan refills in {_days((resets_at - now).days)}"
    return Runway(used_in_week, days, runs_out_at, lasts, said)


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count:,} days"


def shortage(*, available: int, used_in_week: int, now: datetime, resets_at: datetime | None) -> tuple[int, str]:
    """Credits that will be missing until the reset at this pace (without one: in 30 days), and how that comes about."""
    ends_at = resets_at or now + timedelta(days=MONTH_DAYS)
    seconds = max(0, int((ends_at - now).total_seconds()))
    need = ceil_div(used_in_week * seconds, WEEK_DAYS * _DAY_SECONDS)
    days = ceil_div(seconds, _DAY_SECONDS)
    short = max(0, need - available)
    said = f"{used_in_week:,} a week × {_days(days)} = {say_count(need, 'credit')} needed"
    return short, f"{said}; {available:,} are there: {short:,} short"


@dataclass(frozen=True, slots=True)
class Step:
    """A way to close the shortage: what it costs now, with tax, and how many credits it gives."""

    do: Literal["buy_credits", "change_plan"]
    id: int
    quantity: int
    credits: int
    due_now_minor: int
    words: str


def next_step(short: int, ways: Sequence[Step]) -> Step | None:
    """The cheapest way that closes the shortage, of equally cheap ones that with more credits; else the one that gives
    most. None where nothing is missing, or nothing is offered."""
    if short <= 0 or not ways:
        return None
    enough = [way for way in ways if way.credits >= short]
    if enough:
        return min(enough, key=lambda way: (way.due_now_minor, -way.credits, way.id))
    return max(ways, key=lambda way: (way.credits, -way.due_now_minor, -way.id))
