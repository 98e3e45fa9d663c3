"""A payment that a later change of plan credited in part is taken back: what that part bought goes with it, and nobody
has it twice (RULES §4.5, §4.6, §9.5)."""

from typing import Any

import pytest

from refill.services.developers import keys
from tests.conftest import TEST_PLATFORM_KEY
from tests.life import Life, Platform
from tests.recharges import mismatches

pytestmark = pytest.mark.usefixtures("default_catalogue_alone")


@pytest.fixture
def alone(fresh_database: str) -> Platform:
    """A database of its own: policies hold for everybody."""
    keys.register_test_platform_key(TEST_PLATFORM_KEY)
    return Platform(TEST_PLATFORM_KEY)


def monthly(platform: Platform, credits: int = 1000, **facts: Any) -> tuple[Life, Any]:
    """An account on a monthly plan, and the order that paid for it."""
    life = platform.life("2027-03-22 00:00", platform.price("growth", credits), **facts)
    (first,) = life.call("GET", "/orders")["data"]
    return life, first


def to_annual(life: Life, credits: int = 12_000) -> Any:
    return life.change(life.platform.price("growth", credits, "year"))


def dispute(life: Life, order: Any, amount: int | None = None) -> Any:
    more = {"amount": {"amount": amount, "currency": "usd"}} if amount else {}
    return life.call("POST", "/disputes", {"order": order["id"], **more})


def close(life: Life, found: Any, won: bool) -> Any:
    return life.call("POST", f"/disputes/{found['id']}/close", {"won": won})


def refund(life: Life, order: Any, reason: str = "operator", **more: Any) -> Any:
    wanted = {"order": order["id"], "reason": reason, **more}
    preview = life.call("POST", "/refunds", wanted | {"preview": True})
    made = life.call("POST", "/refunds", wanted | {"mark": preview["mark"]})
    assert (made["credits"], life.available) == (preview["credits"], preview["available_after"])
    return made


def credited(order: Any, life: Life) -> list[int]:
    """The negative lines of an order's invoice."""
    lines = life.call("GET", f"/invoices/{order['invoice']}")["lines"]
    return [line["amount"]["amount"] for line in lines if line["amount"]["amount"] < 0]


def moved(found: Any) -> tuple[int, int]:
    return sum(row["taken"] for row in found["credits"]), sum(row["owed"] for row in found["credits"])


def standing(life: Life) -> tuple[int, int]:
    return life.available, life.balance["owed"]


@pytest.mark.parametrize("won", [True, False])
def test_what_the_credited_part_bought_is_taken_until_it_is_decided(platform: Platform, won: bool):
    life, first = monthly(platform)
    annual = to_annual(life)
    assert credited(annual, life) == [-3500]
    found = dispute(life, first)
    # $35.00 of the $350.00 that the year cost: a tenth of its 12,000 credits.
    assert (moved(found), standing(life)) == ((1200, 0), (10_800, 0))
    close(life, found, won)
    assert standing(life) == ((12_000, 0) if won else (10_800, 0))
    assert mismatches(life) == []


def test_what_of_it_was_used_is_owed(platform: Platform):
    life, first = monthly(platform)
    to_annual(life)
    life.spend(11_500)
    found = dispute(life, first)
    assert (moved(found), standing(life)) == ((500, 700), (0, 700))
    close(life, found, won=True)
    assert standing(life) == (500, 0)
    assert mismatches(life) == []


def test_the_used_part_is_owed_as_ever_and_the_credited_part_taken_where_it_went(platform: Platform):
    life, first = monthly(platform)
    life.spend(600)
    annual = to_annual(life)
    assert credited(annual, life) == [-1400]
    found = dispute(life, first)
    # 600 used of the month; $14.00 of $350.00 are 480 of the year.
    assert (moved(found), standing(life)) == ((480, 600), (11_520, 600))
    assert mismatches(life) == []


def test_a_part_takes_what_was_credited_first_and_the_rest_later(platform: Platform):
    life, first = monthly(platform)
    life.spend(600)
    to_annual(life)
    found = dispute(life, first, 1400)
    assert moved(found) == (480, 0)
    close(life, found, won=False)
    rest = dispute(life, first)
    assert (moved(rest), standing(life)) == ((0, 600), (11_520, 600))
    assert mismatches(life) == []


