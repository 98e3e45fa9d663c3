"""The provider's list against ours, both ways (B13), and cards that it must forget."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from refill.cli.verbs.verify import against_provider
from refill.domain.errors import ProviderUnavailable, Unknown
from refill.models import Charge, PaymentMethod, ProviderDifference
from refill.queries import provider_queue
from refill.services.money import attending, cards, reconciling
from tests.cards.conftest import OPERATOR, Town

START = datetime(2020, 1, 1, tzinfo=UTC)


def found() -> list[tuple[str, str, str]]:
    return [(one.what, one.here, one.there) for one in reconciling.run(START)]


def test_where_both_say_the_same_nothing_differs(alone: Town):
    life = alone.life()
    for _ in range(3):
        life.buy(1_000)
    declined = alone.life("declined")
    declined.buy(1_000)
    assert (found(), against_provider(None)) == ([], [])


def test_B13_each_kind_of_difference_is_named_once_and_is_gone_when_it_is_gone(alone: Town):
    life = alone.life()
    for _ in range(5):
        life.buy(1_000)
    first, second, third, fourth, _ = Charge.objects.order_by("id")
    alone.fake.get(first.provider_reference)["amount"] = 3_999
    alone.fake.refund({"payment_intent": second.provider_reference, "amount": "700"})
    kept = alone.fake.objects.pop(third.provider_reference)
    Charge.objects.filter(pk=fourth.pk).update(provider_key="refill_other", provider_reference="pi_other")
    named = [
        ("only_here", "4000 usd succeeded", "nothing"),
        ("only_here", "4000 usd succeeded", "nothing"),
        ("only_there", "nothing", "4000 usd succeeded"),
        ("amount", "4000 usd succeeded", "3999 usd succeeded"),
        ("refunded", "0 of 0", "700"),
    ]
    assert sorted(found()) == sorted(named) == sorted(found())
    assert ProviderDifference.objects.count() == 5
    assert len(against_provider(None)) == 5
    alone.fake.get(first.provider_reference)["amount"] = 4_000
    alone.fake.objects[third.provider_reference] = kept
    Charge.objects.filter(pk=fourth.pk).update(
        provider_key=fourth.provider_key, provider_reference=fourth.provider_reference
    )
    assert found() == [("refunded", "0 of 0", "700")]
    (row,) = provider_queue.differences()
    assert (row.what, row.charge_id, row.there) == ("refunded", second.pk, "700")
    attending.close_difference(difference_id=row.id, actor=OPERATOR, note="refunded by hand")
    assert provider_queue.differences() == []
    with pytest.raises(Unknown):
        attending.close_difference(difference_id=row.id, actor=OPERATOR, note="again")


def test_F19_a_webhook_that_never_came_is_made_up_for(alone: Town):
    life = alone.life("slow")
    order = life.buy(1_000)
    alone.fake.settle(str(alone.intents(life)[0]["id"]), paid=True)
    assert (found(), life.available) == ([], 1_000)
    assert life.call("GET", f"/orders/{order['id']}")["status"] == "succeeded"


def test_a_payment_that_succeeded_after_all_is_a_persons_matter(alone: Town):
    life = alone.life("declined")
    life.buy(1_000)
    alone.fake.get(str(alone.intents(life)[0]["id"]))["status"] = "succeeded"
    assert found() == [("state", "declined", "succeeded")]
    assert life.available == 0


def test_a_refund_made_in_the_dashboard_is_noticed_by_its_webhook(alone: Town):
    life = alone.life()
    life.buy(1_000)
    alone.fake.refund({"payment_intent": str(alone.intents(life)[0]["id"]), "amount": "1500"})
    alone.deliver(alone.fake.events[-1:] * 2)
    assert [(row.what, row.there) for row in provider_queue.differences()] == [("refunded", "1500")]


def test_a_provider_that_does_not_answer_leaves_everything_as_it_was(alone: Town):
    life = alone.life()
    life.buy(1_000)
    alone.fake.script.next("500_before", "GET /v1/payment_intents")
    with pytest.raises(ProviderUnavailable):
        reconciling.run(START)
    assert provider_queue.differences() == []


def test_F37_after_a_restore_the_newer_charges_of_the_provider_are_named(alone: Town):
    life = alone.life()
    life.buy(1_000)
    lost = alone.life()
    lost.buy(1_000)
    charges = Charge.objects.filter(provider_reference=alone.intents(lost)[0]["id"])
    charges.update(provider_key="refill_as_if_lost", provider_reference="")
    row = next(one for one in reconciling.compare(START) if one.what == "only_there")
    assert (row.account_id, row.reference) == (None, alone.intents(lost)[0]["id"])


def test_W15_a_card_removed_here_is_forgotten_there(alone: Town):
    life = alone.life()
    card = PaymentMethod.objects.get()
    life.call("DELETE", f"/payment_methods/{life.call('GET', '/payment_methods')['data'][0]['id']}")
    alone.fake.script.next("500_before", "POST /v1/payment_methods")
    cards.forget_removed()
    assert alone.fake.get(card.reference)["customer"] is not None
    cards.forget_removed()
    assert alone.fake.get(card.reference)["customer"] is None
    calls = len(alone.fake.calls)
    cards.forget_removed()
    assert len(alone.fake.calls) == calls


def test_the_same_card_entered_again_takes_the_place_of_the_one_known(alone: Town):
    life = alone.life()
    life.call("PATCH", f"/payment_methods/{life.call('GET', '/payment_methods')['data'][0]['id']}", {"backup": True})
    alone.enter(life, "ok", default=False)
    (card,) = life.call("GET", "/payment_methods")["data"]
    assert (card["default"], card["backup"]) == (True, True)
    cards.forget_removed()
    references = PaymentMethod.objects.order_by("id").values_list("reference", flat=True)
    assert [alone.fake.get(reference)["customer"] is None for reference in references] == [True, False]


def test_A15_one_open_page_an_account(alone: Town):
    life = alone.life(None)
    urls = {life.call("POST", "/payment_methods/setup")["url"] for _ in range(3)}
    assert len(urls) == 1
