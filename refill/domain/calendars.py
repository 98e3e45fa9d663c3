"""Boundaries of billing periods, local days and local months, as UTC instants (RULES §3.1, §3.2).

All instants are whole seconds. A wall clock is a naive datetime, read in a named zone.

Two boundaries never meet or change places: clamped walls of successive intervals are at least 28 days apart,
and the largest jump a zone has made (Samoa leaving out 30 December 2011) is 24 hours.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

Interval = Literal["month", "year"]

MONTHS_IN: dict[Interval, int] = {"month": 1, "year": 12}
# Names that mean something else on every machine, or nothing.
_NOT_PLACES = frozenset({"localtime", "Factory", "posixrules"})
_SECOND = timedelta(seconds=1)


class UnknownZone(ValueError):
    """Not the name of a time zone in the IANA database."""


class BeforeAnchor(ValueError):
    """The instant lies before boundary 0."""


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Return every zone name that an account may have."""
    return frozenset(available_timezones()) - _NOT_PLACES


def valid_zone(name: str) -> bool:
    """Say whether the name is an IANA zone, spelled exactly; paths and machine-local names are not."""
    return name in zone_names()


def local_instant(wall: datetime, zone: str) -> datetime:
    """Return the UTC instant of a wall clock: a time in a gap moves forward by the gap, of an ambiguous time
    the first occurrence is taken (RULES §3.2). Raises UnknownZone, and ValueError for an aware datetime."""
    if wall.tzinfo is not None:
        raise ValueError("a wall clock has no zone of its own")
    return wall.replace(microsecond=0, fold=0, tzinfo=_zone(zone)).astimezone(UTC)


def wall_of(instant: datetime, zone: str) -> datetime:
    """Return what the clock on the wall shows at an instant. Of the two passes of an ambiguous hour this
    tells nothing: keep the instant too. Raises UnknownZone, and ValueError for a naive datetime."""
    return _aware(instant).astimezone(_zone(zone)).replace(microsecond=0, fold=0, tzinfo=None)


def add_months(wall: datetime, months: int) -> datetime:
    """Return the wall clock so many months on (or back), its day clamped to the month's last day.

    Always call it with the original anchor: from 31 January come 28 February and 31 March (RULES §3.1).
    Raises ValueError outside the years 1 to 9999.
    """
    years, month_before = divmod(wall.month - 1 + months, 12)
    year, month = wall.year + years, month_before + 1
    if not 1 <= year <= 9999:
        raise ValueError("the calendar ends with the year 9999")
    return wall.replace(year=year, month=month, day=min(wall.day, monthrange(year, month)[1]))


def boundary(anchor_wall: datetime, zone: str, interval: Interval, k: int, first: datetime | None = None) -> datetime:
    """Return boundary k: the anchor's wall clock plus k intervals, as a UTC instant (RULES §3.1, §3.2).

    Boundary 0 is `first`, the instant of effect itself in whole seconds, when it is given. Boundaries
    strictly increase with k. Raises ValueError for k below zero, and for a `first` that is not before
    boundary 1.
    """
    if k < 0:
        raise ValueError("boundaries are counted from 0")
    if k == 0 and first is not None:
        return _first(anchor_wall, zone, interval, first)
    return _counted(anchor_wall, zone, interval, k)


def index_containing(
    anchor_wall: datetime, zone: str, interval: Interval, instant: datetime, first: datetime | None = None
) -> int:
    """Return the largest k with boundary k at or before the instant. Raises BeforeAnchor if there is none."""
    now, months = _aware(instant), MONTHS_IN[interval]
    if now < boundary(anchor_wall, zone, interval, 0, first):
        raise BeforeAnchor("the instant lies before the first period")
    wall = wall_of(now, zone)
    months_between = (wall.year - anchor_wall.year) * 12 + wall.month - anchor_wall.month
    k = max(0, months_between // months)
    while k > 0 and _counted(anchor_wall, zone, interval, k) > now:
        k -= 1
    while _counted(anchor_wall, zone, interval, k + 1) <= now:
        k += 1
    return k


def local_day_bounds(instant: datetime, zone: str) -> tuple[datetime, datetime]:
    """Return the UTC instants [start, end) of the local calendar day that holds the instant (RULES §5.4).

    A day starts with the first instant that carries its date (or a later one, where midnight was skipped), so
    days tile; minutes that are lived twice around midnight belong to the day that had begun.
    """
    day = wall_of(instant, zone).date()
    return _bounds(_aware(instant), zone, day, _next_day(day), _next_day(_next_day(day)))


def local_month_bounds(instant: datetime, zone: str) -> tuple[datetime, datetime]:
    """Return the UTC instants [start, end) of the local calendar month that holds the instant (RULES §5.4).
    Months start as days do."""
    month = wall_of(instant, zone).date().replace(day=1)
    return _bounds(_aware(instant), zone, month, _next_month(month), _next_month(_next_month(month)))


def _bounds(now: datetime, zone: str, one: date, two: date, three: date) -> tuple[datetime, datetime]:
    end = day_start(two, zone)
    if now < end:
        return day_start(one, zone), end
    return end, day_start(three, zone)


def day_start(day: date, zone: str) -> datetime:
    """Return the UTC instant at which a local day starts: the first that shows this date or a later one."""
    midnight = datetime.combine(day, time())
    start = local_instant(midnight, zone)
    if wall_of(start, zone) == midnight:
        return start
    # Midnight lies in a gap: the day starts where the gap does, which `start` may have passed by minutes.
    early, late = start - timedelta(days=2), start
    while late - early > _SECOND:
        middle = (early + (late - early) / 2).replace(microsecond=0)
        if wall_of(middle, zone) >= midnight:
            late = middle
        else:
            early = middle
    return late


def _next_day(day: date) -> date:
    return day + timedelta(days=1)


def _next_month(month: date) -> date:
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


def _counted(anchor_wall: datetime, zone: str, interval: Interval, k: int) -> datetime:
    return local_instant(add_months(anchor_wall, k * MONTHS_IN[interval]), zone)


def _first(anchor_wall: datetime, zone: str, interval: Interval, first: datetime) -> datetime:
    start = _aware(first).astimezone(UTC).replace(microsecond=0)
    if start >= _counted(anchor_wall, zone, interval, 1):
        raise ValueError("the instant of effect is not before the end of its first period")
    return start


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant has a zone")
    return instant


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    if not valid_zone(name):
        raise UnknownZone(f"{name!r} is not a time zone")
    return ZoneInfo(name)
