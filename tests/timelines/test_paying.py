"""Charges that fail, wait, or are never answered (RULES §9)."""

import pytest

from tests.life import Platform


@pytest.mark.parametrize(
    ("card", "at_first", "after_six_seconds", "credits"),
    [
        ("visa_ok", "succeeded", "succeeded", 2000),
        ("declined", "declined", "declined", 1000),
        ("declined_final", "declined", "declined", 1000),
        ("unknown_then_ok", "processing", "succeeded", 2000),
        ("unknown_then_declined", "processing", "declined", 1000),
        ("processing_then_ok", "processing", "succeeded", 2000),
        ("needs_action", "needs_action", "needs_action", 1000),
    ],
)
def test_bought_credits_exist_once_the_money_is_settled(
    platform: Platform, card: str, at_first: str, after_six_seconds: str, credits: int
):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    method = life.call("POST", "/payment_methods", {"sandbox": card})["id"]
    order = life.confirm(life.quote(buy_credits={"pack": platform.pack(1000)}, payment_method=method))
    assert order["status"] == at_first
    assert order["balance"]["available"] == (2000 if at_first == "succeeded" else 1000)
    life.advance("2027-03-22 00:00:06")
    assert life.call("GET", f"/orders/{order['id']}")["status"] == after_six_seconds
    assert life.available == credits


def test_an_account_whose_first_charge_fails_is_incomplete_and_has_no_allowance(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000), payment_method="declined")
    assert (life.account["status"], life.account["order"]["status"]) == ("incomplete", "declined")
    assert life.available == 0
    life.use_card("visa_ok")
    life.change(platform.price("growth", 1000))
    assert (life.status, life.available) == ("active", 1000)


def test_a_failed_renewal_is_tried_on_days_0_1_3_5_7_10_14_and_then_suspends(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.buy(1000)
    life.use_card("declined")
    tries = []
    for day in range(16):
        life.advance(f"2027-{'04' if day < 9 else '05'}-{22 + day if day < 9 else day - 8:02} 00:00")
        tries.append(len(life.call("GET", "/invoices?limit=1")["data"]))
        if day == 1:
            assert (life.status, life.balance["purchased"]["remaining"]) == ("past_due", 1000)
            assert life.spend(1)["balance"] == 999
    assert life.status == "suspended"
    assert life.refused("POST", "/usage", {"credits": 1, "kind": "text"}).code == "account_closed"
    assert life.balance["purchased"]["remaining"] == 999
    assert life.call("GET", "/subscription/calendar")["data"] == []


def test_paid_later_within_the_period_gives_the_allowance_less_the_advance_spent(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.use_card("needs_action")
    life.advance("2027-04-22 00:00")
    life.spend(40)
    life.advance("2027-04-23 00:00")
    assert (life.status, life.available) == ("past_due", 0)
    life.use_card("visa_ok")
    quote = life.quote(pay_overdue={})
    assert (quote["due_now"]["amount"], quote["credits"]["after"]) == (3500, 960)
    life.confirm(quote)
    assert (life.status, life.available) == ("active", 960)
    assert life.subscription["current_period"]["ends_at"] == "2027-05-22T00:00:00Z"


def test_the_advance_of_a_period_that_was_never_paid_is_taken_from_the_next_paid_allowance(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.use_card("needs_action")
    life.advance("2027-04-22 00:00")
    life.spend(100)
    life.advance("2027-06-01 00:00")
    assert life.status == "suspended"
    life.use_card("visa_ok")
    life.confirm(life.quote(pay_overdue={}))
    assert (life.status, life.available) == ("active", 900)


def test_the_ladder_pays_once_a_good_card_is_there(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.use_card("declined")
    life.advance("2027-04-22 12:00")
    life.use_card("visa_ok")
    life.advance("2027-04-22 23:59:59")
    assert life.status == "past_due"
    life.advance("2027-04-23 00:00")
    assert (life.status, life.available) == ("active", 1000)


def test_paying_what_is_overdue_can_begin_a_new_period_instead(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.use_card("declined")
    life.advance("2027-04-24 00:00")
    life.use_card("visa_ok")
    life.confirm(life.quote(pay_overdue={"new_period": True}))
    period = life.subscription["current_period"]
    assert (period["starts_at"], period["ends_at"]) == ("2027-04-24T00:00:00Z", "2027-05-24T00:00:00Z")
    assert (life.status, life.available) == ("active", 1000)
    life.advance("2027-05-24 00:00")
    paid = [invoice["total"]["amount"] for invoice in life.invoices() if invoice["status"] == "paid"]
    assert paid == [3500, 3500, 3500]


def test_an_unknown_renewal_keeps_the_advance_until_72_hours_and_is_never_charged_again(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.use_card("unknown_then_ok")
    life.advance("2027-04-22 00:00")
    assert life.available == 100
    life.advance("2027-04-22 00:00:05")
    assert life.available == 1000
    paid = [invoice["status"] for invoice in life.invoices()]
    assert paid == ["paid", "paid"]


def test_an_advance_that_was_revoked_counts_as_granted_no_more(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.use_card("declined")
    life.advance("2027-04-22 00:00", work=False)
    life.spend(30)
    life.advance("2027-04-22 00:00")
    assert life.balance["allowance"] == {"granted": 30, "remaining": 0, "resets_at": "2027-05-22T00:00:00Z"}
    life.use_card("visa_ok")
    life.confirm(life.quote(pay_overdue={}))
    assert life.balance["allowance"] == {"granted": 1000, "remaining": 970, "resets_at": "2027-05-22T00:00:00Z"}


def test_what_is_owed_is_the_next_charge_when_it_is_tried_again(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.confirm(life.quote(add_seats={"quantity": 2}))
    life.use_card("declined")
    life.advance("2027-04-22 00:00")
    tried_again = {"at": "2027-04-23T00:00:00Z", "amount": {"amount": 5500, "currency": "usd"}}
    assert life.subscription["next_charge"] == tried_again
    life.confirm(life.quote(remove_add_on={"kind": "seat", "quantity": 2}))
    assert life.subscription["next_charge"] == tried_again
    life.advance("2027-04-26 00:00")
    assert life.subscription["next_charge"] == tried_again | {"at": "2027-04-27T00:00:00Z"}
    life.use_card("visa_ok")
    life.confirm(life.quote(pay_overdue={}))
    assert life.subscription["next_charge"] == {
        "at": "2027-05-22T00:00:00Z", "amount": {"amount": 3500, "currency": "usd"},
    }  # fmt: skip


def test_after_a_final_decline_there_is_no_next_charge_until_there_is_another_card(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.use_card("declined_final")
    life.advance("2027-04-22 00:00")
    assert (life.status, life.subscription["next_charge"]) == ("past_due", None)
    life.use_card("visa_ok")
    assert life.subscription["next_charge"]["at"] == "2027-04-23T00:00:00Z"
    life.advance("2027-04-23 00:00")
    assert life.status == "active"
