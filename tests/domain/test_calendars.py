"""Boundaries against an independent calendar, and by example (RULES §3.1, §3.2; C11)."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta
from dateutil.tz import gettz, resolve_imaginary
from hypothesis import example, given
from hypothesis import strategies as st

from refill.domain import calendars
from refill.domain.calendars import (
    BeforeAnchor,
    Interval,
    UnknownZone,
    add_months,
    boundary,
    index_containing,
    local_day_bounds,
    local_instant,
    local_month_bounds,
    valid_zone,
    wall_of,
)

ZONES = [
    "UTC", "America/New_York", "America/Los_Angeles", "America/St_Johns", "America/Sao_Paulo",
    "America/Havana", "America/Caracas", "Europe/London", "Europe/Berlin", "Europe/Dublin",
    "Africa/Cairo", "Africa/Casablanca", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tehran", "Asia/Pyongyang",
    "Australia/Lord_Howe", "Australia/Adelaide", "Pacific/Chatham", "Pacific/Apia",
]  # fmt: skip
ZONE = st.sampled_from(ZONES)
WALLS = st.datetimes(datetime(1990, 1, 1), datetime(2045, 12, 31)).map(lambda wall: wall.replace(microsecond=0))
INTERVALS: st.SearchStrategy[Interval] = st.sampled_from(["month", "year"])


def by_dateutil(anchor: datetime, zone: str, interval: Interval, k: int) -> datetime:
    """The oracle: dateutil's own calendar, zone files and rule for times that do not exist."""
    step = relativedelta(months=k) if interval == "month" else relativedelta(years=k)
    return resolve_imaginary((anchor + step).replace(tzinfo=gettz(zone), fold=0)).astimezone(UTC)


@given(WALLS, ZONE, INTERVALS, st.integers(0, 35))
@example(datetime(2024, 1, 31, 9), "America/New_York", "month", 1)
@example(datetime(2024, 2, 29, 2, 30), "America/New_York", "year", 1)
@example(datetime(2026, 2, 8, 2, 30), "America/New_York", "month", 1)
@example(datetime(2026, 10, 1, 1, 30), "America/New_York", "month", 1)
@example(datetime(2026, 9, 4, 2, 15), "Australia/Lord_Howe", "month", 1)
@example(datetime(2011, 11, 30, 9), "Pacific/Apia", "month", 1)
def test_boundaries_agree_with_an_independent_calendar(anchor: datetime, zone: str, interval: Interval, k: int) -> None:
    assert boundary(anchor, zone, interval, k) == by_dateutil(anchor, zone, interval, k)


@given(WALLS, ZONE, INTERVALS, st.integers(1, 40))
@example(datetime(2011, 11, 29, 23), "Pacific/Apia", "month", 1)
@example(datetime(2011, 11, 30, 9), "Pacific/Apia", "month", 1)
def test_boundaries_strictly_increase(anchor: datetime, zone: str, interval: Interval, k: int) -> None:
    assert boundary(anchor, zone, interval, k) - boundary(anchor, zone, interval, k - 1) >= timedelta(days=26)


@given(WALLS, ZONE, INTERVALS, st.integers(0, 60), st.integers(0, 86_400 * 366))
def test_an_instant_lies_in_the_period_of_its_index(
    anchor: datetime, zone: str, interval: Interval, k: int, seconds: int
) -> None:
    instant = boundary(anchor, zone, interval, k) + timedelta(seconds=seconds)
    index = index_containing(anchor, zone, interval, instant)
    assert boundary(anchor, zone, interval, index) <= instant < boundary(anchor, zone, interval, index + 1)
    assert index >= k


@given(WALLS, ZONE, INTERVALS, st.integers(1, 60))
def test_a_period_begins_on_the_second(anchor: datetime, zone: str, interval: Interval, k: int) -> None:
    start = boundary(anchor, zone, interval, k)
    assert index_containing(anchor, zone, interval, start) == k
    assert index_containing(anchor, zone, interval, start - timedelta(seconds=1)) == k - 1


def new_york(wall: datetime) -> str:
    return local_instant(wall, "America/New_York").astimezone(ZoneInfo("America/New_York")).isoformat()


def test_the_31st_is_clamped_and_comes_back() -> None:
    days = [boundary(datetime(2027, 1, 31, 9), "UTC", "month", k).strftime("%d %b") for k in range(5)]
    assert days == ["31 Jan", "28 Feb", "31 Mar", "30 Apr", "31 May"]


