"""Cells of a CSV: no formula of somebody else's, and phone numbers that can be read in again."""

import pytest

from refill.domain.cells import plain


@pytest.mark.parametrize(
    "text", ["=1+1", "+1+1", "+12065550123+1", "+", "-1", "@a", "\t=1", "\r=1", "＝1", "＋12065550123"]
)
def test_what_begins_a_formula_has_a_quote_before_it(text: str) -> None:
    assert plain(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Ann", "+12065550123", "a=b", "1+1"])
def test_all_else_stays_as_it_is(text: str) -> None:
    assert plain(text) == text


def test_nothing_is_an_empty_cell() -> None:
    assert plain(None) == ""
