"""Warnings at 20 %, 10 % and 0 of the last refill: once for each crossing, armed anew by a refill (RULES §6.1)."""

from __future__ import annotations

import pytest

from tests.letters import mails_of, subjects
from tests.life import Life, Platform
from tests.recharges import turn_on
from tests.timelines.test_ending import free_price


@pytest.fixture
def life(platform: Platform) -> Life:
    return platform.life("2027-03-22 13:00", platform.price("growth", 1000), zone="America/New_York")


def warnings(life: Life) -> list[str]:
    return [mail.subject for mail in mails_of(life) if mail.kind in ("credits_low", "credits_out")]


def told(life: Life) -> list[tuple[str, int, int]]:
    """(event, percent, available) the oldest first."""
    found = life.call("GET", "/events?limit=100")["data"]
    return [
        (event["kind"], event["data"]["percent"], event["data"]["available"])
        for event in reversed(found) if event["kind"] in ("credits.low", "credits.exhausted")
    ]  # fmt: skip


def test_each_level_is_told_once_when_it_is_reached(life: Life):
    life.spend(799)
    assert warnings(life) == []
    life.spend(1)
    assert warnings(life) == ["200 credits left"]
    life.spend(50)
    life.spend(49)
    assert warnings(life) == ["200 credits left"]
    life.spend(1)
    life.spend(99)
    life.spend(1)
    assert warnings(life) == ["200 credits left", "100 credits left", "No credits left"]
    assert life.refused("POST", "/usage", {"credits": 1, "kind": "text"}).code == "insufficient_credits"
    assert told(life) == [("credits.low", 20, 200), ("credits.low", 10, 100), ("credits.exhausted", 0, 0)]
    low, _, out = (mail for mail in mails_of(life) if mail.kind.startswith("credits"))
    assert (
        "That is 20 % or less of the 1,000 credits that you had after the last refill."
        " Plan credits reset on 22 April 2027, 9:00 am EDT."
    ) in low.words
    assert "- Wait until plan credits reset on 22 April 2027, 9:00 am EDT" in out.words
    assert "Turn on auto-recharge" in out.shown


def test_a_debit_that_passes_several_levels_tells_the_lowest_alone(life: Life):
    life.spend(950)
    assert (warnings(life), told(life)) == (["50 credits left"], [("credits.low", 10, 50)])
    life.spend(50)
    assert warnings(life) == ["50 credits left", "No credits left"]


def test_what_comes_back_without_a_refill_is_not_told_again(life: Life):
    spent = life.spend(900)
    life.call("POST", f"/usage/{spent['id']}/reverse", {"credits": 900, "reason": "a mistake"})
    life.spend(900)
    hold = life.call("POST", "/holds", {"credits": 60})
    life.call("POST", f"/holds/{hold['id']}/release")
    life.call("POST", "/holds", {"credits": 60})
    assert warnings(life) == ["100 credits left"]


def test_a_refill_arms_them_anew_at_its_own_levels(life: Life):
    life.spend(950)
    life.buy(1000)
    # 1,050 after the refill: 20 % are 210, 10 % are 105.
    life.spend(839)
    assert warnings(life) == ["50 credits left"]
    life.spend(1)
    assert warnings(life)[1:] == ["210 credits left"]
    life.advance("2027-04-22 13:00")
    # The plan's 1,000 anew, and the 210 that were bought.
    assert life.available == 1210
    life.spend(967)
    assert warnings(life)[2:] == []
    life.spend(1)
    assert warnings(life)[2:] == ["242 credits left"]


def test_a_hold_and_a_batch_are_noticed_like_a_spend(life: Life):
    life.call("POST", "/holds", {"credits": 800})
    items = [{"key": f"text {number}", "credits": 1, "kind": "text"} for number in range(100)]
    life.call("POST", "/usage/batch", {"items": items})
    assert warnings(life) == ["200 credits left", "100 credits left"]


def test_a_spend_across_the_boundary_is_measured_by_what_the_new_period_gave(platform: Platform):
    life = platform.life("2027-03-22 13:00", free_price(platform))
    life.spend(50)
    assert warnings(life) == ["No credits left"]
    life.advance("2027-04-22 13:00", work=False)
    life.spend(41)
    assert warnings(life) == ["No credits left", "9 credits left"]


