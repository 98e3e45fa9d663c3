"""Tax: the rate by the billing details, and the tax lines of a sum."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refill.domain.taxes import Tax, TaxLine, TaxRate, say_rate, tax_for, tax_lines

JANUARY, JUNE, JULY = (datetime(2027, month, 1, tzinfo=UTC) for month in (1, 6, 7))
OTHERWISE = Tax(500)
TABLE = (
    TaxRate("DE", "VAT", 1_900, False, False, JANUARY),
    TaxRate("FR", "TVA", 2_000, False, True, JANUARY),
    TaxRate("DE", "VAT", 1_600, False, False, JULY),
)


@pytest.mark.parametrize(
    ("country", "tax_id", "now", "expected"),
    [
        ("", "", JUNE, OTHERWISE),
        ("US", "", JUNE, OTHERWISE),
        ("DE", "", JUNE, Tax(1_900, False, "VAT", "DE")),
        ("DE", "DE136695976", JUNE, Tax(1_900, False, "VAT", "DE")),
        ("DE", "", JULY, Tax(1_600, False, "VAT", "DE")),
        ("FR", "", JUNE, Tax(2_000, False, "TVA", "FR")),
        ("FR", "FR23334175221", JUNE, Tax(2_000, False, "TVA", "FR", reverse_charge=True)),
        ("FR", "", datetime(2026, 12, 31, tzinfo=UTC), OTHERWISE),
    ],
)
def test_the_newest_row_of_the_country_that_is_in_force_counts(
    country: str, tax_id: str, now: datetime, expected: Tax
) -> None:
    assert tax_for(TABLE, country, tax_id, now, OTHERWISE) == expected


@pytest.mark.parametrize(
    ("subtotal", "tax", "expected"),
    [
        (3_500, Tax(), ()),
        (3_500, Tax(1_900), (TaxLine("Tax 19 %", 3_500, 1_900, 665, 665),)),
        (50, Tax(100, name="GST"), (TaxLine("GST 1 %", 50, 100, 1, 1),)),
        (3_500, Tax(1_900, True, "VAT"), (TaxLine("VAT 19 %, part of the prices", 2_941, 1_900, 559, 0),)),
        (
            3_500, Tax(2_000, False, "TVA", "FR", True),
            (TaxLine("TVA 20 %, reverse charge: owed by the customer", 3_500, 2_000, 0, 0),),
        ),
        (
            1_200, Tax(2_000, True, "TVA", "FR", True),
            (TaxLine("TVA 20 %, reverse charge: owed by the customer", 1_000, 2_000, 0, -200),),
        ),
    ],
)  # fmt: skip
def test_tax_lines_of_a_sum(subtotal: int, tax: Tax, expected: tuple[TaxLine, ...]) -> None:
    assert tax_lines(subtotal, tax) == expected


@given(st.integers(0, 10**12), st.integers(0, 10_000), st.booleans(), st.booleans())
def test_base_and_tax_are_the_total_to_the_minor_unit(subtotal: int, rate: int, inclusive: bool, reverse: bool) -> None:
    for line in tax_lines(subtotal, Tax(rate, inclusive, reverse_charge=reverse)):
        assert line.base_minor + line.amount_minor == subtotal + line.added_minor
        # Half a minor unit at most, by exact arithmetic.
        assert (
            abs(2 * (line.base_minor * rate - (subtotal + line.added_minor - line.base_minor) * 10_000))
            <= (10_000 + rate)
            or reverse
        )


def test_rates_are_said_without_needless_digits() -> None:
    assert [say_rate(rate) for rate in (1_900, 825, 810, 5)] == ["19 %", "8.25 %", "8.1 %", "0.05 %"]
