"""Paid seats and numbers follow the subscription (RULES §4, Add-ons)."""

from tests.life import Platform


def test_seats_are_charged_for_the_rest_of_the_period_and_then_with_each_renewal(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.advance("2027-04-10 00:00")  # 12 of 31 days left
    quote = life.quote(add_seats={"quantity": 3})
    assert quote["due_now"]["amount"] == 3 * 387
    assert quote["recurring"]["amount"]["amount"] == 3500 + 3000
    assert life.confirm(quote)["status"] == "succeeded"
    life.advance("2027-04-22 00:00")
    assert [invoice["total"]["amount"] for invoice in life.invoices()] == [3500, 1161, 6500]


def test_the_quote_of_a_second_number_sees_the_first(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    first, second = (life.quote(add_number={}) for _ in range(2))
    assert life.confirm(first)["status"] == "succeeded"
    refused = life.refused("POST", f"/quotes/{second['id']}/confirm")
    assert (refused.code, refused.problem["changed"]) == ("quote_stale", ["add_ons"])
    assert refused.problem["quote"]["recurring"]["amount"]["amount"] == 3500 + 2 * 500


def test_removing_a_seat_takes_effect_at_the_renewal(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.confirm(life.quote(add_seats={"quantity": 2}))
    quote = life.quote(remove_add_on={"kind": "seat", "quantity": 1})
    assert (quote["due_now"]["amount"], quote["effective_at"]) == (0, "2027-04-22T00:00:00Z")
    life.confirm(quote)
    life.advance("2027-04-22 00:00")
    assert life.invoices()[-1]["total"]["amount"] == 3500 + 1000


def test_monthly_to_annual_credits_paid_extras_by_time_left_and_prices_them_anew(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.confirm(life.quote(add_number={"quantity": 2}))
    life.advance("2027-04-06 12:00")
    quote = life.quote(change_plan={"price": platform.price("growth", 12000, "year")})
    assert [line["amount"]["amount"] for line in quote["lines"]] == [35000, 10000, -1750, -500]
    life.confirm(quote)
    life.advance("2028-04-06 12:00")
    assert life.invoices()[-1]["total"]["amount"] == 45000


def test_a_lower_plan_charges_the_extras_that_its_quote_lists(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("scale", 1000))
    for name in "abcd":  # with the Owner five seats are used
        life.call("POST", "/members", {"email": f"{name}@lower.example", "name": name, "role": "member"})
    quote = life.quote(change_plan={"price": platform.price("growth", 1000)})
    assert quote["recurring"]["amount"]["amount"] == 3500 + 2 * 1000
    life.confirm(quote)
    assert life.subscription["next_charge"]["amount"]["amount"] == 3500 + 2 * 1000
    for other in ({"buy_credits": {"pack": platform.pack(1000)}}, {"add_seats": {"quantity": 1}}):
        assert life.quote(**other)["recurring"]["amount"]["amount"] == 3500 + 2 * 1000
    life.advance("2027-04-22 00:00")
    assert life.invoices()[-1]["total"]["amount"] == 3500 + 2 * 1000
    life.advance("2027-05-22 00:00")
    assert life.invoices()[-1]["total"]["amount"] == 3500 + 2 * 1000


def test_who_leaves_before_the_lower_plan_begins_is_not_charged_for(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("scale", 1000))
    made = [
        life.call("POST", "/members", {"email": f"{name}@leaves.example", "name": name, "role": "member"})
        for name in "abcd"
    ]
    life.change(platform.price("growth", 1000))
    life.call("DELETE", f"/members/{made[0]['id']}")
    assert life.subscription["next_charge"]["amount"]["amount"] == 3500 + 1000
    life.advance("2027-04-22 00:00")
    assert life.invoices()[-1]["total"]["amount"] == 3500 + 1000


def test_a_paid_seat_that_stands_empty_follows_to_another_plan_and_interval(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.confirm(life.quote(add_seats={"quantity": 2}))
    yearly = life.quote(change_plan={"price": platform.price("growth", 12000, "year")})
    assert [line["amount"]["amount"] for line in yearly["lines"]] == [35000, 20000, -3500, -2000]
    lower = life.quote(change_plan={"price": platform.price("starter", 250)})
    assert lower["recurring"]["amount"]["amount"] == 1200 + 2 * 1000
    assert lower["warnings"] == ["You pay for 2 further seats and keep them. Remove those you do not need."]
    life.confirm(lower)
    life.advance("2027-04-22 00:00")
    assert life.invoices()[-1]["total"]["amount"] == 1200 + 2 * 1000
