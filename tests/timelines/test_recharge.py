"""Auto-recharge, told as days of one account (RULES §5.2-5.8)."""

from collections.abc import Iterator

import pytest

from tests.life import Life, Platform
from tests.recharges import charges, events, mismatches, reasons, recharges, standing, turn_on, wanted

SENTENCE = (
    "When credits fall below 400, buy packs of 1,000 at $40.00 each, as many as the shortage needs, at most 3 times a"
    " day and $200.00 a month."
)


@pytest.fixture
def life(platform: Platform) -> Iterator[Life]:
    """1,000 credits of Growth in New York, since 9 in the morning of 22 March; verifies clean in the end."""
    life = platform.life("2027-03-22 13:00", platform.price("growth", 1000), zone="America/New_York")
    yield life
    assert mismatches(life) == []


def test_it_is_off_until_somebody_agrees_to_the_exact_sentence(life: Life):
    offered = standing(life)
    assert (offered["enabled"], offered["sentence"], offered["consent"]) == (False, SENTENCE, None)
    for consent in ({}, {"consent": SENTENCE.replace("3 times", "9 times")}):
        refused = life.refused("PUT", "/auto_recharge", wanted(life) | consent)
        assert (refused.status, refused.code, refused.problem["param"]) == (422, "consent_required", "consent")
        assert (refused.problem["sentence"], refused.problem["fires_now"]) == (SENTENCE, False)
    assert standing(life)["enabled"] is False
    on = life.call("PUT", "/auto_recharge", wanted(life) | {"consent": SENTENCE})
    assert (on["enabled"], on["state"], on["consent"], on["fires_now"]) == (True, "ready", SENTENCE, False)
    assert on["consented_at"] == "2027-03-22T13:00:00Z"
    assert events(life, "changed") == [{"enabled": True, "threshold": 400, "pack": life.platform.pack(1000)}]


def test_the_example_of_the_rules(life: Life):
    turn_on(life)
    life.spend(600)
    assert (life.available, reasons(life)) == (400, [])
    assert life.spend(1)["balance"] == 399
    balance = life.balance
    assert (balance["available"], balance["purchased"]["remaining"]) == (1399, 1000)
    decision = life.call("GET", "/auto_recharge/decisions")["data"][0]
    spent = life.entries()[2]
    assert (spent["kind"], spent["credits"]) == ("spend", -1)
    assert decision == {
        "at": "2027-03-22T13:00:00Z", "fired": True, "reason": "fired", "cause": "spend", "entry": spent["id"],
        "available": 399, "threshold": 400, "required": None, "gap": 1, "packs": 1,
        "amount": {"amount": 4000, "currency": "usd"}, "order": recharges(life)[0]["id"], "until": None,
    }  # fmt: skip
    line = life.invoices()[-1]["lines"][0]
    assert (line["description"], line["amount"]["amount"]) == ("Auto-recharge: 1,000 credits", 4000)
    assert "below 400 buy packs of 1,000; balance before: 399; because a spend left 399" in line["working"]
    assert [grant["source"] for grant in life.call("GET", "/balance?expand=grants")["grants"]] == [
        "allowance",
        "recharge",
    ]


def test_a_fourth_in_one_day_waits_for_midnight_and_people_are_told_once(life: Life):
    turn_on(life)
    life.spend(601)
    for _ in range(2):
        life.spend(1000)
    assert (standing(life)["today"], life.available) == (3, 1399)
    life.spend(1000)
    assert (life.available, standing(life)["state"], standing(life)["until"]) == (399, "capped", "2027-03-23T04:00:00Z")
    life.spend(100)
    refused = life.refused("POST", "/usage", {"credits": 500, "kind": "text"})
    assert refused.problem["auto_recharge"] == {"enabled": True, "state": "capped", "until": "2027-03-23T04:00:00Z"}
    assert [event["cap"] for event in events(life, "capped")] == ["day"]
    life.advance("2027-03-23 03:59:59")
    assert (life.available, len(recharges(life))) == (299, 3)
    life.advance("2027-03-23 04:00")
    assert (life.available, len(recharges(life))) == (1299, 4)
    assert reasons(life) == ["fired", "fired", "fired", "day_cap", "fired"]


