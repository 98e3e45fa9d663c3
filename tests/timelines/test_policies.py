"""What the operator may decide: each policy's other values (RULES §2.9, §3.4, §4.3)."""

from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction

from refill.domain import ids
from refill.ledger import verify
from refill.services.developers import keys
from tests.conftest import TEST_PLATFORM_KEY
from tests.letters import mails_of, subjects
from tests.life import Platform
from tests.together import together


@pytest.fixture
def alone(fresh_database: str) -> Platform:
    """A database of its own: policies hold for everybody."""
    keys.register_test_platform_key(TEST_PLATFORM_KEY)
    return Platform(TEST_PLATFORM_KEY)


def decide(platform: Platform, **values: Any) -> None:
    platform.call("PUT", "/policies", values)


def test_full_difference_takes_and_gives_all_of_it_now(alone: Platform):
    decide(alone, upgrade="full_difference")
    life = alone.life("2027-03-22 00:00", alone.price("growth", 1000))
    life.advance("2027-04-10 00:00")
    quote = life.quote(change_plan={"price": alone.price("growth", 2500)})
    assert (quote["due_now"]["amount"], quote["credits"]["after"]) == (4000, 2500)
    assert life.confirm(quote)["balance"]["available"] == 2500
    assert life.subscription["current_period"]["ends_at"] == "2027-04-22T00:00:00Z"


def test_restart_begins_a_new_period_at_every_upgrade(alone: Platform):
    decide(alone, upgrade="restart")
    life = alone.life("2027-03-22 00:00", alone.price("growth", 1000))
    life.spend(250)
    life.advance("2027-04-06 12:00")
    quote = life.quote(change_plan={"price": alone.price("growth", 2500)})
    assert [line["amount"]["amount"] for line in quote["lines"]] == [7500, -1750]
    order = life.confirm(quote)
    assert (order["balance"]["available"], life.subscription["current_period"]["ends_at"]) == (
        2500, "2027-05-06T12:00:00Z",
    )  # fmt: skip


