"""Cancelling, coming back, trials and plans at no price (RULES §4.7, §4.8)."""

from tests.life import Platform


def test_cancelling_takes_effect_at_the_end_of_the_period_and_is_undone_until_then(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.confirm(life.quote(cancel={}))
    assert life.subscription["cancel_at"] == "2027-04-22T00:00:00Z"
    assert life.spend(1)["balance"] == 999
    life.call("POST", "/subscription/resume")
    life.advance("2027-04-22 00:00")
    assert (life.status, life.available) == ("active", 1000)


def test_a_canceled_account_can_read_and_comes_back_with_its_bought_credits(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.buy(1000)
    life.confirm(life.quote(cancel={}))
    life.advance("2027-05-10 00:00")
    assert life.status == "canceled"
    assert life.refused("POST", "/usage", {"credits": 1, "kind": "text"}).code == "account_closed"
    assert life.balance["purchased"]["remaining"] == 1000
    order = life.confirm(life.quote(reactivate={"price": platform.price("starter", 250)}))
    assert order["status"] == "succeeded"
    assert life.subscription["current_period"]["starts_at"] == "2027-05-10T00:00:00Z"
    assert (life.status, life.available) == ("active", 1250)
    assert life.invoices()[-1]["total"]["amount"] == 1200


def test_bought_credits_of_a_canceled_account_are_kept_twelve_months_whatever_is_purged(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.buy(1000)
    life.confirm(life.quote(cancel={}))
    life.advance("2027-05-22 00:00")
    assert life.status == "purged"
    life.advance("2028-04-21 23:59:59")
    assert life.balance["purchased"]["remaining"] == 1000
    life.advance("2028-04-22 00:00")
    assert life.balance["purchased"]["remaining"] == 0


def test_a_change_of_plan_lifts_a_cancellation_and_the_quote_says_so(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.confirm(life.quote(cancel={}))
    quote = life.quote(change_plan={"price": platform.price("growth", 2500)})
    assert quote["warnings"] == ["The cancellation is lifted by this change."]
    life.confirm(quote)
    assert life.subscription["cancel_at"] is None


def test_a_trial_never_charges_and_ends_canceled(platform: Platform):
    life = platform.life("2027-03-01 00:00", trial=True)
    assert (life.subscription["status"], life.available) == ("trialing", 100)
    life.advance("2027-03-15 00:00")
    assert (life.status, life.available, life.invoices()) == ("canceled", 0, [])


def test_from_a_trial_a_paid_plan_begins_now_at_full_price(platform: Platform):
    life = platform.life("2027-03-01 00:00", trial=True, payment_method="visa_ok")
    life.spend(30)
    life.advance("2027-03-05 00:00")
    order = life.change(platform.price("growth", 1000))
    assert order["status"] == "succeeded"
    assert (life.available, life.subscription["status"]) == (1000, "active")
    assert life.subscription["current_period"]["starts_at"] == "2027-03-05T00:00:00Z"
    assert [invoice["total"]["amount"] for invoice in life.invoices()] == [3500]


def free_price(platform: Platform) -> str:
    plan = platform.call("POST", "/plans", {"name": "Pay as you go", "rank": 0})
    price = {"interval": "month", "credits": 50, "price": {"amount": 0, "currency": "usd"}}
    return str(platform.call("POST", f"/plans/{plan['id']}/prices", price)["id"])


def test_a_plan_at_no_price_refills_without_a_charge(platform: Platform):
    life = platform.life("2027-03-01 00:00", free_price(platform))
    life.spend(20)
    life.advance("2027-04-01 00:00", work=False)
    assert life.available == 50
    life.advance("2027-06-01 00:00")
    assert (life.available, life.invoices()) == (50, [])


def test_leaving_and_entering_a_free_plan_gives_its_credits_at_most_once_a_month(platform: Platform):
    free = free_price(platform)
    life = platform.life("2027-03-01 00:00", free)
    life.spend(50)
    life.change(platform.price("starter", 250))
    life.use_card("declined")
    life.advance("2027-04-01 00:00")
    assert life.status == "past_due"
    life.change(free)
    assert (life.status, life.available) == ("active", 50)
    life.use_card("visa_ok")
    life.change(platform.price("starter", 250))
    life.use_card("declined")
    life.spend(250)
    life.advance("2027-04-20 00:00")
    assert life.status == "active"