def test_five_of_forty_dollars_reach_two_hundred_and_the_month_ends_at_local_midnight(life: Life):
    turn_on(life, max_per_day=10)
    life.spend(601)
    for _ in range(4):
        life.spend(1000)
    assert (standing(life)["this_month"]["amount"], life.available) == (20000, 1399)
    life.spend(1000)
    assert (standing(life)["state"], standing(life)["until"], life.available) == ("capped", "2027-04-01T04:00:00Z", 399)
    life.advance("2027-04-01 03:59:59")
    assert len(recharges(life)) == 5
    life.advance("2027-04-01 04:00")
    assert (len(recharges(life)), standing(life)["this_month"]["amount"]) == (6, 4000)
    assert [(event["cap"], event["reason"]) for event in events(life, "capped")] == [("month", "month_cap")]


@pytest.mark.parametrize(
    ("first", "last_second", "midnight"),
    [
        ("2027-03-14 05:00", "2027-03-15 03:59:59", "2027-03-15T04:00:00Z"),  # 23 hours
        ("2027-11-07 04:00", "2027-11-08 04:59:59", "2027-11-08T05:00:00Z"),  # 25 hours
    ],
)
def test_a_day_of_23_or_25_hours_is_one_day_of_its_cap(platform: Platform, first: str, last_second: str, midnight: str):
    life = platform.life(first, platform.price("growth", 1000), zone="America/New_York")
    turn_on(life, max_per_day=1)
    life.spend(601)
    life.spend(1000)
    assert (len(recharges(life)), standing(life)["until"]) == (1, midnight)
    life.advance(last_second)
    assert len(recharges(life)) == 1
    life.advance(midnight.replace("T", " ").removesuffix("Z"))
    assert len(recharges(life)) == 2


def test_a_refused_spend_is_bought_for_in_one_charge(life: Life):
    turn_on(life)
    refused = life.refused("POST", "/usage", {"credits": 3400, "kind": "text"}, key="big")
    assert (refused.status, refused.problem["required"], refused.problem["available"]) == (402, 3400, 1000)
    assert [order["amount"]["amount"] for order in recharges(life)] == [12000]
    assert life.available == 4000
    assert life.spend(3400, key="big")["balance"] == 600
    decision = life.call("GET", "/auto_recharge/decisions")["data"][0]
    assert (decision["cause"], decision["required"], decision["gap"], decision["packs"]) == ("refused", 3400, 2400, 3)


def test_a_refused_hold_counts_like_a_refused_spend(life: Life):
    turn_on(life)
    assert life.refused("POST", "/holds", {"credits": 1001}).code == "insufficient_credits"
    assert (len(recharges(life)), life.available) == (1, 2000)


def test_what_a_partial_batch_could_not_take_is_bought_for(life: Life):
    turn_on(life)
    items = [{"key": f"item-{n}", "credits": 700, "kind": "text"} for n in range(3)]
    life.call("POST", "/usage/batch", {"mode": "partial", "items": items})
    # 300 are left and 1,400 more were asked for: 1,100 are short.
    assert ([order["amount"]["amount"] for order in recharges(life)], life.available) == ([8000], 2300)


def test_a_gap_that_the_cap_does_not_allow_whole_is_not_charged_in_part(life: Life):
    turn_on(life)
    for _ in range(3):
        life.refused("POST", "/usage", {"credits": 6001, "kind": "text"})
    assert (recharges(life), life.available, reasons(life)) == ([], 1000, ["gap_above_month_cap"])
    assert [event["needed_minor"] for event in events(life, "capped")] == [24000]
    life.spend(601)
    assert (len(recharges(life)), life.available) == (1, 1399)


