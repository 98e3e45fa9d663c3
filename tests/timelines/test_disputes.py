"""Disputes (RULES §9.5): what is unspent is taken, the rest owed; won, all is restored; lost, a credit note says so."""

from typing import Any

import pytest

from refill.domain import ids
from refill.models import Charge, Dispute
from refill.services.money import disputes
from tests.letters import mails_of
from tests.life import Life, Platform
from tests.recharges import mismatches


def paying(platform: Platform) -> Life:
    life = platform.life("2027-03-22 00:00")
    life.use_card("visa_ok")
    return life


def dispute(life: Life, order: Any, **more: Any) -> Any:
    return life.call("POST", "/disputes", {"order": order["id"], **more})


def close(life: Life, found: Any, won: bool) -> Any:
    return life.call("POST", f"/disputes/{found['id']}/close", {"won": won})


def credits_of(found: Any) -> list[tuple[int, int]]:
    return [(row["taken"], row["owed"]) for row in found["credits"]]


def standing(life: Life) -> tuple[int, int, int]:
    balance = life.balance
    return balance["available"], balance["held"], balance["owed"]


def test_what_is_unspent_is_taken_and_the_rest_is_owed(platform: Platform):
    life = paying(platform)
    order = life.buy(1000)
    life.spend(300)
    found = dispute(life, order, fee=1500)
    assert (credits_of(found), found["fee"]["amount"], standing(life)) == ([(700, 300)], 1500, (0, 0, 300))
    # What is owed is settled first from the next grant.
    life.buy(250)
    assert standing(life) == (0, 0, 50)
    assert mismatches(life) == []


def test_a_won_dispute_restores_everything(platform: Platform):
    life = paying(platform)
    order = life.buy(1000)
    life.spend(300)
    found = close(life, dispute(life, order), won=True)
    assert (found["state"], standing(life)) == ("won", (700, 0, 0))
    assert life.call("GET", f"/invoices/{order['invoice']}")["credited"]["amount"] == 0
    life.spend(700)
    assert mismatches(life) == []


def test_what_was_settled_meanwhile_comes_back_as_a_grant(platform: Platform):
    life = paying(platform)
    order = life.buy(1000)
    life.spend(300)
    found = dispute(life, order)
    life.buy(250)
    close(life, found, won=True)
    # 700 of the first pack again, nothing owed, and the 250 that settled a part of it.
    assert standing(life) == (950, 0, 0)
    assert mismatches(life) == []


def test_a_lost_dispute_is_a_credit_note(platform: Platform):
    life = paying(platform)
    order = life.buy(1000)
    found = close(life, dispute(life, order), won=False)
    assert (found["state"], standing(life)) == ("lost", (0, 0, 0))
    note = life.call("GET", f"/credit_notes/{found['credit_note']}")
    assert (note["reason"], note["total"]["amount"]) == ("dispute", 4000)
    refused = life.refused("POST", "/refunds", {"order": order["id"], "reason": "operator"})
    assert refused.code == "nothing_to_do"
    assert mismatches(life) == []


def test_held_counts_as_used_and_is_owed_no_more_once_it_is_released(platform: Platform):
    life = paying(platform)
    order = life.buy(1000)
    hold = life.call("POST", "/holds", {"credits": 400})["id"]
    found = dispute(life, order)
    assert (credits_of(found), standing(life)) == ([(600, 400)], (0, 400, 400))
    life.call("POST", f"/holds/{hold}/release")
    assert standing(life) == (0, 0, 0)
    close(life, found, won=True)
    assert standing(life) == (1000, 0, 0)
    assert mismatches(life) == []


def test_a_part_of_a_payment_takes_a_part_of_the_credits(platform: Platform):
    life = paying(platform)
    order = life.buy(1000)
    life.spend(800)
    found = dispute(life, order, amount={"amount": 1000, "currency": "usd"})
    assert (credits_of(found), standing(life)) == ([(200, 50)], (0, 0, 50))
    assert mismatches(life) == []


