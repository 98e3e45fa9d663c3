"""How a period's allowance is dealt out: at once, or month by month (RULES §3.4, policy allowance_every)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from refill.domain.calendars import Interval, boundary


@dataclass(frozen=True, slots=True)
class Slice:
    """Credits for one stretch of a period. `index` counts from 0 within the period."""

    index: int
    starts_at: datetime
    ends_at: datetime
    credits: int


def slices(
    *, credits: int, interval: Interval, every: str, anchor_wall: datetime, zone: str, months: int,
    starts_at: datetime, ends_at: datetime,
) -> tuple[Slice, ...]:  # fmt: skip
    """Return the stretches of the period that starts so many months after the anchor. Slices add up to the credits."""
    if every != "month" or interval == "month":
        return (Slice(0, starts_at, ends_at, credits),)
    cuts = [starts_at]
    cuts += [boundary(anchor_wall, zone, "month", months + month) for month in range(1, 12)]
    cuts.append(ends_at)
    return tuple(
        Slice(month, cuts[month], cuts[month + 1], credits * (month + 1) // 12 - credits * month // 12)
        for month in range(12)
    )


def at_once(*, credits: int, interval: Interval, every: str) -> int:
    """Credits of a period that are there as soon as it begins: all of them, or the first of twelve slices."""
    return credits if every != "month" or interval == "month" else credits // 12


def advance(*, credits: int, interval: Interval, percent: int) -> int:
    """Credits granted at a boundary before the renewal is paid: a share of one month's, rounded down (RULES §3.5)."""
    return credits * percent // (100 * (12 if interval == "year" else 1))