def test_saving_with_the_balance_already_below_fires_and_says_so(life: Life):
    life.spend(700)
    assert standing(life)["fires_now"] is True
    assert turn_on(life)["fires_now"] is True
    assert life.available == 1300
    assert life.call("GET", "/auto_recharge/decisions")["data"][0]["cause"] == "saved"


def test_turned_off_it_does_nothing_and_needs_no_consent(life: Life):
    turn_on(life)
    off = life.call("PUT", "/auto_recharge", {"enabled": False})
    assert (off["enabled"], off["state"], off["threshold"]) == (False, "off", 400)
    life.spend(900)
    assert (life.available, recharges(life)) == (100, [])
    assert life.refused("POST", "/usage", {"credits": 500, "kind": "text"}).problem["auto_recharge"] == {
        "enabled": False
    }


def test_turning_off_is_never_refused_and_keeps_what_is_sound(life: Life):
    turn_on(life)
    assert life.refused("PUT", "/auto_recharge", {"enabled": False, "max_per_month": {"amount": 0, "currency": "usd"}})
    off = life.call("PUT", "/auto_recharge", {"enabled": False, "threshold": 100})
    assert (off["enabled"], off["threshold"], off["sentence"]) == (
        False, 100, SENTENCE.replace("below 400", "below 100"),
    )  # fmt: skip


def test_plan_changes_purchases_and_cancelling_leave_it_as_it_was(life: Life):
    turn_on(life)
    kept = ("enabled", "threshold", "pack", "max_per_day", "max_per_month", "consent", "consented_at")
    before = {name: standing(life)[name] for name in kept}
    life.change(life.platform.price("growth", 2500))
    life.buy(250)
    life.confirm(life.quote(cancel={}))
    assert {name: standing(life)[name] for name in kept} == before


def test_a_balance_that_a_reset_took_below_is_found_at_the_next_debit(life: Life):
    life.buy(250)
    life.call(
        "POST", "/grants", {"credits": 500, "source": "promotion", "reason": "x", "ends_at": "2027-03-23T00:00:00Z"}
    )
    turn_on(life)
    life.spend(1350)
    assert life.available == 400
    life.call(
        "POST", "/grants", {"credits": 90, "source": "promotion", "reason": "x", "ends_at": "2027-03-23T00:00:00Z"}
    )
    life.spend(1)
    life.advance("2027-03-23 00:00")
    assert (life.available, recharges(life)) == (400, [])
    life.spend(1)
    assert (life.available, len(recharges(life))) == (1399, 1)


def test_three_in_a_day_bring_advice_with_the_sum_saved(life: Life):
    turn_on(life, max_per_month={"amount": 40000, "currency": "usd"})
    life.spend(601)
    for _ in range(2):
        life.spend(1000)
    advice = standing(life)["advice"]
    assert (advice["on"], advice["recharges"], advice["credits"], advice["paid"]["amount"]) == (
        "2027-03-22", 3, 3000, 12000,
    )  # fmt: skip
    assert advice["pack"] is None  # two of 2,500 cost more than three of 1,000
    plan = advice["plan"]
    assert plan["price"] == life.platform.price("growth", 5000)
    assert (plan["credits"], plan["would_pay"]["amount"], plan["saved"]["amount"]) == (4000, 10000, 2000)


def test_each_charge_carries_its_rule_and_credits_are_there_only_once_paid(life: Life):
    life.use_card("processing_then_ok")
    turn_on(life)
    life.spend(601)
    assert (life.available, standing(life)["state"]) == (399, "charging")
    life.spend(399)
    life.advance("2027-03-22 13:00:04")
    assert life.available == 0
    life.advance("2027-03-22 13:00:05")
    assert (life.available, charges(life)) == (1000, [("2027-03-22T13:00:00Z", "succeeded")])
