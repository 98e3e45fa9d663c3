"""How long credits last, and the best next step, by exact values."""

from datetime import UTC, datetime, timedelta

from refill.domain.advice import Step, next_step, runway, shortage

NOW = datetime(2027, 3, 22, 13, tzinfo=UTC)
IN_TEN_DAYS = NOW + timedelta(days=10)
SMALL = Step("buy_credits", 1, 1, 500, 2_500, "")
LARGE = Step("buy_credits", 2, 1, 1_000, 4_000, "")
PLAN = Step("change_plan", 3, 1, 900, 3_000, "")


def test_credits_last_by_the_pace_of_the_week() -> None:
    row = runway(available=300, used_in_week=210, now=NOW, resets_at=IN_TEN_DAYS)
    assert (row.days_left, row.runs_out_at, row.lasts_until_reset) == (10, IN_TEN_DAYS, True)
    assert row.working == ("300 credits ÷ (210 in the last 7 days ÷ 7 days) = 10 days; the plan refills in 10 days")


def test_one_credit_less_does_not_last() -> None:
    row = runway(available=299, used_in_week=210, now=NOW, resets_at=IN_TEN_DAYS)
    assert (row.days_left, row.lasts_until_reset) == (9, False)


def test_nothing_used_lasts() -> None:
    row = runway(available=0, used_in_week=0, now=NOW, resets_at=None)
    assert (row.days_left, row.runs_out_at, row.lasts_until_reset) == (None, None, True)


def test_what_lasts_for_ages_is_bounded() -> None:
    assert runway(available=10**9, used_in_week=1, now=NOW, resets_at=None).days_left == 3_650


def test_the_shortage_is_what_the_pace_needs_until_the_reset() -> None:
    short, working = shortage(available=100, used_in_week=210, now=NOW, resets_at=IN_TEN_DAYS)
    assert short == 200
    assert working == "210 a week × 10 days = 300 credits needed; 100 are there: 200 short"


def test_without_a_reset_thirty_days_are_looked_at() -> None:
    assert shortage(available=0, used_in_week=7, now=NOW, resets_at=None)[0] == 30


def test_the_cheapest_way_that_closes_the_shortage_is_taken() -> None:
    assert next_step(400, [LARGE, SMALL, PLAN]) == SMALL
    assert next_step(600, [LARGE, SMALL, PLAN]) == PLAN
    assert next_step(950, [LARGE, SMALL, PLAN]) == LARGE


def test_where_nothing_is_enough_the_most_is_taken() -> None:
    assert next_step(5_000, [SMALL, LARGE, PLAN]) == LARGE


def test_nothing_short_or_nothing_offered_is_no_step() -> None:
    assert next_step(0, [SMALL]) is None
    assert next_step(5, []) is None
