"""When somebody answers: the hours as told, and the next opening."""

from datetime import UTC, datetime

import pytest

from refill.domain.opening import read_hours

OFFICE = read_hours("Mon-Fri 09:00-17:00 America/New_York")


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2027-03-12T13:59:59", False),  # Friday, 8:59 am EST
        ("2027-03-12T14:00:00", True),
        ("2027-03-12T21:59:59", True),
        ("2027-03-12T22:00:00", False),
        ("2027-03-13T15:00:00", False),  # Saturday
        ("2027-03-15T13:00:00", True),  # Monday, after the clocks went forward
        ("2027-03-15T12:59:59", False),
    ],
)
def test_somebody_answers_from_nine_to_five_on_weekdays_by_the_clock_of_the_place(at: str, is_open: bool) -> None:
    assert OFFICE.is_open(datetime.fromisoformat(at).replace(tzinfo=UTC)) is is_open


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2027-03-12T13:00:00", "2027-03-12T14:00:00"),
        ("2027-03-12T14:00:00", "2027-03-15T13:00:00"),
        ("2027-03-13T15:00:00", "2027-03-15T13:00:00"),
    ],
)
def test_the_next_opening_follows_the_summer_time(at: str, opens: str) -> None:
    found = OFFICE.next_opening(datetime.fromisoformat(at).replace(tzinfo=UTC))
    assert found == datetime.fromisoformat(opens).replace(tzinfo=UTC)


def test_always_is_always() -> None:
    hours = read_hours("always")
    assert hours.is_open(datetime(2027, 1, 1, tzinfo=UTC))
    assert hours.is_open(datetime(2027, 1, 3, 23, 59, 59, tzinfo=UTC))


def test_days_may_go_over_the_weekend_and_be_one_alone() -> None:
    assert read_hours("Sat-Mon 10:00-12:00 UTC").days == (0, 5, 6)
    assert read_hours("Wed 10:00-12:00 UTC").days == (2,)


@pytest.mark.parametrize(
    "told", ["", "Mon-Fri", "Mon-Fry 09:00-17:00 UTC", "Mon-Fri 17:00-09:00 UTC", "Mon-Fri 09:00-17:00 Mars/Base"]
)
def test_hours_that_cannot_be_are_refused_with_what_is_expected(told: str) -> None:
    with pytest.raises(ValueError, match=repr(told)):
        read_hours(told)
