"""The calendar of the model (RULES §3.1-3.2), written apart from the product's, in whole UTC seconds."""

from calendar import monthrange
from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def wall_of(instant: int, zone: str) -> datetime:
    """The naive local wall clock of an instant."""
    return datetime.fromtimestamp(instant, ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def instant_of(wall: datetime, zone: str) -> int:
    """A time in a gap moves forward by the gap, an ambiguous one is its first occurrence: both are fold 0."""
    aware = wall.replace(tzinfo=ZoneInfo(zone), fold=0)
    return int((aware.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) - int(
        aware.utcoffset().total_seconds()  # type: ignore[union-attr]
    )


def add_months(wall: datetime, months: int) -> datetime:
    year, month = divmod(wall.year * 12 + wall.month - 1 + months, 12)
    return wall.replace(year=year, month=month + 1, day=min(wall.day, monthrange(year, month + 1)[1]))


def months_after(instant: int, months: int, zone: str) -> int:
    return instant_of(add_months(wall_of(instant, zone), months), zone)


def text_of(instant: int | None) -> str | None:
    return None if instant is None else datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_of(text: str) -> int:
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())