def test_with_auto_recharge_both_are_watched_for(life: Life):
    turn_on(life, threshold=100)
    life.spend(800)
    assert warnings(life) == ["200 credits left"]
    life.spend(101)
    # 99 left: told, and bought 1,000; 20 % of the 1,099 are 219.
    assert warnings(life) == ["200 credits left", "99 credits left"]
    assert life.available == 1099
    life.spend(879)
    assert len(warnings(life)) == 2
    life.spend(1)
    assert warnings(life)[2:] == ["219 credits left"]


def test_the_levels_are_those_of_the_policy(platform: Platform):
    platform.call("PUT", "/policies", {"low_percents": [50, 0]})
    try:
        life = platform.life("2027-03-22 13:00", platform.price("growth", 1000))
    finally:
        platform.call("PUT", "/policies", {"low_percents": [20, 10, 0]})
    life.spend(500)
    life.spend(499)
    life.spend(1)
    assert warnings(life) == ["500 credits left", "No credits left"]


def test_a_year_is_announced_thirty_days_before_and_a_month_is_not(platform: Platform):
    year = platform.life("2027-03-22 13:00", platform.price("growth", 12000, "year"), zone="America/New_York")
    year.advance("2028-02-21 12:59:59")
    assert subjects(year, "renewal_coming") == []
    year.advance("2028-02-21 13:00")
    (coming,) = mails_of(year, "renewal_coming")
    charge = year.subscription["next_charge"]["amount"]["amount"]
    assert coming.subject == f"Growth 12,000 a year renews on 22 March 2028: ${charge / 100:,.2f}"
    assert "Your year ends on 22 March 2028, 9:00 am EDT. Then" in coming.words
    assert "charged to Visa ending 4242 for the next year" in coming.words
    year.advance("2028-03-22 13:00")
    assert len(mails_of(year, "renewal_coming")) == 1
    month = platform.life("2027-03-22 13:00", platform.price("growth", 1000))
    month.advance("2027-05-22 13:00")
    assert subjects(month, "renewal_coming") == []


def test_a_year_that_was_cancelled_is_not_announced(platform: Platform):
    life = platform.life("2027-03-22 13:00", platform.price("growth", 12000, "year"))
    life.confirm(life.quote(cancel={}))
    life.advance("2028-03-01 13:00")
    assert subjects(life, "renewal_coming") == []


def test_a_card_is_told_of_thirty_days_before_it_expires_and_once(platform: Platform):
    # The sandbox's cards are good until the end of 2040.
    life = platform.life("2040-11-20 13:00", platform.price("growth", 1000), zone="America/New_York")
    life.advance("2040-12-01 23:59:59")
    assert subjects(life, "card_expiring") == []
    life.advance("2040-12-02 00:00")
    (told,) = mails_of(life, "card_expiring")
    assert told.subject == "Visa ending 4242 expires at the end of 12/2040"
    assert "It pays your plan." in told.words
    assert "The next charge is $35.00 on 20 December 2040, 8:00 am EST." in told.words
    spare = life.call("POST", "/payment_methods", {"sandbox": "visa_ok"})["id"]
    life.advance("2040-12-25 00:00")
    assert len(mails_of(life, "card_expiring")) == 1
    life.call("PATCH", f"/payment_methods/{spare}", {"backup": True})
    life.advance("2041-01-02 00:00")
    assert "It pays when the card of auto-recharge is declined." in mails_of(life, "card_expiring")[1].words
    assert len(mails_of(life, "card_expiring")) == 2


def test_a_trials_end_is_told_three_days_before(platform: Platform):
    life = platform.life("2027-03-22 13:00", platform.price("growth", 1000), zone="America/New_York", trial=True)
    life.advance("2027-04-02 12:59:59")
    assert subjects(life)[1:] == []
    life.advance("2027-04-02 13:00")
    (told,) = mails_of(life, "trial_ending")
    assert told.subject == "Your trial ends on 5 April 2027"
    assert "Nothing is charged unless you choose a plan." in told.words
