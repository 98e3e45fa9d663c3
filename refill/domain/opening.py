"""When operators are there to answer, told as `Mon-Fri 09:00-17:00 America/New_York`, or `always`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from refill.domain.calendars import valid_zone

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_TOLD = re.compile(r"(\w{3})(?:-(\w{3}))? (\d\d):(\d\d)-(\d\d):(\d\d) (\S+)")


@dataclass(frozen=True, slots=True)
class Hours:
    """The weekdays (Monday is 0) and the local times from which and to which somebody answers."""

    days: tuple[int, ...]
    opens: time
    closes: time
    zone: str

    def is_open(self, at: datetime) -> bool:
        """Say whether somebody answers at this instant."""
        here = at.astimezone(ZoneInfo(self.zone))
        return here.weekday() in self.days and self.opens <= here.time() < self.closes

    def next_opening(self, at: datetime) -> datetime:
        """Return the instant, after `at`, at which somebody is there again."""
        today = at.astimezone(ZoneInfo(self.zone)).date()
        openings = (self._opening(today + timedelta(days=ahead)) for ahead in range(8))
        return next(opening for opening in openings if opening > at and self._works_on(opening))

    def _opening(self, day: date) -> datetime:
        return datetime.combine(day, self.opens, ZoneInfo(self.zone)).astimezone(UTC)

    def _works_on(self, opening: datetime) -> bool:
        return opening.astimezone(ZoneInfo(self.zone)).weekday() in self.days


ALWAYS = Hours(tuple(range(7)), time.min, time.max, "UTC")


def read_hours(text: str) -> Hours:
    """Return the hours that the text tells. Raises ValueError, saying what is expected."""
    if text.strip() == "always":
        return ALWAYS
    found = _TOLD.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r}: say always, or as in Mon-Fri 09:00-17:00 America/New_York")
    first, last, *clock, zone = found.groups()
    if first not in DAYS or (last or first) not in DAYS or not valid_zone(zone):
        raise ValueError(f"{text!r}: days are {', '.join(DAYS)}, and the zone is one like Europe/Berlin")
    start, count = DAYS.index(first), (DAYS.index(last or first) - DAYS.index(first)) % 7 + 1
    opens, closes = (time(int(hour), int(minute)) for hour, minute in (clock[:2], clock[2:]))
    if opens >= closes:
        raise ValueError(f"{text!r}: the hours end after they begin, on the same day")
    return Hours(tuple(sorted((start + step) % 7 for step in range(count))), opens, closes, zone)