def test_what_recurs_is_counted_by_the_policies_of_the_next_period(alone: Platform):
    life = alone.life("2027-03-22 00:00", alone.price("growth", 1000))
    life.confirm(life.quote(add_seats={"quantity": 1}))
    decide(alone, seat_price_minor={"month": 2000, "year": 20000}, tax={"rate_basis_points": 1000, "inclusive": False})
    quote = life.quote(add_seats={"quantity": 1})
    assert (quote["due_now"]["amount"], quote["recurring"]["amount"]["amount"]) == (1000, (3500 + 2 * 2000) * 11 // 10)
    life.confirm(quote)
    assert life.subscription["next_charge"]["amount"]["amount"] == 8250
    life.advance("2027-04-22 00:00")
    assert life.invoices()[-1]["total"]["amount"] == 8250


def test_an_annual_plan_can_give_its_credits_month_by_month(alone: Platform):
    decide(alone, allowance_every="month")
    life = alone.life("2027-01-31 00:00", alone.price("growth", 12000, "year"))
    assert life.available == 1000
    life.spend(300)
    life.advance("2027-02-27 23:59:59")
    month = {"granted": 1000, "remaining": 700, "resets_at": "2027-02-28T00:00:00Z"}
    assert (life.available, life.balance["allowance"]) == (700, month)
    life.advance("2027-02-28 00:00", work=False)
    assert life.available == 1000
    life.advance("2027-12-31 00:00")
    assert life.balance["allowance"]["resets_at"] == "2028-01-31T00:00:00Z"
    life.advance("2028-01-31 00:00")
    assert life.available == 1000
    granted = [entry["credits"] for entry in life.entries() if entry["kind"] == "grant"]
    assert (sum(granted[:12]), granted[12:]) == (12000, [100, 900])


def test_the_advance_ends_with_the_first_month_of_a_year_that_is_dealt_out_by_the_month(alone: Platform):
    decide(alone, allowance_every="month")
    life = alone.life("2027-01-31 00:00", alone.price("growth", 12000, "year"))
    life.advance("2028-01-31 00:00")
    assert life.balance["allowance"] == {"granted": 1000, "remaining": 1000, "resets_at": "2028-02-29T00:00:00Z"}
    life.advance("2028-02-29 00:00", work=False)
    assert life.balance["allowance"] == {"granted": 1000, "remaining": 1000, "resets_at": "2028-03-31T00:00:00Z"}
    assert verify.run(life.account_id) == []


def test_a_version_of_the_policies_can_be_put_as_it_was_given(alone: Platform):
    given = alone.call("GET", "/policies")
    given["values"]["renewal_advance"] = 20
    assert alone.call("PUT", "/policies", given)["values"]["renewal_advance"] == 20
    assert alone.call("PUT", "/policies", {"values": {"renewal_advance": 30}})["values"]["renewal_advance"] == 30


def test_each_month_of_a_years_credits_is_told_with_what_there_is(alone: Platform):
    decide(alone, allowance_every="month")
    life = alone.life("2027-01-31 00:00", alone.price("growth", 12000, "year"))
    life.buy(250)
    assert subjects(life, "credits_refilled") == []
    life.spend(300)
    life.advance("2027-02-28 00:00")
    (told,) = mails_of(life, "credits_refilled")
    assert told.subject == "Your credits are refilled: 1,000 credits"
    for words in (told.words, told.shown):
        assert "Your month on Growth 12,000 a year began on 28 February 2027, 12:00 am UTC with 1,000 credits" in words
        assert "nothing was charged. What is left of them on 31 March 2027, 12:00 am UTC is lost" in words
        assert "250 credits that you bought stay until used. You have 1,250 credits now." in words
    assert life.available == 1250
    life.advance("2028-01-30 23:59")
    assert len(subjects(life, "credits_refilled")) == 11


def test_of_months_that_began_while_the_worker_was_away_the_newest_is_told_once(alone: Platform):
    decide(alone, allowance_every="month")
    life = alone.life("2027-01-31 00:00", alone.price("growth", 12000, "year"))
    life.advance("2027-05-02 00:00", work=False)
    life.advance("2027-05-02 00:01")
    (told,) = mails_of(life, "credits_refilled")
    assert "began on 30 April 2027" in told.words
    life.advance("2027-05-20 00:00")
    assert len(subjects(life, "credits_refilled")) == 1
    life.confirm(life.quote(cancel={}))
    life.advance("2027-05-31 00:00")
    assert len(subjects(life, "credits_refilled")) == 2


def test_months_of_a_year_that_another_one_replaced_are_told_no_more(alone: Platform):
    decide(alone, allowance_every="month", upgrade="restart")
    life = alone.life("2027-01-31 00:00", alone.price("growth", 12000, "year"))
    life.advance("2027-02-10 00:00")
    life.change(alone.price("scale", 60000, "year"))
    life.advance("2027-03-09 23:59")
    assert subjects(life, "credits_refilled") == []
    life.advance("2027-03-10 00:00")
    assert subjects(life, "credits_refilled") == ["Your credits are refilled: 5,000 credits"]


def test_what_comes_back_to_an_ended_grant_can_live_on_to_the_end_of_the_period(alone: Platform):
    for after_end, available in (("expire", 1000), ("regrant", 1060)):
        decide(alone, reverse_after_end=after_end)
        life = alone.life("2027-03-22 00:00", alone.price("growth", 1000))
        spent = life.spend(60)
        life.advance("2027-04-22 00:00")
        back = {"reason": "the carrier refused it late"}
        assert life.call("POST", f"/usage/{spent['id']}/reverse", back)["credits"] == 60
        assert life.available == available
        life.advance("2027-05-22 00:00")
        assert life.available == 1000


def test_a_period_keeps_the_policies_in_force_when_it_began(alone: Platform):
    life = alone.life("2027-03-22 00:00", alone.price("growth", 1000))
    quote = life.quote(change_plan={"price": alone.price("growth", 2500)})
    decide(alone, upgrade="full_difference", renewal_advance=50)
    refused = life.refused("POST", f"/quotes/{quote['id']}/confirm")
    assert (refused.code, refused.problem["changed"]) == ("quote_stale", ["policies"])
    life.advance("2027-04-10 00:00")
    assert life.quote(change_plan={"price": alone.price("growth", 2500)})["due_now"]["amount"] == 1548
    life.advance("2027-04-22 00:00", work=False)
    assert life.available == 500
    life.advance("2027-04-22 00:00")
    assert life.quote(change_plan={"price": alone.price("growth", 2500)})["due_now"]["amount"] == 4000


def test_tax_is_a_line_of_its_own_and_what_is_charged(alone: Platform):
    decide(alone, tax={"rate_basis_points": 1900, "inclusive": False})
    life = alone.life("2027-03-22 00:00", alone.price("growth", 1000))
    quote = life.quote(buy_credits={"pack": alone.pack(1000)})
    assert (quote["tax"]["amount"], quote["due_now"]["amount"]) == (760, 4760)
    life.confirm(quote)
    assert [invoice["total"]["amount"] for invoice in life.invoices()] == [4165, 4760]


def test_policies_and_a_change_of_plan_that_wait_for_each_other_both_happen(alone: Platform):
    life = alone.life("2027-03-22 00:00", alone.price("growth", 1000))
    touch = "update refill_period set credits = credits where id = %s"
    held = Event()

    def change_plan() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select min(id), max(id) from refill_period where state = 'upcoming'")
            first, last = cursor.fetchone()
            cursor.execute(touch, [last])
            held.set()
            waits = "select count(*) from pg_locks where not granted and locktype = 'transactionid'"
            cursor.execute(waits)
            while cursor.fetchone() == (0,):
                cursor.execute(waits)
            cursor.execute(touch, [first])

    def put() -> Any:
        held.wait()
        return life.platform.call("PUT", "/policies", {"renewal_advance": 20})

    _, kept = together([change_plan, put])
    assert kept["values"]["renewal_advance"] == 20
    life.advance("2027-04-22 00:00", work=False)
    assert life.available == 200


@pytest.mark.parametrize("how", ["at the end", "at once"])
def test_a_cancelled_plan_ends_by_the_policies_that_its_period_began_with(alone: Platform, how: str):
    life = alone.life("2027-03-22 00:00", alone.price("growth", 1000))
    life.buy(250)
    if how == "at once":
        life.use_card("declined")
        life.advance("2027-04-22 00:00")
    decide(alone, keep_purchased_months=1, read_only_days=5)
    quote = life.quote(cancel={})
    assert quote["effective_at"] == "2027-04-22T00:00:00Z"
    assert [" ".join(said.split()[:7]) for said in quote["warnings"][-2:]] == [
        "Bought credits are kept for 12 months", "Everything can be read for 30 days;",
    ]  # fmt: skip
    life.confirm(quote)
    life.advance("2027-05-21 23:59:59")
    assert life.status == "canceled"
    life.advance("2027-05-22 00:00")
    assert life.status == "purged"
    (told, *_) = mails_of(life, "purge_coming")
    assert "Bought credits are kept until 22 April 2028" in told.words
    life.advance("2028-04-21 23:59:59")
    assert life.balance["purchased"]["remaining"] == 250
    life.advance("2028-04-22 00:00")
    assert life.balance["purchased"]["remaining"] == 0


def test_held_credits_whose_grant_has_ended_are_kept_as_long_as_the_new_period_says(alone: Platform):
    life = alone.life("2027-03-22 00:00", alone.price("growth", 1000))
    life.advance("2027-04-10 00:00")
    life.call("POST", "/holds", {"credits": 10})
    decide(alone, hold_grace=1)
    life.advance("2027-04-22 00:00")
    assert (life.balance["held"], verify.run(ids.decode("acc", life.id)[0])) == (10, [])
    life.advance("2027-04-22 01:00", work=False)
    assert life.balance["held"] == 0
