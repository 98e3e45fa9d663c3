"""What goes back of a payment: never below zero, never above what was paid, the tax to the minor unit (RULES §9.5)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refill.domain.refunds import PaidGrant, Payment, UnitPrice, at_wish, credited_lines, tax_within

SMALLEST = UnitPrice(1_250, 250)


def grant(amount: int, spent: int = 0, held: int = 0) -> PaidGrant:
    return PaidGrant(1, "purchase", amount, amount - spent - held, spent, held, True, 0, False)


def pack(spent: int = 0, held: int = 0, **more: int) -> Payment:
    """1,000 credits for 40.00, with 19 % on top."""
    facts = {"total_minor": 4_760, "tax_minor": 760, "lines_minor": 4_000, "credits_minor": 4_000} | more
    return Payment(**facts, currency="eur", grants=(grant(1_000, spent, held),), dearest=SMALLEST)


@pytest.mark.parametrize(
    ("payment", "amount"),
    [
        (pack(), 4_760),
        (pack(spent=100), 3_500 * 4_760 // 4_000),
        (pack(spent=60, held=40), 3_500 * 4_760 // 4_000),
        # 1 credit at 5 cents, rounded in nobody's favour but down once.
        (pack(spent=1), 3_995 * 4_760 // 4_000),
        (pack(spent=800), 0),
        (pack(spent=1_000), 0),
        (pack(spent=100, returned_minor=4_000), 3_500 * 4_760 // 4_000 - 4_000),
        (pack(spent=100, returned_minor=4_700), 0),
        (pack(disputed_minor=4_760), 0),
        (pack(spent=100, credited_minor=3_500), 0),
    ],
)
def test_price_less_what_was_used_at_the_dearest_published_price(payment: Payment, amount: int) -> None:
    assert at_wish(payment)[0] == amount


def test_the_working_says_how() -> None:
    assert at_wish(pack(spent=100))[1] == "€40.00 for the credits − 100 used × €12.50 ÷ 250 = €35.00, with tax €41.65"
    assert at_wish(pack())[1] == "€40.00 for the credits, with tax €47.60"


@given(
    st.integers(1, 10**9), st.integers(0, 10_000), st.booleans(), st.lists(st.integers(0, 10**9), max_size=6),
    st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1, 10**6), st.integers(1, 10**6),
)  # fmt: skip
def test_no_sequence_of_parts_gives_back_more_than_was_paid_or_another_tax(
    lines: int, rate: int, inclusive: bool, parts: list[int], spent: int, held: int, minor: int, credits: int
) -> None:
    tax = lines * rate // (10_000 + rate) if inclusive else lines * rate // 10_000
    total = lines if inclusive else lines + tax
    paid = Payment(
        total_minor=total, tax_minor=tax, lines_minor=lines, credits_minor=lines, currency="usd",
        grants=(grant(spent + held + 1, spent, held),), dearest=UnitPrice(minor, credits),
    )  # fmt: skip
    given_tax = 0
    for part in parts:
        wish, _ = at_wish(paid)
        assert 0 <= wish <= paid.most_minor
        amount = min(part, paid.most_minor)
        given_tax += tax_within(paid, amount)
        paid = replace(paid, returned_minor=paid.returned_minor + amount)
    given_tax += tax_within(paid, paid.most_minor)
    assert given_tax == tax


@pytest.mark.parametrize(("added", "line", "added_minor"), [(760, 1_000, 190), (0, 1_190, 0)])
def test_a_credit_note_is_in_the_manner_of_its_invoice(added: int, line: int, added_minor: int) -> None:
    row = {
        "description": "VAT 19 %", "base_minor": 4_000, "rate_basis_points": 1_900, "amount_minor": 760,
        "added_minor": added,
    }  # fmt: skip
    lines, taxes = credited_lines("Refund", "because", 1_190, 190, [row])
    assert [one["amount_minor"] for one in lines] == [line]
    assert [(one["base_minor"], one["amount_minor"], one["added_minor"]) for one in taxes] == [
        (1_000, 190, added_minor)
    ]
