"""The lives of the three customers up to a given present: the same for the same present, from a fixed seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from operator import itemgetter
from random import Random

from refill.domain import calendars
from refill.domain.roles import Right, may
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
OPENING, CHANGES, RECALL, SCHEDULE, LISTINGS, RETREAT = (
    time(9, 0), time(9, 30), time(11, 5), time(16, 20), time(13, 30), time(15, 0)
)  # fmt: skip
# Everyday texts go out within so many minutes of the changes, by those who may send, a few at a time.
DAY_MINUTES, MOST_AT_ONCE = 470, 4

Day = Callable[[date], Iterator[tuple[time, Deed]]]


def stories(present: datetime) -> tuple[Story, ...]:
    """All three, ending at `present`."""
    return (_northwind(present), _harbor(present), _alder(present))


def _northwind(present: datetime) -> Story:
    """On the 22nd of each month; Growth 500 at first, 1,000 from the fifth month; recalls go out each quarter."""
    zone = cast.NORTHWIND.zone
    first = calendars.wall_of(present, zone).date() - timedelta(days=365)
    while first.day != 22:
        first -= timedelta(days=1)
    traffic = _Traffic(cast.NORTHWIND, first, weekdays=5, low=13, high=24)
    recalls = {_shifted(first, months, days) for months, days in ((2, 10), (5, 10), (8, 10), (11, 10))}

    def deeds(day: date) -> Iterator[tuple[time, Deed]]:
        if day == _shifted(first, 2, 10):
            yield CHANGES, Buy(1_000)
        if day == _shifted(first, 4, 9):
            yield CHANGES, Change(Offer("growth", 1_000, "month"))
        yield from traffic.of(day)
        if day in recalls:
            yield RECALL, _broadcast("recall", cast.NORTHWIND.people[1], ("text", 1), 260, day)

    return _told(cast.NORTHWIND, first, Offer("growth", 500, "month"), present, deeds)


def _harbor(present: datetime) -> Story:
    """In the middle of its period now; a schedule goes out each month; packs are bought when it runs low, until this
    month, in which nobody did: a broadcast two days ago took all that was left."""
    zone = cast.HARBOR.zone
    today = calendars.wall_of(present, zone).date()
    begun = today - timedelta(days=15)
    first = calendars.add_months(datetime.combine(begun, OPENING), -12).date()
    dry = today - timedelta(days=2)
    traffic = _Traffic(cast.HARBOR, first, weekdays=6, low=18, high=32)
    schedules = {_shifted(first, month, 6) for month in range(12)}

    def deeds(day: date) -> Iterator[tuple[time, Deed]]:
        if day == _shifted(first, 4, 0):
            yield CHANGES, AddSeats(2)
        if day < begun:
            yield CHANGES, Buy(250, below=60)
        if day < dry:
            yield from traffic.of(day)
        if day in schedules and day < begun:
            yield SCHEDULE, _broadcast("schedule", cast.HARBOR.people[1], ("text", 1), 140, day)
        if day == dry:
            yield RETREAT, RunDry("retreat", cast.HARBOR.people[2], too_many=38)

    return _told(cast.HARBOR, first, Offer("growth", 1_000, "month"), present, deeds)


def _alder(present: datetime) -> Story:
    """A year's credits at once, on the 31st; renewed once; six days ago a lower plan was scheduled."""
    zone = cast.ALDER.zone
    today = calendars.wall_of(present, zone).date()
    first = today - timedelta(days=396)
    while first.day != 31:
        first -= timedelta(days=1)
    traffic = _Traffic(cast.ALDER, first, weekdays=6, low=14, high=26)

    def deeds(day: date) -> Iterator[tuple[time, Deed]]:
        if day == today - timedelta(days=6):
            yield CHANGES, Change(Offer("growth", 12_000, "year"))
        yield from traffic.of(day)
        if day.day == 5:
            yield LISTINGS, _broadcast("listings", cast.ALDER.people[1], ("mms", 3), 60, day)

    return _told(cast.ALDER, first, Offer("scale", 30_000, "year"), present, deeds)


def _broadcast(label: str, sender: cast.Person, message: tuple[str, int], count: int, day: date) -> Texts:
    return Texts(label, sender, (message,) * count, f"broadcast {label} {day}")


class _Traffic:
    """Everyday texts: a weekly rhythm, more from month to month, some of several parts, all day long."""

    def __init__(self, customer: cast.Customer, first: date, *, weekdays: int, low: int, high: int) -> None:
        self.first, self.weekdays, self.low, self.high = first, weekdays, low, high
        self.code, self.people = customer.code, [each for each in customer.people if may(each.role, Right.SEND)]
        self.joined = {each: _joins(first, each) for each in self.people}

    def of(self, day: date) -> Iterator[tuple[time, Deed]]:
        """The day's texts; none on days off. Each day has a seed of its own, so that its texts depend on no other."""
        if day.weekday() >= self.weekdays:
            return
        chance = Random(f"{SEED} {self.code} {(day - self.first).days}")  # noqa: S311
        usual = self.low + (self.high - self.low) * min(365, (day - self.first).days) // 365
        busy = usual * (130 if day.weekday() == 0 else 100) // 100
        count = chance.randint(busy * 3 // 4, busy * 5 // 4)
        sizes = chance.choices([size for size, _ in PARTS], [weight for _, weight in PARTS], k=count)
        senders = [each for each in self.people if self.joined[each] <= day]
        while sizes:
            some = chance.randint(1, MOST_AT_ONCE)
            at = datetime.combine(day, CHANGES) + timedelta(minutes=chance.randint(1, DAY_MINUTES))
            messages = tuple(("text", size) for size in sizes[:some])
            yield at.time(), Texts(f"texts-{len(sizes)}", chance.choice(senders), messages)
            sizes = sizes[some:]


def _joins(first: date, person: cast.Person) -> date:
    """The Owner is there from the first day."""
    joined = calendars.add_months(datetime.combine(first, OPENING), person.after_months).date()
    return joined + timedelta(days=person.after_months % 3)


def _shifted(first: date, months: int, days: int) -> date:
    """A weekday so many months and days after the first."""
    day = calendars.add_months(datetime.combine(first, OPENING), months).date() + timedelta(days=days)
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def _told(customer: cast.Customer, first: date, offer: Offer, present: datetime, deeds: Day) -> Story:
    joining = {person: _joins(first, person) for person in customer.people[1:]}
    scenes = []
    day = first
    while calendars.day_start(day, customer.zone) <= present:
        joins = [(CHANGES, Join(person)) for person, joined in joining.items() if joined == day]
        for hour, deed in sorted([*deeds(day), *joins], key=itemgetter(0)):
            at = calendars.local_instant(datetime.combine(day, hour), customer.zone)
            scenes += [Scene(at, deed)] if at <= present else []
        day += timedelta(days=1)
    opens = datetime.combine(first, OPENING)
    return Story(customer, calendars.local_instant(opens, customer.zone), offer, tuple(scenes))
