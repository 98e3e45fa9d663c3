"""Corners that random lives found: each was wrong once."""

from collections.abc import Callable
from contextlib import suppress

import pytest

from refill.domain import ids
from refill.domain.payments import ChargeIntent, Outcome
from refill.gateways.sandbox_cards import SandboxCards
from refill.models import Charge
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


def test_credits_are_not_sold_to_an_account_that_was_suspended_since_they_were_quoted(platform: Platform):
    life = past_due(platform, "declined")
    life.advance("2027-05-05 23:45")
    card = life.call("POST", "/payment_methods", {"sandbox": "visa_ok"})["id"]
    pack = {"pack": platform.pack(1000), "quantity": 1}
    quote = life.quote(buy_credits=pack, payment_method=card)
    life.advance("2027-05-06 00:00")
    assert (life.status, life.refused("POST", f"/quotes/{quote['id']}/confirm").status) == ("suspended", 409)
    assert life.balance["purchased"]["remaining"] == 0


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


@pytest.mark.parametrize("silence", ["no answer", "died"])
def test_where_the_provider_does_not_say_that_it_is_given_up_it_is_given_up_again(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, silence: str
):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.use_card("needs_action")
    order = life.change(platform.price("growth", 2500))
    with monkeypatch.context() as quiet:
        quiet.setattr(SandboxCards, "cancel", cancelled_in(silence))
        with suppress(Died):
            life.advance("2027-03-23 00:00")
    assert life.call("GET", f"/orders/{order['id']}")["status"] == "needs_action"
    end_leases(life)
    life.advance("2027-03-23 01:00")
    assert life.call("GET", f"/orders/{order['id']}")["status"] == "declined"
    life.confirm(life.quote(cancel={}))


def end_leases(life: Life) -> None:
    """Leases live in real time: a minute has passed."""
    Charge.objects.filter(account_id=ids.decode("acc", life.id)[0]).update(leased_until=None)


class Died(BaseException):
    """The process ended here."""


def cancelled_in(silence: str) -> Callable[[SandboxCards, ChargeIntent], Outcome]:
    def cancel(self: SandboxCards, intent: ChargeIntent) -> Outcome:
        if silence == "died":
            raise Died
        return Outcome("unknown")

    return cancel


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
