"""Paid seats and numbers follow the subscription (RULES §4, Add-ons)."""

from tests.life import Platform
from tests.recharges import mismatches
from tests.timelines.test_ending import free_price


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


def test_no_extras_recur_where_the_plan_ends(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.confirm(life.quote(cancel={}))
    quote = life.quote(add_seats={"quantity": 2})
    assert (quote["due_now"]["amount"], quote["recurring"]) == (2000, None)
    life.confirm(quote)
    assert life.quote(remove_add_on={"kind": "seat", "quantity": 1})["recurring"] is None
    life.call("POST", "/subscription/resume")
    assert life.quote(buy_credits={"pack": platform.pack(1000)})["recurring"]["amount"]["amount"] == 3500 + 2000


def test_extras_of_a_zero_price_plan_are_paid_with_each_renewal(platform: Platform):
    life = platform.life("2027-03-22 00:00", free_price(platform))
    life.use_card("visa_ok")
    life.confirm(life.quote(add_seats={"quantity": 2}))
    life.advance("2027-04-22 00:00")
    assert [(row["status"], row["total"]["amount"]) for row in life.invoices()] == [("paid", 2000)] * 2
    life.use_card("declined")
    life.advance("2027-05-22 00:00")
    assert (life.status, life.available) == ("past_due", 50)
    life.use_card("visa_ok")
    quote = life.quote(pay_overdue={})
    assert (quote["due_now"]["amount"], quote["credits"]["after"]) == (2000, 50)
    assert life.confirm(quote)["balance"]["available"] == 50
    assert life.status == "active"
    assert mismatches(life) == []


def test_a_zero_price_plan_without_extras_owes_nothing_from_the_next_renewal_on(platform: Platform):
    life = platform.life("2027-03-22 00:00", free_price(platform))
    life.use_card("visa_ok")
    life.confirm(life.quote(add_seats={"quantity": 1}))
    life.use_card("declined")
    life.advance("2027-04-22 00:00")
    assert life.status == "past_due"
    life.confirm(life.quote(remove_add_on={"kind": "seat", "quantity": 1}))
    life.advance("2027-04-30 00:00")
    assert life.status == "past_due"
    life.advance("2027-05-22 00:00")
    assert mismatches(life) == []


def test_a_new_period_credits_no_extras_that_nobody_paid_for(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.confirm(life.quote(add_seats={"quantity": 10}))
    life.use_card("declined")
    life.advance("2027-04-27 00:00")
    life.use_card("visa_ok")
    fresh, rest = life.quote(pay_overdue={"new_period": True}), life.quote(pay_overdue={})
    assert (fresh["due_now"]["amount"], rest["due_now"]["amount"]) == (13500, 13500)


def test_extras_whose_money_went_back_are_not_credited_again(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    order = life.confirm(life.quote(add_seats={"quantity": 3}))
    yearly = {"change_plan": {"price": platform.price("growth", 12000, "year")}}
    assert [line["amount"]["amount"] for line in life.quote(**yearly)["lines"]] == [35000, 30000, -3500, -3000]
    life.call("POST", "/refunds", {"order": order["id"], "reason": "operator"})
    # Nor is the plan's own credit touched by it.
    assert [line["amount"]["amount"] for line in life.quote(**yearly)["lines"]] == [35000, 30000, -3500]
    life.confirm(life.quote(change_plan={"price": platform.price("scale", 1000)}))
    assert life.invoices()[-1]["total"]["amount"] == 5200 - 3500


def test_a_number_kept_elsewhere_recurs_as_its_quote_says(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("scale", 1000))
    life.change(platform.price("growth", 1000))
    quote = life.quote(add_number={})
    # All five of the plan and one more are used; the lower plan has two of them.
    assert quote["recurring"]["amount"]["amount"] == 3500 + 4 * 500
    life.confirm(quote)
    assert life.subscription["next_charge"]["amount"]["amount"] == 3500 + 4 * 500
    life.advance("2027-04-22 00:00")
    assert life.invoices()[-1]["total"]["amount"] == 3500 + 4 * 500
