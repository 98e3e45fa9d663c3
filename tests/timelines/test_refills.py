"""Plan credits refill on the same day; bought ones roll over (RULES §2, §3)."""

import pytest

from tests.life import Platform


def starts(life) -> list[str]:
    return [period["starts_at"] for period in life.periods()]


def kinds(life) -> list[tuple[str, int, int]]:
    return [(entry["kind"], entry["credits"], entry["balance_after"]) for entry in life.entries()]


def test_credits_refill_on_the_22nd_of_each_month_and_what_was_left_is_gone(platform: Platform):
    life = platform.life("2027-02-22 14:00", platform.price("growth", 1000), zone="America/New_York")
    life.spend(300)
    life.advance("2027-03-22 12:59:59")
    assert life.available == 700
    life.advance("2027-03-22 13:00")
    assert life.balance["allowance"] == {
        "granted": 1000,
        "remaining": 1000,
        "resets_at": "2027-04-22T13:00:00Z",
    }
    assert kinds(life) == [
        ("grant", 1000, 1000),
        ("spend", -300, 700),
        ("expire", -700, 0),
        ("grant", 100, 100),
        ("grant", 900, 1000),
    ]
    life.advance("2027-05-22 13:00")
    assert starts(life) == [
        "2027-02-22T14:00:00Z", "2027-03-22T13:00:00Z", "2027-04-22T13:00:00Z", "2027-05-22T13:00:00Z",
    ]  # fmt: skip
    assert [invoice["total"]["amount"] for invoice in life.invoices()] == [3500, 3500, 3500, 3500]


def test_an_account_anchored_on_the_31st_renews_on_28_february_and_31_march(platform: Platform):
    life = platform.life("2027-01-31 12:00", platform.price("starter", 250))
    life.advance("2027-05-31 12:00")
    assert starts(life) == [
        "2027-01-31T12:00:00Z", "2027-02-28T12:00:00Z", "2027-03-31T12:00:00Z", "2027-04-30T12:00:00Z",
        "2027-05-31T12:00:00Z",
    ]  # fmt: skip


def test_a_29_february_annual_renews_on_28_february_and_in_leap_years_on_the_29th(platform: Platform):
    life = platform.life("2028-02-29 12:00", platform.price("starter", 3000, "year"))
    life.advance("2032-03-01 00:00")
    assert starts(life) == [
        "2028-02-29T12:00:00Z", "2029-02-28T12:00:00Z", "2030-02-28T12:00:00Z", "2031-02-28T12:00:00Z",
        "2032-02-29T12:00:00Z",
    ]  # fmt: skip


def test_an_annual_plan_gives_the_years_credits_once_a_year(platform: Platform):
    life = platform.life("2027-02-22 14:00", platform.price("growth", 30000, "year"))
    assert life.available == 30000
    life.spend(4000)
    life.advance("2028-02-22 13:59:59")
    assert life.available == 26000
    life.advance("2028-02-22 14:00")
    assert life.available == 30000
    grants = [entry["credits"] for entry in life.entries() if entry["kind"] == "grant"]
    assert grants == [30000, 250, 29750]


def test_bought_credits_are_used_last_and_roll_over_until_used(platform: Platform):
    life = platform.life("2027-02-22 14:00", platform.price("growth", 1000))
    assert life.buy(1000)["status"] == "succeeded"
    spent = life.spend(1100)
    assert [part["credits"] for part in spent["taken"]] == [1000, 100]
    assert spent["balance"] == 900
    life.advance("2027-06-22 14:00")
    balance = life.balance
    assert (balance["available"], balance["allowance"]["remaining"], balance["purchased"]["remaining"]) == (
        1900, 1000, 900,
    )  # fmt: skip


def test_nothing_is_spent_at_zero_and_the_refusal_says_what_is_missing(platform: Platform):
    life = platform.life("2027-02-22 14:00", platform.price("starter", 250))
    life.spend(250)
    refused = life.refused("POST", "/usage", {"credits": 1, "kind": "text"})
    assert (refused.status, refused.code) == (402, "insufficient_credits")
    assert (refused.problem["required"], refused.problem["available"]) == (1, 0)
    assert len(life.entries()) == 2