def test_both_payments_in_dispute_take_everything_once_and_each_restores_its_own(platform: Platform):
    life, first = monthly(platform)
    annual = to_annual(life)
    life.spend(1000)
    later, older = dispute(life, annual), dispute(life, first)
    # $315.00 of $350.00 are 10,800; the rest of the 11,000 is 200, so 1,000 are owed.
    assert (moved(later), moved(older), standing(life)) == ((10_800, 0), (200, 1000), (0, 1000))
    close(life, later, won=True)
    assert standing(life) == (10_800, 1000)
    close(life, older, won=True)
    assert standing(life) == (11_000, 0)
    assert mismatches(life) == []


def test_a_refunded_year_has_nothing_left_to_take(platform: Platform):
    life, first = monthly(platform)
    annual = to_annual(life)
    assert refund(life, annual)["amount"]["amount"] == 31_500
    found = dispute(life, first)
    assert (moved(found), standing(life)) == ((0, 0), (0, 0))
    close(life, found, won=True)
    assert standing(life) == (0, 0)
    assert mismatches(life) == []


def test_won_after_the_year_was_refunded_what_it_took_is_there_again(platform: Platform):
    life, first = monthly(platform)
    annual = to_annual(life)
    found = dispute(life, first)
    assert refund(life, annual)["amount"]["amount"] == 31_500
    close(life, found, won=True)
    # $35.00 stay paid: a tenth of the year's credits.
    assert standing(life) == (1200, 0)
    assert mismatches(life) == []


