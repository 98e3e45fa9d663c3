"""The one quote function, with worked figures (RULES §4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from refill.domain.errors import ChargeInProgress, Conflict, Invalid, NothingToDo
from refill.domain.policies import Policy, Tax
from refill.domain.quotes import (
    AddOnFacts,
    CardFacts,
    GrantFacts,
    OverdueFacts,
    PackFacts,
    PeriodFacts,
    PriceFacts,
    Situation,
    SubscriptionFacts,
    make_offer,
)
from refill.domain.quotes.situation import PaidExtras
from refill.domain.records import QuoteRequest

START = datetime(2027, 3, 22, tzinfo=UTC)
END = datetime(2027, 4, 22, tzinfo=UTC)
GROWTH_1000 = PriceFacts(1, 1, "Growth", "month", 1_000, 3_500, "usd", 3, 2)
GROWTH_2500 = PriceFacts(2, 1, "Growth", "month", 2_500, 7_500, "usd", 3, 2)
GROWTH_YEAR = PriceFacts(3, 1, "Growth", "year", 12_000, 35_000, "usd", 3, 2)
STARTER_250 = PriceFacts(4, 2, "Starter", "month", 250, 1_200, "usd", 1, 1)
FREE = PriceFacts(5, 3, "Pay as you go", "month", 50, 0, "usd", 1, 1)
SCALE_1000 = PriceFacts(6, 4, "Scale", "month", 1_000, 5_200, "usd", 10, 5)
SMALL_YEAR = PriceFacts(7, 1, "Growth", "year", 11_999, 34_000, "usd", 3, 2)
EURO = PriceFacts(8, 1, "Growth", "month", 5_000, 9_000, "eur", 3, 2)
PRICES = {p.id: p for p in (GROWTH_1000, GROWTH_2500, GROWTH_YEAR, STARTER_250, FREE, SCALE_1000, SMALL_YEAR, EURO)}
PACK = PackFacts(1, 1_000, 4_000, "usd")


def allowance(left: int, held: int = 0) -> GrantFacts:
    return GrantFacts(10, "allowance", 7, left, held, True, END, START)


def bought(left: int) -> GrantFacts:
    return GrantFacts(11, "purchase", None, left, 0, True, None, START)


def situation(price: PriceFacts = GROWTH_1000, **facts: object) -> Situation:
    period = PeriodFacts(7, 0, START, END, END, "paid", price.amount_minor, price.credits)
    subscription = SubscriptionFacts(3, "active", price, period, None, None)
    base = Situation(
        now=END - timedelta(days=12), zone="UTC", currency="usd", policy=Policy(), account_status="active",
        subscription=subscription, grants=(allowance(1_000), bought(900)), card=CardFacts(1, "visa 4242"),
        prices=PRICES, packs={1: PACK},
    )  # fmt: skip
    return replace(base, **facts)  # type: ignore[arg-type]


def paid_seats(quantity: int, most_minor: int = 1_000) -> tuple[PaidExtras, ...]:
    return (PaidExtras(1, quantity, None, 1_000, 1_000, most_minor),)


def change(price: PriceFacts) -> QuoteRequest:
    return QuoteRequest(kind="change_plan", price_id=price.id)


def amounts(offer) -> list[int]:
    return [line.amount_minor for line in offer.lines]


def test_an_upgrade_is_the_difference_for_the_rest_of_the_period():
    offer = make_offer(situation(), change(GROWTH_2500))
    assert amounts(offer) == [2_903, -1_355]
    assert offer.due_now_minor == 1_548
    assert (offer.before, offer.after) == (1_900, 2_481)
    assert offer.lines[0].working == "$75.00 × 1,036,800 s ÷ 2,678,400 s"
    assert offer.recurring is not None
    assert (offer.recurring.amount_minor, offer.recurring.next_at) == (7_500, END)


def test_each_line_is_rounded_half_up_by_itself():
    cheap = replace(GROWTH_1000, amount_minor=1)
    at_half = situation(cheap, now=START + (END - START) / 2)
    offer = make_offer(replace(at_half, prices={**PRICES, 1: cheap}), change(replace(GROWTH_2500)))
    assert amounts(offer) == [3_750, -1]


def test_credits_are_counted_from_the_most_held_in_the_period():
    held = situation(GROWTH_1000)
    assert held.subscription is not None
    assert held.subscription.period is not None
    period = replace(held.subscription.period, most_held=2_500)
    offer = make_offer(
        replace(held, subscription=replace(held.subscription, period=period)), change(replace(GROWTH_2500))
    )
    assert offer.effect["credits"] == 0
    assert offer.effect["most_held"] == 2_500


def test_full_difference_takes_and_gives_it_whole():
    offer = make_offer(situation(policy=Policy(upgrade="full_difference")), change(GROWTH_2500))
    assert (offer.due_now_minor, offer.effect["credits"]) == (4_000, 1_500)


def test_restart_begins_a_new_period_and_credits_the_old_one():
    offer = make_offer(situation(policy=Policy(upgrade="restart")), change(GROWTH_2500))
    assert amounts(offer) == [7_500, -1_354]  # 12 of 31 days of 3,500, rounded down
    assert offer.effect["do"] == "start"
    assert (offer.before, offer.after) == (1_900, 3_400)
    assert [move.lost for move in offer.grants] == [1_000, 0, 0]


def test_what_is_held_counts_as_spent_in_the_credit_of_the_old_period():
    offer = make_offer(situation(grants=(allowance(100, held=900),)), change(GROWTH_YEAR))
    assert amounts(offer) == [35_000, -350]


def test_the_credit_is_never_more_than_was_paid():
    found = situation()
    assert found.subscription is not None
    assert found.subscription.period is not None
    period = replace(found.subscription.period, paid_minor=500)
    offer = make_offer(replace(found, subscription=replace(found.subscription, period=period)), change(GROWTH_YEAR))
    assert amounts(offer) == [35_000, -500]


def test_nothing_is_ever_due_below_zero():
    dear = replace(GROWTH_1000, amount_minor=50_000)
    gift = replace(GROWTH_YEAR, amount_minor=1_000)
    offer = make_offer(situation(dear, prices={**PRICES, 1: dear, 3: gift}), change(gift))
    assert amounts(offer) == [1_000, -1_000]
    assert offer.lines[1].working.endswith("at most what is due")
    assert offer.due_now_minor == 0


@pytest.mark.parametrize(
    ("present", "wanted", "expected"),
    [
        (GROWTH_1000, GROWTH_2500, "upgrade"),
        (GROWTH_1000, SCALE_1000, "upgrade"),
        (GROWTH_1000, STARTER_250, "schedule"),
        (GROWTH_2500, GROWTH_1000, "schedule"),
        (GROWTH_1000, GROWTH_YEAR, "start"),
        (GROWTH_1000, SMALL_YEAR, "schedule"),
        (GROWTH_YEAR, GROWTH_1000, "schedule"),
        (GROWTH_YEAR, GROWTH_2500, "schedule"),
        (FREE, GROWTH_1000, "start"),
        (GROWTH_1000, FREE, "schedule"),
    ],
)
def test_each_change_follows_its_rule(present: PriceFacts, wanted: PriceFacts, expected: str):
    assert make_offer(situation(present), change(wanted)).effect["do"] == expected


def test_a_downgrade_costs_nothing_now_and_says_what_is_lost_then():
    offer = make_offer(situation(), change(STARTER_250))
    assert (offer.due_now_minor, offer.effective_at) == (0, END)
    assert [(move.source, move.before, move.after, move.lost) for move in offer.grants] == [
        ("allowance", 1_000, 0, 1_000), ("purchase", 900, 900, 0), ("allowance", 0, 250, 0),
    ]  # fmt: skip


def test_a_lower_plan_bills_the_extras_in_use_and_the_quote_lists_them():
    offer = make_offer(situation(add_ons=(AddOnFacts("seat", 0, 0, 3),)), change(STARTER_250))
    assert "2 are billed as extras from then" in offer.warnings[0]
    assert offer.recurring is not None
    assert offer.recurring.amount_minor == 1_200 + 2 * 1_000


def test_a_higher_plan_credits_the_extras_that_it_includes():
    offer = make_offer(situation(add_ons=(AddOnFacts("seat", 1, 1, 4, paid_seats(1)),)), change(SCALE_1000))
    assert amounts(offer) == [2_013, -1_355, -387]
    offer = make_offer(situation(add_ons=(AddOnFacts("seat", 2, 2, 5, paid_seats(2)),)), change(SCALE_1000))
    assert (amounts(offer), offer.due_now_minor) == ([2_013, -1_355, -658], 0)  # of 2 × 387, at most what is due
    assert offer.recurring is not None
    assert offer.recurring.amount_minor == 5_200


def test_extras_whose_money_went_back_are_included_and_not_credited():
    for paid in ((), paid_seats(1, most_minor=0)):
        offer = make_offer(situation(add_ons=(AddOnFacts("seat", 1, 1, 4, paid),)), change(SCALE_1000))
        assert (amounts(offer), offer.effect["add_ons"]) == ([2_013, -1_355], [["seat", -1]])


def test_what_is_owed_is_settled_from_the_grants_that_it_makes():
    assert (make_offer(situation(owed=600), change(GROWTH_YEAR)).after, 900 + 12_000 - 600) == (12_300, 12_300)
    buy = QuoteRequest(kind="buy_credits", pack_id=1)
    assert [make_offer(situation(grants=(), owed=owed), buy).after for owed in (0, 600, 1_600)] == [1_000, 400, 0]


def test_extras_that_end_with_the_period_do_not_recur_at_a_higher_plan():
    offer = make_offer(situation(add_ons=(AddOnFacts("seat", 9, 8, 11),)), change(SCALE_1000))  # which includes 7 more
    assert offer.effect["add_ons"] == [["seat", -7]]
    assert offer.recurring is not None
    assert offer.recurring.amount_minor == 5_200 + 1_000


def test_seats_are_rounded_for_one_and_multiplied():
    offer = make_offer(situation(add_ons=(AddOnFacts("seat", 0, 0, 3),)), QuoteRequest(kind="add_seats", quantity=3))
    assert amounts(offer) == [387 * 3]


def test_a_number_is_charged_for_at_least_seven_days():
    late = situation(now=END - timedelta(days=1))
    offer = make_offer(late, QuoteRequest(kind="add_number", quantity=1))
    assert amounts(offer) == [113]  # 500 × 7 ÷ 31


@pytest.mark.parametrize(("tax", "expected"), [(Tax(1_900, False), (294, 1_842)), (Tax(1_900, True), (247, 1_548))])
def test_tax_is_on_top_or_inside(tax: Tax, expected: tuple[int, int]):
    offer = make_offer(situation(tax=tax), change(GROWTH_2500))
    assert (offer.tax_minor, offer.due_now_minor) == expected


def test_what_is_overdue_is_paid_first():
    overdue = OverdueFacts(9, 7, "Growth 1,000", 3_500, 960)
    late = situation(account_status="past_due", overdue=overdue, grants=())
    late = replace(late, subscription=replace(late.subscription, status="past_due"))  # type: ignore[type-var]
    offer = make_offer(late, change(GROWTH_2500))
    assert amounts(offer)[0] == 3_500
    assert offer.after == 960 + 581
    paid = make_offer(late, QuoteRequest(kind="pay_overdue"))
    assert (paid.due_now_minor, paid.after) == (3_500, 960)
    anew = make_offer(late, QuoteRequest(kind="pay_overdue", new_period=True))
    assert (anew.due_now_minor, anew.after, anew.effect["void"]) == (3_500, 1_000, 9)


def test_credits_of_an_unpaid_advance_come_off_the_next_allowance():
    offer = make_offer(situation(account_status="suspended", advance_owed=40, grants=()), change(GROWTH_1000))
    assert (offer.effect["credits"], offer.due_now_minor) == (960, 3_500)


def test_a_free_allowance_comes_at_most_once_a_month():
    now = datetime(2027, 4, 10, tzinfo=UTC)
    for last, credits in ((datetime(2027, 3, 10, 0, 0, 1, tzinfo=UTC), 0), (datetime(2027, 3, 10, tzinfo=UTC), 50)):
        late = situation(account_status="suspended", grants=(), now=now, free_allowance_at=last)
        assert make_offer(late, change(FREE)).effect["credits"] == credits


def test_packs_are_multiplied_and_roll_over():
    offer = make_offer(situation(), QuoteRequest(kind="buy_credits", pack_id=1, quantity=3))
    assert (offer.due_now_minor, offer.after - offer.before) == (12_000, 3_000)
    assert offer.grants[-1].ends_at is None


def test_cancelling_costs_nothing_and_shows_what_ends():
    offer = make_offer(situation(), QuoteRequest(kind="cancel"))
    assert (offer.due_now_minor, offer.effective_at, offer.recurring) == (0, END, None)
    assert [(move.source, move.lost) for move in offer.grants] == [("allowance", 1_000), ("purchase", 0)]


@pytest.mark.parametrize(
    ("request_", "refusal"),
    [
        (change(GROWTH_1000), NothingToDo),
        (QuoteRequest(kind="change_plan", price_id=999), Invalid),
        (change(EURO), Invalid),
        (QuoteRequest(kind="buy_credits", pack_id=9), Invalid),
        (QuoteRequest(kind="buy_credits", pack_id=1, quantity=0), Invalid),
        (QuoteRequest(kind="buy_credits", pack_id=1, quantity=1_001), Invalid),
        (QuoteRequest(kind="reactivate", price_id=1), NothingToDo),
        (QuoteRequest(kind="pay_overdue"), NothingToDo),
        (QuoteRequest(kind="remove_add_on", add_on="seat", quantity=1), Invalid),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(request_: QuoteRequest, refusal: type[Conflict]):
    with pytest.raises(refusal):
        make_offer(situation(), request_)


def test_while_a_charge_is_undecided_only_packs_are_offered():
    waiting = situation(undecided=True)
    with pytest.raises(ChargeInProgress):
        make_offer(waiting, change(GROWTH_2500))
    assert make_offer(waiting, QuoteRequest(kind="buy_credits", pack_id=1)).due_now_minor == 4_000


def test_the_same_situation_gives_the_same_offer():
    assert make_offer(situation(), change(GROWTH_2500)) == make_offer(situation(), change(GROWTH_2500))


def test_a_cancellation_that_is_effective_at_once_counts_what_was_granted_in_this_very_second():
    now = END - timedelta(days=12)
    gift = GrantFacts(12, "promotion", None, 60, 0, True, None, now + timedelta(microseconds=5))
    offer = make_offer(situation(account_status="past_due", grants=(bought(900), gift)), QuoteRequest(kind="cancel"))
    assert (offer.effective_at, offer.before, offer.after) == (now, 960, 960)
