"""Upgrade now, downgrade at the end of the period, new periods from now (RULES §4)."""

from tests.life import Platform


def due(quote) -> int:
    return int(quote["due_now"]["amount"])


def test_an_upgrade_pays_and_grants_the_difference_and_keeps_the_date(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.advance("2027-04-10 00:00")  # 12 of 31 days left
    quote = life.quote(change_plan={"price": platform.price("growth", 2500)})
    assert [line["amount"]["amount"] for line in quote["lines"]] == [2903, -1355]
    assert due(quote) == 1548
    assert (quote["credits"]["before"], quote["credits"]["after"]) == (1000, 1581)
    assert quote["recurring"] == {
        "amount": {"amount": 7500, "currency": "usd"},
        "interval": "month",
        "next_at": "2027-04-22T00:00:00Z",
    }
    order = life.confirm(quote)
    assert (order["status"], order["balance"]["available"]) == ("succeeded", 1581)
    assert life.invoices()[-1]["total"]["amount"] == 1548
    life.advance("2027-04-22 00:00")
    assert life.available == 2500
    assert life.invoices()[-1]["total"]["amount"] == 7500


def test_spending_between_quote_and_confirm_does_not_make_it_stale(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    quote = life.quote(change_plan={"price": platform.price("growth", 2500)})
    life.spend(10)
    life.advance("2027-03-22 00:20")
    assert life.confirm(quote)["status"] == "succeeded"


def test_a_quote_lives_thirty_minutes(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    quote = life.quote(change_plan={"price": platform.price("growth", 2500)})
    life.advance("2027-03-22 00:30")
    refused = life.refused("POST", f"/quotes/{quote['id']}/confirm")
    assert (refused.status, refused.code) == (409, "quote_expired")
    assert life.available == 1000


def test_up_down_and_up_again_gives_no_credits_that_were_not_paid_for(platform: Platform):
    life = platform.life("2027-03-01 00:00", platform.price("growth", 1000))
    life.advance("2027-03-16 12:00")
    first = life.change(platform.price("growth", 2500))["balance"]["available"]
    assert life.change(platform.price("growth", 1000))["status"] == "succeeded"
    life.call("DELETE", "/subscription/scheduled_change")
    refused = life.refused("POST", "/quotes", {"change_plan": {"price": platform.price("growth", 2500)}})
    assert refused.code == "nothing_to_do"
    assert life.available == first == 1750


def test_a_downgrade_waits_for_the_end_of_the_period_and_can_be_undone(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 2500))
    quote = life.quote(change_plan={"price": platform.price("growth", 1000)})
    assert (due(quote), quote["effective_at"]) == (0, "2027-04-22T00:00:00Z")
    assert quote["credits"]["grants"][0]["lost"] == 2500
    life.confirm(quote)
    assert life.subscription["scheduled_change"]["effective_at"] == "2027-04-22T00:00:00Z"
    life.call("DELETE", "/subscription/scheduled_change")
    assert life.subscription["scheduled_change"] is None
    life.advance("2027-04-22 00:00")
    assert life.available == 2500
    life.change(platform.price("starter", 250))
    life.advance("2027-05-22 00:00")
    assert life.available == 250
    assert life.subscription["price"] == platform.price("starter", 250)
    assert life.subscription["scheduled_change"] is None
    assert [invoice["total"]["amount"] for invoice in life.invoices()] == [7500, 7500, 1200]


def test_a_later_upgrade_replaces_a_scheduled_downgrade_and_the_quote_says_so(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.change(platform.price("starter", 250))
    quote = life.quote(change_plan={"price": platform.price("growth", 2500)})
    assert quote["warnings"] == ["The scheduled change to Starter 250 is replaced."]
    life.confirm(quote)
    assert life.subscription["scheduled_change"] is None


def test_monthly_to_annual_begins_a_new_period_now_and_credits_the_old_one_by_use(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.buy(1000)
    life.spend(600)
    life.advance("2027-04-06 12:00")  # half of the time, 400 of 1,000 credits left
    quote = life.quote(change_plan={"price": platform.price("growth", 12000, "year")})
    assert [line["amount"]["amount"] for line in quote["lines"]] == [35000, -1400]
    assert due(quote) == 33600
    life.spend(50)
    order = life.confirm(quote)
    assert order["balance"]["allowance"]["remaining"] == 11950
    assert order["balance"]["purchased"]["remaining"] == 1000
    period = life.subscription["current_period"]
    assert (period["starts_at"], period["ends_at"]) == ("2027-04-06T12:00:00Z", "2028-04-06T12:00:00Z")
    assert next(p["ends_at"] for p in life.periods()) == "2027-04-06T12:00:00Z"


def test_monthly_to_annual_with_fewer_credits_a_month_waits(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 2500))
    quote = life.quote(change_plan={"price": platform.price("growth", 12000, "year")})
    assert (due(quote), quote["effective_at"]) == (0, "2027-04-22T00:00:00Z")


def test_annual_to_monthly_waits_for_the_end_of_the_year_and_keeps_the_day(platform: Platform):
    life = platform.life("2027-01-31 00:00", platform.price("growth", 12000, "year"))
    life.change(platform.price("growth", 1000))
    life.advance("2028-03-31 00:00")
    assert [p["starts_at"] for p in life.periods()] == [
        "2027-01-31T00:00:00Z", "2028-01-31T00:00:00Z", "2028-02-29T00:00:00Z", "2028-03-31T00:00:00Z",
    ]  # fmt: skip
    assert life.available == 1000


def test_after_a_decline_nothing_changes_and_a_new_key_tries_again(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    quote = life.quote(
        change_plan={"price": platform.price("growth", 2500)},
        payment_method=life.call("POST", "/payment_methods", {"sandbox": "declined"})["id"],
    )
    first = life.confirm(quote, key="first-try")
    assert (first["status"], len(first["charges"]), life.available) == ("declined", 1, 1000)
    assert len(life.confirm(quote, key="first-try")["charges"]) == 1
    again = life.confirm(quote, key="second-try")
    assert (again["id"], again["status"], len(again["charges"])) == (first["id"], "declined", 2)
    assert life.subscription["price"] == platform.price("growth", 1000)
    assert len(life.invoices()) == 1


def test_while_a_charge_is_undecided_plan_changes_are_refused(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    card = life.call("POST", "/payment_methods", {"sandbox": "needs_action"})["id"]
    quote = life.quote(change_plan={"price": platform.price("growth", 2500)}, payment_method=card)
    order = life.confirm(quote)
    assert order["status"] == "needs_action"
    assert order["action_url"]
    assert life.refused("POST", "/quotes", {"cancel": {}}).code == "charge_in_progress"
    life.call("POST", f"/orders/{order['id']}/action", {"outcome": "authenticated"})
    assert life.call("GET", f"/orders/{order['id']}")["status"] == "succeeded"
    assert life.available == 2500


def test_a_change_whose_charge_settles_after_its_period_ended_is_refunded_in_full(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.advance("2027-04-21 00:00")
    card = life.call("POST", "/payment_methods", {"sandbox": "unknown_then_ok"})["id"]
    order = life.confirm(life.quote(change_plan={"price": platform.price("growth", 2500)}, payment_method=card))
    assert order["status"] == "processing"
    life.advance("2027-04-22 00:01", work=False)
    life.advance("2027-04-22 00:01")
    found = life.call("GET", f"/orders/{order['id']}")
    assert found["status"] == "refunded"
    assert life.subscription["price"] == platform.price("growth", 1000)
    assert life.available == 1000


def test_what_is_overdue_is_paid_first_as_a_line_of_the_same_quote(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.use_card("declined")
    life.advance("2027-04-22 00:00")
    assert life.status == "past_due"
    life.use_card("visa_ok")
    quote = life.quote(change_plan={"price": platform.price("growth", 2500)})
    assert [line["amount"]["amount"] for line in quote["lines"]] == [3500, 7500, -3500]
    order = life.confirm(quote)
    assert (order["status"], life.status, life.available) == ("succeeded", "active", 2500)
