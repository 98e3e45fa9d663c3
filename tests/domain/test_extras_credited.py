"""What goes back for seats and numbers that are removed where the policy credits them (RULES §4, Add-ons)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from refill.domain.errors import Conflict, Invalid
from refill.domain.policies import Policy
from refill.domain.quotes import (
    AddOnFacts,
    Offer,
    PeriodFacts,
    PriceFacts,
    Situation,
    SubscriptionFacts,
    make_offer,
)
from refill.domain.quotes.situation import PaidExtras
from refill.domain.records import QuoteRequest

START, END = datetime(2027, 3, 22, tzinfo=UTC), datetime(2027, 4, 22, tzinfo=UTC)
PRICE = PriceFacts(1, 1, "Growth", "month", 1_000, 3_500, "usd", 3, 2)
CREDIT = Policy(add_on_removal="credit")


def paid(quantity: int, *, since: datetime | None = None, order: int = 50, **more: int) -> PaidExtras:
    facts = {"lines_minor": 10_000, "total_minor": 10_000, "most_minor": 10_000} | more
    return PaidExtras(order, quantity, since, **facts)


def removed(
    kind: str, quantity: int, *lots: PaidExtras, now: datetime, policy: Policy = CREDIT, ending: int = 0,
    in_use: int = 0,
) -> Offer:  # fmt: skip
    had = sum(lot.quantity for lot in lots) or 2
    period = PeriodFacts(7, 0, START, END, END, "paid", 3_500, 1_000)
    situation = Situation(
        now=now, zone="UTC", currency="usd", policy=policy, account_status="active",
        subscription=SubscriptionFacts(3, "active", PRICE, period, None, None), prices={1: PRICE},
        add_ons=(AddOnFacts(kind, had, had - ending, in_use, lots),),  # type: ignore[arg-type]
    )  # fmt: skip
    return make_offer(situation, QuoteRequest(kind="remove_add_on", add_on=kind, quantity=quantity))  # type: ignore[arg-type]


def amounts(offer: Offer) -> list[int]:
    return [line.amount_minor for line in offer.lines]


@pytest.mark.parametrize(
    ("left", "back"),
    [
        (timedelta(days=31), 1_000), (timedelta(days=12), 387), (timedelta(seconds=1_340), 1),
        (timedelta(seconds=1_339), 0), (timedelta(), 0),
    ],
)  # fmt: skip
def test_a_seat_goes_back_by_the_time_that_is_left_to_the_second(left: timedelta, back: int) -> None:
    offer = removed("seat", 1, paid(2), now=END - left)
    assert (amounts(offer), offer.due_now_minor, offer.tax_minor) == ([-back, back] if back else [], 0, 0)
    assert offer.effective_at == (END - left if back else END)
    if back:
        assert offer.effect == {
            "do": "fewer_extras", "kind": "seat", "quantity": 1, "period": 7, "now": 1, "back": [[50, 1, back]],
        }  # fmt: skip
    else:
        assert offer.effect == {"do": "fewer_extras", "kind": "seat", "quantity": 1, "period": 7}
    assert offer.recurring is not None
    assert offer.recurring.amount_minor == 3_500 + 1_000


def test_it_is_rounded_for_one_then_times_quantity_and_says_how() -> None:
    offer = removed("seat", 3, paid(3), now=END - timedelta(days=12))
    assert amounts(offer) == [-3 * 387, 3 * 387]
    assert offer.lines[0].description == "3 further seats removed, unused 12 of 31 days"
    assert offer.lines[0].working == "3 × $10.00 × 1,036,800 s ÷ 2,678,400 s"


@pytest.mark.parametrize(
    ("had_for", "left", "back"),
    [(1, 12, 97), (6, 7, 97), (7, 6, 97), (8, 5, 81), (0, 13, 97), (0, 7, 0), (0, 5, 0)],
)
def test_a_number_keeps_its_seven_days(had_for: int, left: int, back: int) -> None:
    """Bought `had_for` days ago with `left` to go: 500 × days beyond the seventh ÷ 31."""
    now = END - timedelta(days=left)
    offer = removed("number", 1, paid(1, since=now - timedelta(days=had_for)), now=now)
    assert amounts(offer) == ([-back, back] if back else [])


def test_a_number_that_the_period_began_with_has_had_its_seven_days() -> None:
    assert amounts(removed("number", 1, paid(1), now=END - timedelta(days=30))) == [-484, 484]


@pytest.mark.parametrize(
    ("facts", "back"),
    [
        ({"lines_minor": 2_000, "total_minor": 2_400, "most_minor": 2_400}, 464),
        ({"lines_minor": 2_000, "total_minor": 2_000, "most_minor": 100}, 100),
        ({"lines_minor": 2_000, "total_minor": 2_000, "most_minor": 0}, 0),
    ],
)
def test_tax_goes_back_as_it_was_charged_and_never_more_than_is_left_of_the_payment(
    facts: dict[str, int], back: int
) -> None:
    offer = removed("seat", 1, paid(1, **facts), now=END - timedelta(days=12))
    assert amounts(offer) == ([-back, back] if back else [])


def test_the_last_that_was_paid_for_goes_first() -> None:
    now = END - timedelta(days=12)
    lots = (paid(1, since=now, order=60), paid(2, order=50))
    assert removed("seat", 1, *lots, now=now).effect["back"] == [[60, 1, 387]]
    assert removed("seat", 3, *lots, now=now).effect["back"] == [[60, 1, 387], [50, 2, 774]]


def test_what_ends_at_the_renewal_anyway_can_be_credited_too() -> None:
    offer = removed("seat", 2, paid(2), now=END - timedelta(days=12), ending=1)
    assert (offer.effect["quantity"], offer.effect["now"], amounts(offer)) == (1, 2, [-774, 774])
    with pytest.raises(Invalid):
        removed("seat", 2, paid(2), now=END, ending=1)
    with pytest.raises(Invalid):
        removed("seat", 2, paid(2), now=END - timedelta(days=12), ending=1, policy=Policy())


def test_what_is_in_use_is_not_removed() -> None:
    with pytest.raises(Conflict):
        removed("seat", 1, paid(2), now=START, in_use=5)


def test_by_default_it_is_paid_until_the_renewal() -> None:
    offer = removed("seat", 1, paid(2), now=END - timedelta(days=12), policy=Policy())
    assert (amounts(offer), offer.effective_at) == ([], END)


def test_without_a_payment_there_is_nothing_to_credit() -> None:
    offer = removed("seat", 1, now=END - timedelta(days=12))
    assert (amounts(offer), offer.effective_at) == ([], END)
