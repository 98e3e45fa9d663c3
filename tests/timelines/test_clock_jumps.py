"""A clock that jumps (F21): back, nothing is granted or charged twice; ahead, no period is lost."""

from typing import Any

from refill import models
from refill.domain import ids
from tests.life import Life, Platform, utc
from tests.recharges import mismatches


def jump(life: Life, to: str) -> None:
    """As no door allows: the machine's clock was set, or another machine's is read."""
    models.TestClock.objects.filter(pk=ids.decode("clk", life.clock)[0]).update(instant=utc(to))


def standing(life: Life) -> tuple[Any, ...]:
    return life.available, len(life.invoices()), len(life.periods())


def test_F21_back_by_days_nothing_is_granted_charged_or_ended_twice(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.buy(250)
    life.advance("2027-04-22 00:00")
    life.spend(10)
    assert standing(life) == (1240, 3, 2)
    jump(life, "2027-04-20 00:00")
    assert life.spend(10)["balance"] == 1230
    hold = life.call("POST", "/holds", {"credits": 100, "expires_in": 600})["id"]
    life.advance("2027-04-21 23:00")
    # Account time stands still until the clock has caught up with what was written last.
    assert (standing(life), life.balance["held"]) == ((1130, 3, 2), 100)
    life.call("POST", f"/holds/{hold}/release")
    life.advance("2027-05-22 00:00")
    assert standing(life) == (1250, 4, 3)
    assert mismatches(life) == []


def test_F21_ahead_by_forty_days_each_period_has_its_row_and_one_is_charged(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.buy(250)
    jump(life, "2027-06-01 00:00")
    assert life.balance["purchased"]["remaining"] == 250
    life.advance("2027-06-01 00:01")
    assert [(period["starts_at"][:10], period["state"]) for period in life.periods()] == [
        ("2027-03-22", "past"), ("2027-04-22", "skipped"), ("2027-05-22", "current"),
    ]  # fmt: skip
    assert standing(life) == (1250, 3, 3)
    jump(life, "2027-04-25 00:00")
    assert life.spend(1)["balance"] == 1249
    life.advance("2027-06-01 00:02")
    assert standing(life) == (1249, 3, 3)
    assert mismatches(life) == []
