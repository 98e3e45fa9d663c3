"""Corners that random lives found: each was wrong once."""

from refill.services.developers import keys
from tests.conftest import TEST_PLATFORM_KEY
from tests.life import Life, Platform


def test_choosing_the_scheduled_plan_again_lifts_a_cancellation(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    starter = platform.price("starter", 250)
    life.change(starter)
    life.confirm(life.quote(cancel={}))
    quote = life.quote(change_plan={"price": starter})
    assert (quote["due_now"]["amount"], quote["warnings"]) == (0, ["The cancellation is lifted by this change."])
    life.confirm(quote)
    assert life.subscription["cancel_at"] is None
    life.advance("2027-04-22 00:00")
    assert (life.status, life.available, life.subscription["price"]) == ("active", 250, starter)


def test_bought_credits_that_come_back_after_the_plan_has_ended_are_kept_no_longer_than_the_others(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.buy(1000)
    usage = life.spend(2000)["id"]
    life.confirm(life.quote(cancel={}))
    life.advance("2027-04-23 00:00")
    life.call("POST", f"/usage/{usage}/reverse", {"reason": "the operator's fault"})
    assert life.balance["purchased"]["remaining"] == 1000
    life.advance("2028-04-22 00:00")
    assert life.balance["purchased"]["remaining"] == 0


def test_bought_credits_that_come_back_after_the_return_have_no_end(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.buy(1000)
    usage = life.spend(2000)["id"]
    life.confirm(life.quote(cancel={}))
    life.advance("2027-04-23 00:00")
    life.confirm(life.quote(reactivate={"price": platform.price("starter", 250)}))
    life.call("POST", f"/usage/{usage}/reverse", {"reason": "the operator's fault"})
    life.advance("2028-05-01 00:00")
    assert life.balance["purchased"]["remaining"] == 1000


def test_a_quote_for_credits_dealt_out_by_the_month_shows_those_that_are_there_at_once(fresh_database: str):
    keys.register_test_platform_key(TEST_PLATFORM_KEY)
    platform = Platform(TEST_PLATFORM_KEY)
    platform.call("PUT", "/policies", {"allowance_every": "month"})
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    quote = life.quote(change_plan={"price": platform.price("growth", 12000, "year")})
    assert (quote["credits"]["before"], quote["credits"]["after"]) == (1000, 1000)
    life.confirm(quote)
    assert life.available == 1000
    life.advance("2027-04-22 00:00")
    assert life.available == 1000


def past_due(platform: Platform, card: str) -> Life:
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.use_card("declined")
    life.advance("2027-04-22 00:00")
    life.use_card(card)
    return life


def test_what_the_ladder_has_charged_meanwhile_is_not_taken_twice(platform: Platform):
    life = past_due(platform, "needs_action")
    life.advance("2027-04-22 12:00")
    order = life.confirm(life.quote(pay_overdue={}))
    life.use_card("visa_ok")
    life.advance("2027-04-23 00:00")
    assert (life.status, life.available) == ("active", 1000)
    acted = life.call("POST", f"/orders/{order['id']}/action", {"outcome": "authenticated"})
    assert (acted["status"], life.available) == ("refunded", 1000)


def test_what_is_paid_after_the_suspension_is_given_back(platform: Platform):
    life = past_due(platform, "declined")
    life.advance("2027-05-05 23:59")
    life.use_card("needs_action")
    order = life.confirm(life.quote(pay_overdue={}))
    life.use_card("declined")
    life.advance("2027-05-06 00:00")
    assert life.status == "suspended"
    acted = life.call("POST", f"/orders/{order['id']}/action", {"outcome": "authenticated"})
    assert (acted["status"], life.status) == ("refunded", "suspended")


def test_a_change_that_the_bank_asks_about_and_nobody_answers_stands_in_the_way_for_a_day(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.use_card("needs_action")
    dearer = platform.price("growth", 2500)
    order = life.change(dearer)
    assert life.refused("POST", "/quotes", {"cancel": {}}).code == "charge_in_progress"
    life.advance("2027-03-23 00:00")
    assert life.call("GET", f"/orders/{order['id']}")["status"] == "declined"
    life.use_card("visa_ok")
    assert life.change(dearer)["status"] == "succeeded"


def test_a_late_decline_of_a_period_that_is_over_does_not_concern_the_present_one(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.use_card("unknown_then_declined")
    life.advance("2027-04-22 00:00")
    life.use_card("visa_ok")
    life.advance("2027-06-23 00:00", work=False)
    life.advance("2027-06-23 00:01")
    assert (life.status, life.available) == ("active", 1000)
    assert [invoice["status"] for invoice in life.invoices()] == ["paid", "void", "paid"]


def test_a_small_plan_makes_up_for_a_large_advance_in_as_many_periods_as_it_takes(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 10000))
    life.use_card("declined")
    life.advance("2027-04-22 00:00", work=False)
    life.spend(600)
    life.advance("2027-05-06 00:00")
    assert life.status == "suspended"
    life.use_card("visa_ok")
    back = life.quote(reactivate={"price": platform.price("starter", 250)})
    assert back["credits"]["after"] == 0
    life.confirm(back)
    assert life.available == 0
    life.advance("2027-06-06 00:00")
    assert life.available == 25
    life.advance("2027-07-06 00:00")
    assert life.available == 125
    life.advance("2027-08-06 00:00")
    assert life.available == 250


def test_two_purchases_that_are_decided_at_one_instant_are_granted_in_their_order(platform: Platform):
    life = platform.life("2027-03-22 00:00")
    life.use_card("unknown_then_ok")
    for credits in (1000, 250, 2500):
        life.buy(credits)
    life.advance("2027-03-22 00:00:05")
    assert [entry["credits"] for entry in life.entries()] == [1000, 250, 2500]