def test_with_the_worker_down_the_advance_can_be_spent_at_once_and_the_rest_comes_when_it_is_back(platform: Platform):
    life = platform.life("2027-02-22 14:00", platform.price("growth", 1000))
    life.advance("2027-03-22 14:00", work=False)
    assert life.spend(60)["balance"] == 40
    assert life.refused("POST", "/usage", {"credits": 41, "kind": "text"}).code == "insufficient_credits"
    life.advance("2027-03-23 09:00")
    assert life.available == 940
    assert life.balance["allowance"]["granted"] == 1000


def test_missed_periods_are_recorded_as_skipped_and_only_the_current_one_is_granted_and_charged(platform: Platform):
    life = platform.life("2027-02-22 14:00", platform.price("growth", 1000))
    life.advance("2027-06-01 00:00", work=False)
    life.advance("2027-06-01 00:00")
    states = [(period["index"], period["state"]) for period in life.periods()]
    assert states == [(0, "past"), (1, "skipped"), (2, "skipped"), (3, "current")]
    assert len(life.invoices()) == 2
    assert life.available == 1000


def test_the_same_life_by_steps_or_in_one_leap_ends_the_same(platform: Platform):
    price = platform.price("growth", 1000)
    stepping, leaping = (platform.life("2027-01-30 08:30", price, zone="Europe/Berlin") for _ in range(2))
    for month in range(2, 12):
        stepping.advance(f"2027-{month:02}-11 10:00")
    leaping.advance("2027-11-11 10:00")
    assert kinds(stepping) == kinds(leaping)
    assert starts(stepping) == starts(leaping)


@pytest.mark.parametrize(
    ("zone", "start", "boundary"),
    [
        ("America/New_York", "2027-02-14 07:30", "2027-03-14T07:30:00Z"),  # 2:30 does not exist: an hour on
        ("America/New_York", "2027-10-07 05:30", "2027-11-07T05:30:00Z"),  # 1:30 comes twice: the first
        ("Asia/Kathmandu", "2027-01-31 18:20", "2027-02-28T18:20:00Z"),
    ],
)
def test_boundaries_keep_the_wall_clock_of_the_anchor(platform: Platform, zone: str, start: str, boundary: str):
    life = platform.life(start, platform.price("starter", 250), zone=zone)
    assert life.subscription["current_period"]["ends_at"] == boundary


def test_a_past_anchor_makes_the_full_period_that_contains_now_current(platform: Platform):
    life = platform.life("2027-03-15 09:00", platform.price("growth", 1000), zone="UTC", anchor="2026-12-31T10:00:00Z")
    period = life.subscription["current_period"]
    assert (period["starts_at"], period["ends_at"]) == ("2027-02-28T10:00:00Z", "2027-03-31T10:00:00Z")
    assert life.available == 1000
    assert [invoice["total"]["amount"] for invoice in life.invoices()] == [3500]


def test_moving_to_another_zone_keeps_the_current_period_and_the_wall_clock_once_a_period(platform: Platform):
    life = platform.life("2027-01-10 12:00", platform.price("starter", 250), zone="UTC")
    life.call("PATCH", "/account", {"timezone": "America/New_York"})
    assert life.subscription["current_period"]["ends_at"] == "2027-02-10T12:00:00Z"
    assert life.refused("PATCH", "/account", {"timezone": "Asia/Tokyo"}).status == 409
    life.advance("2027-02-10 12:00")
    assert life.subscription["current_period"]["ends_at"] == "2027-03-10T17:00:00Z"
    life.call("PATCH", "/account", {"timezone": "Asia/Tokyo"})
    life.advance("2027-03-10 17:00")
    assert life.subscription["current_period"]["ends_at"] == "2027-04-10T03:00:00Z"
