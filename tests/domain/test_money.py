"""Money is whole minor units; each rounding has a name and one exact meaning."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refill.domain.money import (
    EXPONENTS,
    UnknownCurrency,
    ceil_div,
    exponent,
    floor_div,
    half_up,
    say_count,
)

AMOUNTS = st.integers(-(10**30), 10**30)
DENOMINATORS = st.integers(1, 10**15)


@pytest.mark.parametrize("currency", ["USD", "us", "", "xyz", "dollar", "usd "])
def test_an_unknown_currency_is_refused(currency: str) -> None:
    with pytest.raises(UnknownCurrency):
        exponent(currency)


def test_currencies_know_their_minor_unit() -> None:
    codes = ("jpy", "krw", "usd", "eur", "huf", "kwd", "bhd", "clf")
    assert [exponent(code) for code in codes] == [0, 0, 2, 2, 2, 3, 3, 4]
    assert all(len(code) == 3 and code.islower() for code in EXPONENTS)


@pytest.mark.parametrize(
    ("numerator", "denominator", "nearest", "below", "above"),
    [
        (0, 3, 0, 0, 0),
        (1, 3, 0, 0, 1),
        (1, 2, 1, 0, 1),
        (3, 2, 2, 1, 2),
        (5, 2, 3, 2, 3),
        (2, 3, 1, 0, 1),
        (6, 3, 2, 2, 2),
        (-1, 2, 0, -1, 0),
        (-3, 2, -1, -2, -1),
        (-2, 3, -1, -1, 0),
        (-6, 3, -2, -2, -2),
        (10**40 + 1, 2 * 10**40, 1, 0, 1),
        (10**40 - 1, 2 * 10**40, 0, 0, 1),
    ],
)
def test_the_three_roundings(numerator: int, denominator: int, nearest: int, below: int, above: int) -> None:
    assert half_up(numerator, denominator) == nearest
    assert floor_div(numerator, denominator) == below
    assert ceil_div(numerator, denominator) == above


@given(AMOUNTS, DENOMINATORS)
def test_roundings_keep_their_distance_from_the_exact_share(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)
    assert -Fraction(1, 2) < half_up(numerator, denominator) - exact <= Fraction(1, 2)
    assert -1 < floor_div(numerator, denominator) - exact <= 0
    assert 0 <= ceil_div(numerator, denominator) - exact < 1


@given(st.integers(0, 10**12), st.sampled_from([1, 2, 4, 5, 8, 10, 1_000]))
def test_half_up_agrees_with_decimal_for_what_is_paid(numerator: int, denominator: int) -> None:
    exact = Decimal(numerator) / Decimal(denominator)
    assert half_up(numerator, denominator) == int(exact.quantize(Decimal(1), ROUND_HALF_UP))


@pytest.mark.parametrize("denominator", [0, -1])
def test_a_share_of_nothing_is_refused(denominator: int) -> None:
    for rounding in (half_up, floor_div, ceil_div):
        with pytest.raises(ValueError):
            rounding(1, denominator)


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 credits are"), (1, "1 credit is"), (2, "2 credits are"), (1_250, "1,250 credits are")]
)
def test_a_count_and_its_verb_agree(count: int, said: str) -> None:
    assert say_count(count, "credit", "are") == said
    assert say_count(count, "credit") == said.rpartition(" ")[0]