def test_a_29_february_annual_renews_on_the_28th_in_common_years() -> None:
    days = [boundary(datetime(2024, 2, 29, 9), "UTC", "year", k).date().isoformat() for k in range(5)]
    assert days == ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]


def test_the_wall_clock_stays_when_summer_time_begins_and_ends() -> None:
    anchor = datetime(2027, 2, 22, 9)
    instants = [boundary(anchor, "America/New_York", "month", k).isoformat() for k in (0, 1, 9)]
    assert instants == ["2027-02-22T14:00:00+00:00", "2027-03-22T13:00:00+00:00", "2027-11-22T14:00:00+00:00"]


def test_a_time_that_does_not_exist_moves_forward_by_the_gap() -> None:
    assert new_york(datetime(2027, 3, 14, 2, 30)) == "2027-03-14T03:30:00-04:00"
    assert local_instant(datetime(2026, 10, 4, 2, 15), "Australia/Lord_Howe") == datetime(
        2026, 10, 3, 15, 45, tzinfo=UTC
    )


def test_an_ambiguous_time_is_its_first_occurrence() -> None:
    assert new_york(datetime(2027, 11, 7, 1, 30)) == "2027-11-07T01:30:00-04:00"
    assert new_york(datetime(2027, 11, 7, 1, 30, fold=1)) == "2027-11-07T01:30:00-04:00"


def test_a_day_that_a_zone_left_out_is_the_next_day() -> None:
    walls = [
        wall_of(boundary(datetime(2011, 10, 30, 9), "Pacific/Apia", "month", k), "Pacific/Apia") for k in (1, 2, 3)
    ]
    assert walls == [datetime(2011, 11, 30, 9), datetime(2011, 12, 31, 9), datetime(2012, 1, 30, 9)]


def test_boundary_0_is_the_instant_of_effect_in_whole_seconds() -> None:
    # The second 1:30 of the night: the wall clock alone would say an hour earlier.
    first = datetime(2027, 11, 7, 6, 30, 15, 999_999, tzinfo=UTC)
    anchor = wall_of(first, "America/New_York")
    assert anchor == datetime(2027, 11, 7, 1, 30, 15)
    assert boundary(anchor, "America/New_York", "month", 0, first) == first.replace(microsecond=0)
    assert boundary(anchor, "America/New_York", "month", 0) == datetime(2027, 11, 7, 5, 30, 15, tzinfo=UTC)
    assert boundary(anchor, "America/New_York", "month", 1, first) == datetime(2027, 12, 7, 6, 30, 15, tzinfo=UTC)


def test_an_instant_before_the_first_period_has_no_index() -> None:
    anchor, first = datetime(2027, 11, 7, 1, 30), datetime(2027, 11, 7, 6, 30, tzinfo=UTC)
    before = first - timedelta(seconds=1)
    assert index_containing(anchor, "America/New_York", "month", first, first) == 0
    assert index_containing(anchor, "America/New_York", "month", before) == 0
    with pytest.raises(BeforeAnchor):
        index_containing(anchor, "America/New_York", "month", before, first)


def test_an_instant_of_effect_after_its_period_is_refused() -> None:
    with pytest.raises(ValueError, match="not before the end"):
        boundary(datetime(2027, 1, 31), "UTC", "month", 0, datetime(2027, 2, 28, tzinfo=UTC))


def test_an_index_far_ahead_is_found_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    real = calendars._counted

    def counted(anchor: datetime, zone: str, interval: Interval, k: int) -> datetime:
        calls.append(k)
        return real(anchor, zone, interval, k)

    monkeypatch.setattr(calendars, "_counted", counted)
    instant = datetime(2925, 1, 31, tzinfo=UTC)
    assert index_containing(datetime(2025, 1, 31), "UTC", "month", instant) == 10_800
    assert len(calls) <= 5


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        (0, "2024-01-31"),
        (1, "2024-02-29"),
        (13, "2025-02-28"),
        (-1, "2023-12-31"),
        (-2, "2023-11-30"),
        (12, "2025-01-31"),
    ],
)
def test_months_are_added_with_the_day_clamped(months: int, expected: str) -> None:
    assert add_months(datetime(2024, 1, 31, 23, 59, 59), months) == datetime.fromisoformat(expected + "T23:59:59")


@pytest.mark.parametrize("months", [-24_288, 95_712])
def test_the_calendar_has_an_end(months: int) -> None:
    with pytest.raises(ValueError, match="9999"):
        add_months(datetime(2024, 1, 31), months)


