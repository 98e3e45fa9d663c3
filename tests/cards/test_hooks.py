"""Webhooks in (RULES §9.3): who may send them, and that order and number do not matter."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from refill.models import ProviderEvent
from refill.services.money import hearing
from tests.cards.conftest import Town
from tests.fake_stripe import FakeStripe
from tests.fake_stripe.events import signed

EVENT = {"id": "evt_x", "type": "product.created", "data": {"object": {"id": "prod_1"}}}


def post(body: bytes, signature: str) -> int:
    headers = {"Stripe-Signature": signature} if signature else {}
    return Client().post("/hooks/cards", body, content_type="application/json", headers=headers).status_code


def kept(event_id: str) -> list[tuple[str, str]]:
    return list(ProviderEvent.objects.filter(event_id=event_id).values_list("kind", "state"))


def test_a_signed_event_is_stored_and_answered(stripe: FakeStripe):
    assert post(*signed(EVENT | {"id": "evt_stored"})) == 200
    assert kept("evt_stored") == [("product.created", "stored")]
    while hearing.work_off():
        pass
    assert kept("evt_stored") == [("product.created", "ignored")]


def test_F20_a_wrong_signature_an_old_one_and_none_are_refused_and_change_nothing(stripe: FakeStripe):
    event = EVENT | {"id": "evt_forged"}
    body, signature = signed(event)
    assert post(body, signature[:-1] + ("0" if signature[-1] != "0" else "1")) == 400
    assert post(body + b" ", signature) == 400
    assert post(*signed(event, secret="whsec_of_another")) == 400
    assert post(*signed(event, age_seconds=301)) == 400
    assert post(*signed(event, age_seconds=86_400)) == 400
    assert post(body, "") == 400
    assert post(b"\xff\xfe", signature) == 400
    assert kept("evt_forged") == []


def test_the_secret_before_is_still_accepted_while_it_is_in_the_settings(stripe: FakeStripe):
    assert post(*signed(EVENT | {"id": "evt_former"}, secret="whsec_the_one_before")) == 200


@pytest.mark.parametrize("body", [[], {}, {"id": "evt_1"}, {"id": 1, "type": 2, "data": {"object": 3}}, "text", None])
def test_F20_what_is_signed_and_is_no_event_is_refused(stripe: FakeStripe, body: object):
    assert post(*signed(body)) == 400  # type: ignore[arg-type]


def test_F20_a_body_of_10_MB_is_refused_before_it_is_read(stripe: FakeStripe):
    body, signature = signed(EVENT | {"id": "evt_large", "pad": "x" * 10_000_000})
    assert post(body, signature) == 413
    assert kept("evt_large") == []


def test_only_posts_are_heard(stripe: FakeStripe):
    assert Client().get("/hooks/cards").status_code == 405


def test_where_the_sandbox_is_the_provider_nobody_is_heard():
    assert post(*signed(EVENT)) == 400


def test_nothing_of_a_body_is_kept_but_what_it_is_about(stripe: FakeStripe):
    secret = {"id": "pi_1", "receipt_email": "ann@northwind.example", "metadata": {"refill_key": "refill_abc"}}
    post(*signed({"id": "evt_private", "type": "payment_intent.created", "data": {"object": secret}}))
    row = ProviderEvent.objects.filter(event_id="evt_private").values().get()
    assert "northwind" not in json.dumps(row, default=str)
    assert (row["subject"], row["provider_key"]) == ("pi_1", "refill_abc")


def test_F17_A16_a_hundred_copies_are_one(town: Town):
    life = town.life("slow")
    order = life.buy(1_000)
    town.fake.settle(str(town.intents(life)[0]["id"]), paid=True)
    town.deliver(town.fake.events * 100)
    assert life.call("GET", f"/orders/{order['id']}")["status"] == "succeeded"
    assert (life.available, town.taken(life), len(life.invoices())) == (1_000, 4_000, 1)


def test_F19_a_webhook_that_comes_while_the_answer_is_awaited_waits(town: Town):
    life = town.life("slow")
    order = life.buy(1_000)
    town.fake.settle(str(town.intents(life)[0]["id"]), paid=True)
    charge = hearing.find("", str(town.intents(life)[0]["metadata"]["refill_key"]))  # type: ignore[index]
    assert charge is not None
    type(charge).objects.filter(pk=charge.pk).update(leased_until="2100-01-01T00:00:00Z")
    town.deliver(town.fake.events[-1:])
    assert kept(str(town.fake.events[-1]["id"])) == [("payment_intent.succeeded", "stored")]
    assert life.call("GET", f"/orders/{order['id']}")["status"] == "processing"
    type(charge).objects.filter(pk=charge.pk).update(leased_until=None)
    ProviderEvent.objects.filter(event_id=town.fake.events[-1]["id"]).update(try_at="2020-01-01T00:00:00Z")
    town.deliver([])
    assert (life.available, kept(str(town.fake.events[-1]["id"]))) == (1_000, [("payment_intent.succeeded", "done")])


def test_F19_an_event_of_a_charge_that_nobody_here_knows_is_kept_for_a_person(stripe: FakeStripe, town: Town):
    stranger = {"id": "pi_stranger", "metadata": {"refill_key": "refill_of_a_lost_database"}}
    other = {"id": "pi_other", "metadata": {}}
    town.deliver(
        [
            {"id": "evt_stranger", "type": "payment_intent.succeeded", "data": {"object": stranger}},
            {"id": "evt_other", "type": "payment_intent.succeeded", "data": {"object": other}},
        ]
    )
    assert [kept("evt_stranger")[0][1], kept("evt_other")[0][1]] == ["unmatched", "ignored"]


def test_W6_A21_a_late_word_of_a_failure_does_not_undo_what_is_paid(town: Town):
    life = town.life()
    order = life.buy(1_000)
    late = {"id": town.intents(life)[0]["id"], "status": "canceled", "metadata": town.intents(life)[0]["metadata"]}
    town.deliver(
        [
            {"id": f"evt_late_{number}_{life.id}", "type": f"payment_intent.{kind}", "data": {"object": late}}
            for number, kind in enumerate(("canceled", "payment_failed", "processing"))
        ]
    )
    assert life.call("GET", f"/orders/{order['id']}")["status"] == "succeeded"
    assert [life.available, life.invoices()[0]["status"]] == [1_000, "paid"]


def test_A18_an_event_whose_deed_failed_is_tried_again(town: Town):
    life = town.life("slow")
    life.buy(1_000)
    town.fake.settle(str(town.intents(life)[0]["id"]), paid=True)
    town.fake.script.next("500_before", "GET /v1/payment_intents")
    last = town.fake.events[-1]
    town.deliver([last])
    assert life.available == 0
    life.advance("2027-03-10 12:01")
    assert life.available == 1_000


def test_a_card_entered_by_somebody_who_never_came_back_is_kept(town: Town):
    life = town.life(None)
    url = life.call("POST", "/payment_methods/setup")["url"]
    town.fake.enter_card(url.rpartition("/")[2], "ok")
    assert life.call("GET", "/payment_methods")["data"] == []
    town.deliver(town.fake.events)
    cards = life.call("GET", "/payment_methods")["data"]
    assert [(card["last4"], card["default"]) for card in cards] == [("4242", True)]
