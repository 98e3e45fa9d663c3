"""How money, credits and dates are written."""

from datetime import UTC, datetime

import pytest

from refill.domain.money import EXPONENTS, say_money
from refill.web import formats

pytestmark = pytest.mark.no_database
RESET = datetime(2027, 3, 22, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minor", "currency", "said"),
    [
        (123_450, "usd", "$1,234.50"),
        (-1_355, "usd", "−$13.55"),
        (0, "usd", "$0.00"),
        (999_999_999_999, "usd", "$9,999,999,999.99"),
        (1_235, "jpy", "¥1,235"),
        (1_234, "kwd", "KWD\xa01.234"),
        (5, "eur", "€0.05"),
        (50_000, "isk", "ISK\xa050,000"),
    ],
)
def test_money_has_the_digits_of_its_currency(minor: int, currency: str, said: str) -> None:
    assert formats.money(minor, currency) == said


def test_credits_have_commas_and_one_is_one() -> None:
    assert formats.credits(12_500) == "12,500 credits"
    assert formats.credits(1) == "1 credit"
    assert formats.signed(581) == "+581"
    assert formats.signed(-3) == "−3"


@pytest.mark.parametrize(
    ("minor", "credits", "currency", "said"),
    [
        (4_000, 1_000, "usd", "4.0 ¢ per credit"),
        (12_000, 100, "usd", "$1.200 per credit"),
        (4_000, 1_000, "eur", "€0.040 per credit"),
        (5_000, 1_000, "jpy", "¥5.0 per credit"),
        (4_000, 0, "usd", ""),
    ],
)
def test_a_unit_price_has_one_digit_more(minor: int, credits: int, currency: str, said: str) -> None:
    assert formats.unit_price(minor, credits, currency) == said


def test_an_instant_names_its_zone() -> None:
    assert formats.moment(RESET, "America/New_York") == "22 March 2027, 9:00 am EDT"
    assert formats.moment(RESET, "Europe/London") == "22 March 2027, 1:00 pm GMT"
    assert formats.moment(RESET, "Asia/Dubai") == "22 March 2027, 5:00 pm UTC+4"
    assert formats.moment(RESET, "America/Sao_Paulo") == "22 March 2027, 10:00 am UTC−3"
    assert formats.moment(RESET, "Asia/Kathmandu") == "22 March 2027, 6:45 pm UTC+5:45"


def test_a_day_has_its_year_where_it_is_another_one() -> None:
    there = "America/New_York"
    assert formats.short_day(RESET, there, datetime(2027, 1, 1, 5, tzinfo=UTC)) == "22 March"
    assert formats.short_day(RESET, there, datetime(2027, 1, 1, 4, tzinfo=UTC)) == "22 March 2027"


@pytest.mark.parametrize("currency", EXPONENTS)
def test_the_working_of_a_line_writes_money_as_pages_do_or_with_its_code(currency: str) -> None:
    working = say_money(-1_234_567, currency)
    assert working == formats.money(-1_234_567, currency) or working.startswith(f"−{currency.upper()}\u00a01")


def test_noon_and_midnight_are_twelve() -> None:
    assert formats.clock(datetime(2027, 3, 22, 12, 5, tzinfo=UTC), "UTC") == "12:05 pm"
    assert formats.clock(datetime(2027, 3, 22, 0, 5, tzinfo=UTC), "UTC") == "12:05 am"


def test_days_are_counted_by_the_calendar_of_the_place() -> None:
    late = datetime(2027, 3, 11, 3, 30, tzinfo=UTC)
    assert formats.in_days(late, RESET, "America/New_York") == "in 12 days"
    assert formats.in_days(late, RESET, "UTC") == "in 11 days"
    assert formats.in_days(RESET, RESET, "UTC") == "today"