def test_while_it_is_open_nothing_is_refunded_and_afterwards_only_the_rest(platform: Platform):
    life = paying(platform)
    order = life.buy(1000)
    found = dispute(life, order, amount={"amount": 1000, "currency": "usd"})
    wanted = {"order": order["id"], "reason": "operator"}
    assert life.refused("POST", "/refunds", wanted).code == "conflict"
    assert life.refused("POST", "/disputes", {"order": order["id"]}).code == "conflict"
    close(life, found, won=False)
    assert life.call("POST", "/refunds", wanted)["amount"]["amount"] == 3000
    notes = life.call("GET", f"/invoices/{order['invoice']}")
    assert (notes["credited"]["amount"], len(notes["credit_notes"])) == (4000, 2)
    assert mismatches(life) == []


def test_what_was_given_back_cannot_be_disputed(platform: Platform):
    life = paying(platform)
    order = life.buy(1000)
    life.call("POST", "/refunds", {"order": order["id"], "reason": "operator"})
    assert life.refused("POST", "/disputes", {"order": order["id"]}).code == "conflict"


def test_a_disputed_plan_loses_its_credits_until_it_is_won(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.spend(100)
    (order,) = life.call("GET", "/orders")["data"]
    found = dispute(life, order)
    assert (credits_of(found), standing(life)) == ([(900, 100)], (0, 0, 100))
    life.advance("2027-04-22 00:00")
    # The next period's credits settle first what is owed.
    assert standing(life) == (900, 0, 0)
    close(life, found, won=True)
    # The old period is over: what it had left is gone with it; what was settled comes back.
    assert standing(life) == (1000, 0, 0)
    assert mismatches(life) == []


def test_a_quote_settles_what_is_owed_from_what_it_grants(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    order = life.buy(1000)
    life.spend(1600)
    dispute(life, order)
    assert standing(life) == (0, 0, 600)
    for quote in (
        life.quote(change_plan={"price": platform.price("growth", 12000, "year")}),
        life.quote(buy_credits={"pack": platform.pack(1000)}),
    ):
        assert quote["credits"]["after"] == sum(row["after"] for row in quote["credits"]["grants"])
        assert quote["credits"]["after"] in (11400, 400)
    assert life.confirm(quote)["balance"]["available"] == 400


def test_a_won_dispute_makes_nothing_paid_that_had_been_given_back_before(platform: Platform):
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.confirm(life.quote(add_seats={"quantity": 3}))
    life.advance("2027-04-22 00:00")
    renewal = life.call("GET", "/orders")["data"][0]
    back = {"order": renewal["id"], "reason": "operator", "amount": {"amount": 3000, "currency": "usd"}}
    life.call("POST", "/refunds", back | {"keep_credits": True})
    close(life, dispute(life, renewal), won=True)
    yearly = life.quote(change_plan={"price": platform.price("growth", 12000, "year")})
    assert [line["amount"]["amount"] for line in yearly["lines"]] == [35000, 30000, -500, -3000]


@pytest.mark.parametrize("won", [True, False])
def test_told_again_nothing_changes(platform: Platform, won: bool):
    life = paying(platform)
    order = life.buy(1000)
    life.spend(10)
    charge = Charge.objects.get(order_id=ids.decode("ord", order["id"])[0])
    reference = f"dp_{charge.pk}"
    first = disputes.opened(charge, 4000, reference)
    assert disputes.opened(charge, 4000, reference) == first
    assert disputes.closed(charge, won) is True
    assert disputes.closed(charge, not won) is False
    assert disputes.opened(charge, 4000, reference) == first
    assert Dispute.objects.get(pk=first).state == ("won" if won else "lost")
    assert standing(life) == ((990, 0, 0) if won else (0, 0, 10))
    assert mismatches(life) == []


def test_people_are_told_of_what_the_bank_did(platform: Platform):
    life = paying(platform)
    order = life.buy(1000)
    life.spend(300)
    found = dispute(life, order)
    close(life, found, won=True)
    opened, won = mails_of(life, "dispute_opened")[0], mails_of(life, "dispute_won")[0]
    assert (opened.subject, won.subject) == (
        "Your bank disputes $40.00", "The dispute of $40.00 is over: your credits are back",
    )  # fmt: skip
    for said in (opened.words, opened.shown):
        assert "700 credits" in said
        assert "300 credits" in said
    assert "You have 700 credits now." in won.words


def test_a_lost_dispute_is_told_by_its_credit_note(platform: Platform):
    life = paying(platform)
    close(life, dispute(life, life.buy(1000)), won=False)
    (mail,) = mails_of(life, "credit_note")
    assert mail.subject.startswith("Your bank took back $40.00 of invoice TEST-")
    assert "Total: $40.00" in mail.words
