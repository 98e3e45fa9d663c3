"""The lives of the three customers up to a given present: the same for the same present, from a fixed seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from random import Random

from refill.domain import calendars
from refill.services.demo import cast
from refill.services.demo.scenes import (
    AddSeats,
    Buy,
    Change,
    Deed,
    Join,
    Offer,
    RunDry,
    Scene,
    Story,
    Texts,
)

SEED = 20_260_122
# Of a hundred texts, so many have one, two, three parts.
PARTS = ((1, 83), (2, 13), (3, 4))
OPENING, CHANGES, SENDING, BROADCAST = time(9, 0), time(9, 30), time(10, 0), time(15, 0)

Day = Callable[[date], Iterator[Deed]]


def stories(present: datetime) -> tuple[Story, ...]:
    """All three, ending at `present`."""
    return (_northwind(present), _harbor(present), _alder(present))


def _northwind(present: datetime) -> Story:
    """On the 22nd of each month; Growth 500 at first, 1,000 from the fifth month; recalls go out each quarter."""
    zone = cast.NORTHWIND.zone
    first = calendars.wall_of(present, zone).date() - timedelta(days=365)
    while first.day != 22:
        first -= timedelta(days=1)
    traffic = _Traffic("northwind", first, weekdays=5, low=13, high=24)
    recalls = {_shifted(first, months, days) for months, days in ((2, 10), (5, 10), (8, 10), (11, 10))}

    def morning(day: date) -> Iterator[Deed]:
        if day == _shifted(first, 2, 10):
            yield Buy(1_000)
        if day == _shifted(first, 4, 9):
            yield Change(Offer("growth", 1_000, "month"))

    def texts(day: date) -> Iterator[Deed]:
        yield from traffic.of(day)
        if day in recalls:
            yield Texts("recall", (("text", 1),) * 260, f"broadcast recall {day}")

    return _told(cast.NORTHWIND, first, Offer("growth", 500, "month"), present, {CHANGES: morning, SENDING: texts})


def _harbor(present: datetime) -> Story:
    """In the middle of its period now; a schedule goes out each month; packs are bought when it runs low, until this
    month, in which nobody did: a broadcast two days ago took all that was left."""
    zone = cast.HARBOR.zone
    today = calendars.wall_of(present, zone).date()
    begun = today - timedelta(days=15)
    first = calendars.add_months(datetime.combine(begun, OPENING), -12).date()
    dry = today - timedelta(days=2)
    traffic = _Traffic("harbor", first, weekdays=6, low=18, high=32)
    schedules = {_shifted(first, month, 6) for month in range(12)}

    def morning(day: date) -> Iterator[Deed]:
        if day == _shifted(first, 4, 0):
            yield AddSeats(2)

    def texts(day: date) -> Iterator[Deed]:
        if day < begun:
            yield Buy(250, below=60)
        if day < dry:
            yield from traffic.of(day)
        if day in schedules and day < begun:
            yield Texts("schedule", (("text", 1),) * 140, f"broadcast schedule {day}")

    def afternoon(day: date) -> Iterator[Deed]:
        if day == dry:
            yield RunDry("retreat", too_many=38)

    days = {CHANGES: morning, SENDING: texts, BROADCAST: afternoon}
    return _told(cast.HARBOR, first, Offer("growth", 1_000, "month"), present, days)


def _alder(present: datetime) -> Story:
    """A year's credits at once, on the 31st; renewed once; six days ago a lower plan was scheduled."""
    zone = cast.ALDER.zone
    today = calendars.wall_of(present, zone).date()
    first = today - timedelta(days=396)
    while first.day != 31:
        first -= timedelta(days=1)
    traffic = _Traffic("alder", first, weekdays=6, low=14, high=26)

    def morning(day: date) -> Iterator[Deed]:
        if day == today - timedelta(days=6):
            yield Change(Offer("growth", 12_000, "year"))

    def texts(day: date) -> Iterator[Deed]:
        yield from traffic.of(day)
        if day.day == 5:
            yield Texts("listings", (("mms", 3),) * 60, f"broadcast listings {day}")

    return _told(cast.ALDER, first, Offer("scale", 30_000, "year"), present, {CHANGES: morning, SENDING: texts})


class _Traffic:
    """Everyday texts: a weekly rhythm, more from month to month, some of several parts."""

    def __init__(self, code: str, first: date, *, weekdays: int, low: int, high: int) -> None:
        self.code, self.first, self.weekdays, self.low, self.high = code, first, weekdays, low, high

    def of(self, day: date) -> Iterator[Deed]:
        """The day's texts; none on days off. Each day has a seed of its own, so that its texts depend on no other."""
        if day.weekday() >= self.weekdays:
            return
        chance = Random(f"{SEED} {self.code} {(day - self.first).days}")  # noqa: S311
        usual = self.low + (self.high - self.low) * min(365, (day - self.first).days) // 365
        busy = usual * (130 if day.weekday() == 0 else 100) // 100
        count = chance.randint(busy * 3 // 4, busy * 5 // 4)
        sizes = chance.choices([size for size, _ in PARTS], [weight for _, weight in PARTS], k=count)
        yield Texts("texts", tuple(("text", size) for size in sizes))


def _shifted(first: date, months: int, days: int) -> date:
    """A weekday so many months and days after the first."""
    day = calendars.add_months(datetime.combine(first, OPENING), months).date() + timedelta(days=days)
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def _told(customer: cast.Customer, first: date, offer: Offer, present: datetime, hours: Mapping[time, Day]) -> Story:
    opens = datetime.combine(first, OPENING)
    joining = {
        person: calendars.add_months(opens, person.after_months).date() + timedelta(days=person.after_months % 3)
        for person in customer.people[1:]
    }
    scenes = []
    day = first
    while (midnight := calendars.local_instant(datetime.combine(day, time()), customer.zone)) <= present:
        for hour, deeds_of in hours.items():
            at = calendars.local_instant(datetime.combine(day, hour), customer.zone)
            joins = [Join(person) for person, joined in joining.items() if hour == CHANGES and joined == day]
            scenes += [Scene(at, deed) for deed in (*deeds_of(day), *joins) if midnight <= at <= present]
        day += timedelta(days=1)
    return Story(customer, calendars.local_instant(opens, customer.zone), offer, tuple(scenes))