def test_credited_on_and_on_it_is_taken_where_it_lies(alone: Platform):
    alone.call("PUT", "/policies", {"upgrade": "restart"})
    life, first = monthly(alone)
    life.advance("2027-03-23 00:00")
    second = life.change(alone.price("growth", 2500))
    third = to_annual(life, 30_000)
    passed = -credited(second, life)[0]
    assert -credited(third, life)[0] == 7500
    found = dispute(life, first)
    price = sum(row["amount"]["amount"] for row in life.call("GET", f"/invoices/{third['invoice']}")["lines"]) + 7500
    # All that was credited of the first payment lies in the year by now, and nothing of the month was used.
    assert moved(found) == (-(-30_000 * passed // price), 0)
    close(life, found, won=True)
    assert standing(life) == (30_000, 0)
    assert mismatches(life) == []


def test_a_quote_counts_what_is_disputed_as_not_paid(alone: Platform):
    alone.call("PUT", "/policies", {"upgrade": "restart"})
    life, first = monthly(alone)
    to_annual(life)
    dispute(life, first)
    quote = life.quote(change_plan={"price": alone.price("growth", 30_000, "year")})
    assert min(line["amount"]["amount"] for line in quote["lines"]) == -31_500


def test_an_upgrades_old_share_is_no_credit_of_the_first_payment(platform: Platform):
    life, first = monthly(platform)
    life.advance("2027-04-06 12:00")
    upgrade = life.change(platform.price("growth", 2500))
    paid = life.call("GET", f"/invoices/{upgrade['invoice']}")["total"]["amount"]
    assert (paid, life.available) == (2000, 1750)
    found = dispute(life, first)
    # The month's 1,000 go; the 750 that the difference paid for stay.
    assert (moved(found), standing(life)) == ((1000, 0), (750, 0))
    other = dispute(life, upgrade)
    assert (moved(other), standing(life)) == ((750, 0), (0, 0))
    close(life, found, won=True)
    assert standing(life) == (1000, 0)
    assert mismatches(life) == []


def test_an_upgrade_that_was_credited_on_is_not_given_back_again(platform: Platform):
    life, first = monthly(platform)
    upgrade = life.change(platform.price("growth", 2500))
    annual = to_annual(life, 30_000)
    assert credited(annual, life) == [-7500]
    for order in (first, upgrade):
        refused = life.refused("POST", "/refunds", {"order": order["id"], "reason": "customer"})
        assert refused.code == "nothing_to_do"
    price = life.call("GET", f"/invoices/{annual['invoice']}")["total"]["amount"] + 7500
    found = dispute(life, upgrade)
    assert moved(found) == (-(-30_000 * 4000 // price), 0)
    assert mismatches(life) == []


def test_at_the_operators_fault_the_credited_part_goes_back_with_its_credits_once(platform: Platform):
    life, first = monthly(platform)
    to_annual(life)
    wanted = {"order": first["id"], "reason": "operator", "preview": True}
    (warning, *_) = life.call("POST", "/refunds", wanted)["warnings"]
    assert warning == "$35.00 of this was credited to a later change of plan: what it bought there is taken first."
    part = refund(life, first, amount={"amount": 1000, "currency": "usd"})
    assert ([row["credits"] for row in part["credits"]][-1], life.available) == (343, 11_657)
    refund(life, first)
    assert standing(life) == (10_799, 0)
    assert life.refused("POST", "/disputes", {"order": first["id"]}).code == "conflict"
    assert mismatches(life) == []


def test_credits_that_are_left_at_the_operators_fault_are_left_there_too(platform: Platform):
    life, first = monthly(platform)
    to_annual(life)
    assert refund(life, first, keep_credits=True)["credits"] == []
    assert standing(life) == (12_000, 0)


def test_seats_that_were_credited_are_taken_as_the_credits_that_their_money_bought(platform: Platform):
    life, _ = monthly(platform)
    seats = life.confirm(life.quote(add_seats={"quantity": 2}))
    annual = to_annual(life)
    assert credited(annual, life) == [-3500, -2000]
    found = dispute(life, seats)
    # $20.00 of the year's $350.00 and two seats at $100.00.
    assert (moved(found), standing(life)) == ((437, 0), (11_563, 0))
    close(life, found, won=True)
    assert standing(life) == (12_000, 0)
    assert mismatches(life) == []


def test_with_tax_the_share_is_that_of_the_lines(alone: Platform):
    alone.call("PUT", "/policies", {"tax": {"rate_basis_points": 1900, "inclusive": False}})
    life, first = monthly(alone)
    to_annual(life)
    found = dispute(life, first)
    assert (found["amount"]["amount"], moved(found)) == (4165, (1200, 0))
    assert mismatches(life) == []


def test_held_credits_of_the_year_are_owed_and_come_back_to_what_is_owed(platform: Platform):
    life, first = monthly(platform)
    to_annual(life)
    hold = life.call("POST", "/holds", {"credits": 11_000})["id"]
    found = dispute(life, first)
    assert (moved(found), standing(life)) == ((1000, 200), (0, 200))
    life.call("POST", f"/holds/{hold}/release")
    assert standing(life) == (10_800, 0)
    close(life, found, won=True)
    assert standing(life) == (12_000, 0)
    assert mismatches(life) == []


def covered_whole(alone: Platform) -> Life:
    """Two seats in a period that cost nothing: all of it was covered by what it credited."""
    alone.call("PUT", "/policies", {"upgrade": "restart", "add_on_removal": "credit"})
    life, _ = monthly(alone)
    life.confirm(life.quote(add_seats={"quantity": 2}))
    plan = next(plan for plan in alone.call("GET", "/plans")["data"] if plan["name"] == "Growth")
    usd = {"amount": 3500, "currency": "usd"}
    price = alone.call("POST", f"/plans/{plan['id']}/prices", {"interval": "month", "credits": 1200, "price": usd})
    order = life.change(price["prices"][-1]["id"] if "prices" in price else price["id"])
    assert (order["status"], order["charges"], credited(order, life)) == ("succeeded", [], [-3500, -2000])
    return life


def test_seats_of_a_period_that_was_covered_whole_are_credited_at_the_next_change(alone: Platform):
    life = covered_whole(alone)
    quote = life.quote(change_plan={"price": alone.price("growth", 30_000, "year")})
    assert [line["amount"]["amount"] for line in quote["lines"]][-2:] == [-3500, -2000]
    assert mismatches(life) == []


def test_seats_of_a_period_that_was_covered_whole_go_back_to_the_card_that_paid(alone: Platform):
    life = covered_whole(alone)
    quote = life.quote(remove_add_on={"kind": "seat", "quantity": 2})
    assert [line["amount"]["amount"] for line in quote["lines"]] == [-2000, 2000]
    life.confirm(quote)
    assert [row["amount"]["amount"] for row in life.call("GET", "/refunds")["data"]] == [2000]
    assert (
        life.quote(change_plan={"price": alone.price("growth", 30_000, "year")})["lines"][-1]["amount"]["amount"]
        == -3500
    )
    assert mismatches(life) == []


@pytest.mark.parametrize("taken", ["refund", "dispute"])
def test_G7_what_goes_back_while_the_change_is_being_paid_is_not_credited_too(platform: Platform, taken: str):
    life, first = monthly(platform)
    slow = life.call("POST", "/payment_methods", {"sandbox": "unknown_then_ok"})["id"]
    asked = {"price": platform.price("growth", 12_000, "year")}
    change = life.confirm(life.quote(change_plan=asked, payment_method=slow))
    assert (change["status"], change["charges"][0]["amount"]["amount"]) == ("processing", 31_500)
    if taken == "refund":
        assert refund(life, first, "customer")["amount"]["amount"] == 3500
    else:
        dispute(life, first)
    life.advance("2027-03-22 00:01")
    assert life.call("GET", f"/orders/{change['id']}")["status"] == "refunded"
    assert (life.subscription["interval"], life.available) == ("month", 0)
    assert mismatches(life) == []


def test_G6_a_change_that_was_declined_leaves_what_it_would_have_credited(platform: Platform):
    life, first = monthly(platform)
    bad = life.call("POST", "/payment_methods", {"sandbox": "declined"})["id"]
    asked = {"price": platform.price("growth", 12_000, "year")}
    assert life.confirm(life.quote(change_plan=asked, payment_method=bad))["status"] == "declined"
    again = life.quote(change_plan=asked)
    assert [line["amount"]["amount"] for line in again["lines"]] == [35_000, -3500]
    assert refund(life, first, "customer")["amount"]["amount"] == 3500
    assert life.refused("POST", f"/quotes/{again['id']}/confirm").problem["changed"] == ["period"]
    assert mismatches(life) == []


def test_seats_whose_money_went_back_in_part_are_credited_what_is_left_of_it(platform: Platform):
    life, _ = monthly(platform)
    seats = life.confirm(life.quote(add_seats={"quantity": 2}))
    refund(life, seats, amount={"amount": 1900, "currency": "usd"})
    quote = life.quote(change_plan={"price": platform.price("growth", 12_000, "year")})
    assert quote["lines"][-1]["amount"]["amount"] == -100
    assert quote["lines"][-1]["working"].endswith("at most what is left of their payment")


def test_an_upgrade_that_also_paid_what_was_overdue_names_itself_once(platform: Platform):
    life, _ = monthly(platform)
    life.use_card("declined")
    life.advance("2027-04-22 00:00")
    life.use_card("visa_ok")
    upgrade = life.change(platform.price("growth", 2500))
    assert life.call("GET", f"/invoices/{upgrade['invoice']}")["total"]["amount"] == 3500 + 4000
    refund(life, upgrade, amount={"amount": 1000, "currency": "usd"}, keep_credits=True)
    annual = to_annual(life, 30_000)
    assert (annual["status"], credited(annual, life)) == ("succeeded", [-6500])
    found = dispute(life, upgrade)
    price = life.call("GET", f"/invoices/{annual['invoice']}")["total"]["amount"] + 6500
    assert moved(found)[0] == -(-30_000 * 6500 // price)
    assert mismatches(life) == []


def test_seats_that_went_back_to_the_card_do_not_lessen_what_the_plan_is_credited(alone: Platform):
    alone.call("PUT", "/policies", {"add_on_removal": "credit"})
    life, _ = monthly(alone)
    life.confirm(life.quote(add_seats={"quantity": 2}))
    life.advance("2027-04-22 00:00")
    life.confirm(life.quote(remove_add_on={"kind": "seat", "quantity": 2}))
    assert [row["amount"]["amount"] for row in life.call("GET", "/refunds")["data"]] == [2000]
    annual = to_annual(life)
    assert (annual["status"], credited(annual, life)) == ("succeeded", [-3500])
    assert mismatches(life) == []
