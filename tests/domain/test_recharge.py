"""Whether a recharge fires, how large, and what forbids it (RULES §5.2-5.8)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from refill.domain.policies import Tax
from refill.domain.recharge import (
    Decision,
    PackOffer,
    PlanOffer,
    Rule,
    Saving,
    Standing,
    agrees,
    decide,
    faults_of,
    larger_pack,
    larger_plan,
    next_try,
    sentence,
    state_of,
    warnings_of,
)

RULE = Rule(400, 1_000, 4_000, "usd", 3, 20_000)
DAY_END, MONTH_END = datetime(2027, 3, 23, 4, tzinfo=UTC), datetime(2027, 4, 1, 4, tzinfo=UTC)
NO_TAX, PLUS_20, WITH_20 = Tax(), Tax(rate_basis_points=2_000), Tax(rate_basis_points=2_000, inclusive=True)


def at(available: int, **facts: object) -> Standing:
    standing = Standing(available, 0, 0, 0, DAY_END, MONTH_END, NO_TAX)
    return replace(standing, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("available", "required", "packs"),
    [
        (400, 0, 0), (399, 0, 1), (0, 0, 1), (500, 500, 0), (500, 501, 1), (0, 1_000, 1), (0, 1_001, 2),
        (399, 3_400, 4), (399, 200, 1),
    ],
)  # fmt: skip
def test_it_fires_strictly_below_the_threshold_with_packs_enough_for_the_whole_gap(
    available: int, required: int, packs: int
) -> None:
    decision = decide(RULE, at(available, required=required))
    assert (decision.reason, decision.packs) == (("fired", packs) if packs else ("above", 0))
    assert (decision.credits, decision.total_minor) == (packs * 1_000, packs * 4_000)


def test_five_packs_fit_the_month_and_a_sixth_does_not() -> None:
    assert decide(RULE, at(0, required=5_000)) == Decision("fired", 5_000, 5, 5_000, 0, 20_000)
    assert decide(RULE, at(0, required=5_001)) == Decision("gap_above_month_cap", 5_001, 6, 6_000, 0, 24_000)


@pytest.mark.parametrize(
    ("today", "month_minor", "reason", "until"),
    [
        (2, 16_000, "fired", None), (3, 12_000, "day_cap", DAY_END), (0, 16_001, "month_cap", MONTH_END),
        (3, 20_000, "day_cap", DAY_END),
    ],
)  # fmt: skip
def test_caps_are_exact_and_end_with_their_day_or_month(
    today: int, month_minor: int, reason: str, until: datetime | None
) -> None:
    decision = decide(RULE, at(399, today_count=today, month_minor=month_minor))
    assert (decision.reason, decision.until) == (reason, until)


def test_a_gap_that_only_partly_fits_is_not_charged_in_part() -> None:
    decision = decide(RULE, at(0, required=2_000, month_minor=16_000))
    assert (decision.reason, decision.packs, decision.until) == ("gap_above_month_cap", 2, None)


def test_caps_count_tax() -> None:
    assert decide(RULE, at(399, tax=PLUS_20)) == Decision("fired", 1, 1, 1_000, 800, 4_800)
    assert decide(RULE, at(399, tax=WITH_20)) == Decision("fired", 1, 1, 1_000, 667, 4_000)
    assert decide(RULE, at(399, tax=PLUS_20, month_minor=15_200)).reason == "fired"
    assert decide(RULE, at(399, tax=PLUS_20, month_minor=15_201)).reason == "month_cap"


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"is_closed": True, "is_open": True}, "account_closed"),
        ({"is_open": True, "has_card": False}, "recharge_open"),
        ({"has_card": False, "has_usable_card": False}, "no_card"),
        ({"has_usable_card": False, "today_count": 3}, "breaker_open"),
    ],
)  # fmt: skip
def test_what_forbids_a_recharge_is_named_in_order(facts: dict[str, bool], reason: str) -> None:
    assert decide(RULE, at(399, **facts)).reason == reason
    assert decide(RULE, at(400, **facts)).reason == "above"


def test_the_sentence_is_that_of_the_rules_and_nothing_else_agrees_with_it() -> None:
    said = (
        "When credits fall below 400, buy packs of 1,000 at $40.00 each, as many as the shortage needs, at most 3 times"
        " a day and $200.00 a month."
    )
    assert sentence(RULE) == said
    assert agrees(said.replace("400", "**400**").replace("3 times", "3\n times"), RULE)
    assert not agrees(said.replace("$200.00", "$300.00"), RULE)
    assert not agrees("", RULE)
    assert "once a day and ¥900 a month" in sentence(
        replace(RULE, currency="jpy", max_per_day=1, max_per_month_minor=900)
    )
    dinars = replace(RULE, currency="kwd")
    assert "at KWD\u00a04.000 each" in sentence(dinars)
    assert agrees(sentence(dinars).replace("\u00a0", " "), dinars)


def test_values_in_conflict_are_named_and_what_could_stop_it_is_warned_of() -> None:
    assert faults_of(RULE, NO_TAX) == []
    assert [field for field, _ in faults_of(replace(RULE, threshold=0, max_per_day=101), NO_TAX)] == [
        "threshold",
        "max_per_day",
    ]
    assert faults_of(replace(RULE, max_per_month_minor=4_000), NO_TAX) == []
    assert [field for field, _ in faults_of(replace(RULE, max_per_month_minor=4_000), PLUS_20)] == ["max_per_month"]
    assert warnings_of(replace(RULE, threshold=5_000), NO_TAX) == []
    assert warnings_of(replace(RULE, threshold=5_001), NO_TAX) == [
        "From zero the shortage needs 6 packs ($240.00 with tax), which the monthly cap never allows."
    ]


def test_three_more_tries_follow_a_decline_after_1_6_and_24_hours() -> None:
    first = datetime(2027, 3, 22, 13, tzinfo=UTC)
    after = [at - first if (at := next_try(first, rounds)) else None for rounds in (1, 2, 3, 4)]
    assert after == [timedelta(hours=1), timedelta(hours=6), timedelta(hours=24), None]


def test_a_larger_pack_is_named_with_the_sum_saved() -> None:
    packs = [PackOffer(1, 1_000, 4_000), PackOffer(2, 2_500, 9_000), PackOffer(3, 5_000, 16_500)]
    assert larger_pack(3_000, 12_000, packs, NO_TAX) is None
    assert larger_pack(5_000, 20_000, packs, NO_TAX) == Saving(3, 1, 5_000, 20_000, 16_500)
    assert larger_pack(2_000, 8_000, [PackOffer(2, 2_000, 7_900)], PLUS_20) is None


def test_a_larger_plan_is_named_where_its_further_credits_cost_less() -> None:
    now_on, plans = PlanOffer(1, 1_000, 3_500), [PlanOffer(2, 2_500, 7_500), PlanOffer(3, 5_000, 13_500)]
    assert larger_plan(3_000, 12_000, now_on, plans, NO_TAX) == Saving(3, 1, 4_000, 12_000, 10_000)
    assert larger_plan(1_000, 4_000, now_on, plans, NO_TAX) is None
    assert larger_plan(0, 0, now_on, plans, NO_TAX) is None
    assert larger_plan(3_000, 12_000, None, plans, NO_TAX) is None


@pytest.mark.parametrize(
    ("enabled", "order", "reason", "state"),
    [
        (False, "processing", "fired", "off"), (True, "processing", "fired", "charging"),
        (True, "needs_action", "needs_action", "needs_action"), (True, "declined", "declined", "retrying"),
        (True, None, "day_cap", "capped"), (True, None, "breaker_open", "stopped"), (True, None, "", "ready"),
        (True, None, "gap_above_month_cap", "ready"),
    ],
)  # fmt: skip
def test_how_it_stands_is_one_word(enabled: bool, order: str | None, reason: str, state: str) -> None:
    assert state_of(enabled, order, reason) == state