def test_walls_and_instants_are_not_mistaken_for_each_other() -> None:
    with pytest.raises(ValueError, match="wall clock"):
        local_instant(datetime(2027, 1, 1, tzinfo=UTC), "UTC")
    with pytest.raises(ValueError, match="instant"):
        wall_of(datetime(2027, 1, 1), "UTC")
    with pytest.raises(ValueError, match="from 0"):
        boundary(datetime(2027, 1, 1), "UTC", "month", -1)


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Kathmandu"])
def test_a_zone_is_known(name: str) -> None:
    assert valid_zone(name)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "Europe", "Europe/Nowhere", "europe/berlin", "/etc/localtime", "../../etc/passwd",
     "localtime", "Europe/../UTC", "posix/UTC", "right/UTC", "Factory",
     "UTC ", "UTC\x00", "+02:00", "tzdata.zi"],
)  # fmt: skip
def test_what_is_not_a_zone_is_refused(name: str) -> None:
    assert not valid_zone(name)
    with pytest.raises(UnknownZone):
        local_instant(datetime(2027, 1, 1), name)


@pytest.mark.parametrize(
    ("zone", "instant", "start", "end"),
    [
        ("UTC", "2027-03-22T12:00", "2027-03-22T00:00", "2027-03-23T00:00"),
        ("Asia/Kathmandu", "2027-03-22T18:14:59", "2027-03-21T18:15", "2027-03-22T18:15"),
        ("Asia/Kathmandu", "2027-03-22T18:15", "2027-03-22T18:15", "2027-03-23T18:15"),
        # 23 and 25 hours.
        ("America/New_York", "2027-03-14T12:00", "2027-03-14T05:00", "2027-03-15T04:00"),
        ("America/New_York", "2027-11-07T12:00", "2027-11-07T04:00", "2027-11-08T05:00"),
        # Midnight does not exist: the day starts at 1:00.
        ("Africa/Cairo", "2027-04-30T12:00", "2027-04-29T22:00", "2027-04-30T21:00"),
        # The first hour of the day is lived twice.
        ("America/Havana", "2027-11-07T05:30", "2027-11-07T04:00", "2027-11-08T05:00"),
        # Midnight lay inside a gap from 23:30 to 0:30.
        ("America/Toronto", "1919-03-31T04:45", "1919-03-31T04:30", "1919-04-01T04:00"),
        # At 0:01 the clock went back to 23:01: that hour belongs to the day that had begun.
        ("America/St_Johns", "2006-10-29T03:15", "2006-10-29T02:30", "2006-10-30T03:30"),
        # 30 December 2011 was left out.
        ("Pacific/Apia", "2011-12-30T09:59", "2011-12-29T10:00", "2011-12-30T10:00"),
        ("Pacific/Apia", "2011-12-30T10:00", "2011-12-30T10:00", "2011-12-31T10:00"),
    ],
)
def test_a_local_day_has_bounds(zone: str, instant: str, start: str, end: str) -> None:
    found = local_day_bounds(datetime.fromisoformat(instant).replace(tzinfo=UTC), zone)
    assert [moment.isoformat() for moment in found] == [
        datetime.fromisoformat(text).replace(tzinfo=UTC).isoformat() for text in (start, end)
    ]


def test_a_local_month_has_bounds() -> None:
    december = local_month_bounds(datetime(2028, 1, 1, 4, 59, 59, tzinfo=UTC), "America/New_York")
    assert december == (datetime(2027, 12, 1, 5, tzinfo=UTC), datetime(2028, 1, 1, 5, tzinfo=UTC))
    march = local_month_bounds(datetime(2027, 3, 15, tzinfo=UTC), "America/New_York")
    assert march == (datetime(2027, 3, 1, 5, tzinfo=UTC), datetime(2027, 4, 1, 4, tzinfo=UTC))


@given(st.datetimes(datetime(1990, 1, 2), datetime(2045, 12, 30), timezones=st.just(UTC)), ZONE)
def test_days_and_months_hold_their_instant_and_tile(instant: datetime, zone: str) -> None:
    for bounds in (local_day_bounds, local_month_bounds):
        start, end = bounds(instant, zone)
        assert start <= instant < end
        assert bounds(end, zone)[0] == end
        assert bounds(end - timedelta(seconds=1), zone) == (start, end)


def test_any_offset_of_an_instant_will_do() -> None:
    instant = datetime(2027, 3, 22, 2, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert wall_of(instant, "UTC") == datetime(2027, 3, 21, 20, 30)
    assert index_containing(datetime(2027, 2, 21, 20, 30), "UTC", "month", instant) == 1
