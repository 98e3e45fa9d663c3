"""The gateway alone, over HTTP: what each answer of the provider's means here."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from pytest_django import Settings

from refill.domain.errors import InsideTransaction, ProviderUnavailable
from refill.domain.payments import ChargeIntent, Outcome
from refill.gateways.cards import card_gateway
from refill.gateways.sandbox_cards import SandboxCards
from refill.gateways.stripe_cards import StripeCards
from tests.fake_stripe import FakeStripe
from tests.fake_stripe.script import DONE, PAY, Fault

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def intent_for(fake: FakeStripe, kind: str = "ok", amount: int = 4_000, key: str = "refill_one") -> ChargeIntent:
    customer = fake.add("cus", "customer")["id"]
    card = fake.new_card(customer, kind)["id"]
    return ChargeIntent(key, card, amount, "usd", "Refill order", customer, facts={"refill_order": "ord_1"})


def test_the_settings_choose_the_gateway(stripe: FakeStripe):
    assert isinstance(card_gateway(), StripeCards)


def test_without_a_key_it_says_which_setting_is_missing(settings: Settings):
    settings.STRIPE_KEY = ""
    with pytest.raises(ImproperlyConfigured, match="REFILL_STRIPE_KEY"):
        StripeCards()


def test_a_charge_that_is_paid(stripe: FakeStripe, gateway: StripeCards):
    outcome = gateway.charge(intent_for(stripe))
    (_, path, form, key) = stripe.calls[-1]
    assert outcome == Outcome("succeeded", stripe.last("payment_intent"))
    assert (path, key, form["off_session"], form["confirm"]) == ("/v1/payment_intents", "refill_one", "true", "true")
    assert form["metadata"] == {"refill_key": "refill_one", "refill_order": "ord_1"}
    assert stripe.money_taken("refill_one") == 4_000


@pytest.mark.parametrize(
    ("kind", "code", "is_final"),
    [
        ("declined", "generic_decline", False),
        ("insufficient_funds", "insufficient_funds", False),
        ("stolen", "stolen_card", True),
        ("expired", "expired_card", True),
        ("do_not_try", "do_not_honor", True),
    ],
)
def test_a_decline_says_why_and_whether_it_is_final(
    stripe: FakeStripe, gateway: StripeCards, kind: str, code: str, is_final: bool
):
    intent = intent_for(stripe, kind)
    outcome = gateway.charge(intent)
    assert (outcome.state, outcome.decline_code, outcome.decline_final) == ("declined", code, is_final)
    assert gateway.ask(intent) == outcome
    assert stripe.money_taken("refill_one") == 0


def test_F15_a_bank_that_wants_the_customer_is_no_decline(stripe: FakeStripe, gateway: StripeCards):
    intent = intent_for(stripe, "authenticate")
    outcome = gateway.charge(intent)
    assert (outcome.state, outcome.reference) == ("needs_action", stripe.last("payment_intent"))
    handed = gateway.hand_back(intent, "https://refill.example/back")
    assert handed.url == f"{stripe.url}/3ds/{stripe.last('payment_intent')}"
    assert gateway.hand_back(intent, "https://refill.example/back") == handed
    assert stripe.authenticate(stripe.last("payment_intent"), passed=True) == "https://refill.example/back"
    assert gateway.ask(intent) == Outcome("succeeded", stripe.last("payment_intent"))
    assert len([thing for thing in stripe.objects.values() if thing["object"] == "payment_intent"]) == 1


def test_a_customer_who_fails_at_the_bank_is_declined(stripe: FakeStripe, gateway: StripeCards):
    intent = intent_for(stripe, "authenticate")
    gateway.charge(intent)
    gateway.hand_back(intent, "https://refill.example/back")
    stripe.authenticate(stripe.last("payment_intent"), passed=False)
    outcome = gateway.ask(intent)
    assert (outcome.state, outcome.decline_code) == ("declined", "payment_intent_authentication_failure")
    assert outcome.decline_final


def test_given_up_it_cannot_be_paid_any_more(stripe: FakeStripe, gateway: StripeCards):
    intent = intent_for(stripe, "authenticate")
    gateway.charge(intent)
    assert gateway.cancel(intent) == Outcome("declined", stripe.last("payment_intent"), decline_code="canceled")
    stripe.authenticate(stripe.last("payment_intent"), passed=True)
    assert stripe.money_taken("refill_one") == 0


def test_giving_up_too_late_says_that_it_is_paid(stripe: FakeStripe, gateway: StripeCards):
    intent = intent_for(stripe, "authenticate")
    gateway.charge(intent)
    gateway.hand_back(intent, "https://refill.example/back")
    stripe.authenticate(stripe.last("payment_intent"), passed=True)
    assert gateway.cancel(intent).state == "succeeded"


def test_W8_B16_processing_is_a_state_of_its_own(stripe: FakeStripe, gateway: StripeCards):
    intent = intent_for(stripe, "slow")
    assert gateway.charge(intent).state == "processing"
    stripe.settle(stripe.last("payment_intent"), paid=True)
    assert gateway.ask(intent).state == "succeeded"


@pytest.mark.parametrize("fault", [name for name in DONE if not name.startswith("hang")])
def test_F12_F14_an_answer_that_is_lost_or_cannot_be_read_is_unknown_and_found_by_asking(
    stripe: FakeStripe, gateway: StripeCards, fault: Fault
):
    intent = intent_for(stripe)
    stripe.script.next(fault)
    first = gateway.charge(intent)
    assert first.state == "unknown"
    assert bool(first.differs) == (fault not in ("lost_after", "500_after", "html_after", "cut_after"))
    assert gateway.ask(intent) == Outcome("succeeded", stripe.last("payment_intent"))
    assert stripe.money_taken("refill_one") == 4_000


@pytest.mark.parametrize("fault", ["lost_before", "429", "409", "401"])
def test_F13_F14_what_never_arrived_is_sent_again_under_its_own_key(
    stripe: FakeStripe, gateway: StripeCards, fault: Fault
):
    intent = intent_for(stripe)
    stripe.script.next(fault)
    assert gateway.charge(intent) == Outcome("unknown")
    assert gateway.ask(intent).state == "succeeded"
    assert {key for method, path, _, key in stripe.calls if f"{method} {path}" == PAY} == {"refill_one"}
    assert stripe.money_taken("refill_one") == 4_000


@pytest.mark.parametrize("fault", ["hang_before", "hang_after"])
def test_F13_a_provider_that_is_silent_is_left_after_a_bounded_time(
    stripe: FakeStripe, gateway: StripeCards, settings: Settings, fault: Fault
):
    intent = intent_for(stripe)
    stripe.script.next(fault)
    settings.STRIPE_ANSWER_SECONDS = 1
    assert StripeCards().charge(intent) == Outcome("unknown")
    assert gateway.ask(intent).state == "succeeded"
    assert stripe.money_taken("refill_one") == 4_000


def test_F14_a_500_stays_unknown_until_keys_are_forgotten_and_then_it_was_never_sent(
    stripe: FakeStripe, gateway: StripeCards
):
    intent = intent_for(stripe)
    stripe.script.next("500_before")
    assert [gateway.charge(intent), gateway.ask(intent)] == [Outcome("unknown")] * 2
    old = dataclasses.replace(intent, age_seconds=23 * 3_600)
    calls = len(stripe.calls)
    assert gateway.ask(old) == Outcome("declined", decline_code="never_sent")
    assert [method for method, *_ in stripe.calls[calls:]] == ["GET"]


def test_after_keys_are_forgotten_a_charge_that_is_there_is_still_found(stripe: FakeStripe, gateway: StripeCards):
    intent = intent_for(stripe)
    stripe.script.next("lost_after")
    gateway.charge(intent)
    stripe.keys.clear()
    for _ in range(120):
        stripe.create_intent({**stripe.calls[0][2], "confirm": "false", "metadata": {}})
    assert gateway.ask(dataclasses.replace(intent, age_seconds=90_000)).state == "succeeded"


def test_A13_A14_the_same_key_with_another_amount_is_never_a_second_charge(stripe: FakeStripe, gateway: StripeCards):
    intent = intent_for(stripe)
    gateway.charge(intent)
    assert gateway.charge(dataclasses.replace(intent, amount_minor=9_900)) == Outcome("unknown")
    assert stripe.money_taken("refill_one") == 4_000


def test_F14_a_charge_of_another_amount_is_a_persons_matter(stripe: FakeStripe, gateway: StripeCards):
    intent = intent_for(stripe)
    made = gateway.charge(intent)
    asked = dataclasses.replace(intent, amount_minor=5_000, reference=made.reference)
    assert gateway.ask(asked) == Outcome("unknown", made.reference, differs="amount: 4000 usd")


def test_what_the_provider_refuses_took_no_money(stripe: FakeStripe, gateway: StripeCards):
    assert gateway.charge(intent_for(stripe, amount=40)) == Outcome("declined", decline_code="amount_too_small")
    gone = dataclasses.replace(intent_for(stripe), card_reference="pm_gone")
    assert gateway.charge(gone) == Outcome("declined", decline_code="resource_missing", decline_final=True)


def test_a_refund_is_a_sum_in_all_and_repeats_are_harmless(stripe: FakeStripe, gateway: StripeCards):
    intent = intent_for(stripe)
    made = dataclasses.replace(intent, reference=gateway.charge(intent).reference)
    assert [gateway.refund(made, 1_000), gateway.refund(made, 1_000), gateway.refund(made, 4_000)] == [True] * 3
    refunds = [thing["amount"] for thing in stripe.objects.values() if thing["object"] == "refund"]
    assert refunds == [1_000, 3_000]
    assert gateway.refund(made, 4_001) is False


def test_a_refund_whose_answer_is_lost_is_not_made_twice(stripe: FakeStripe, gateway: StripeCards):
    intent = intent_for(stripe)
    made = dataclasses.replace(intent, reference=gateway.charge(intent).reference)
    stripe.script.next("lost_after", "POST /v1/refunds")
    assert [gateway.refund(made, 4_000), gateway.refund(made, 4_000)] == [False, True]
    assert [thing["amount"] for thing in stripe.objects.values() if thing["object"] == "refund"] == [4_000]


def test_the_list_of_what_was_taken_goes_through_all_pages(stripe: FakeStripe, gateway: StripeCards):
    for number in range(130):
        stripe.create_intent(
            {"amount": "500", "currency": "usd", "allowed_payment_method_types": ["card"],
             "payment_method": stripe.new_card("cus_1", "ok")["id"],
             "customer": "cus_1", "confirm": "true", "metadata": {"refill_key": f"refill_{number}"}}
        )  # fmt: skip
    taken = list(gateway.taken(LONG_AGO))
    assert [one.provider_key for one in reversed(taken)] == [f"refill_{number}" for number in range(130)]
    assert {(one.amount_minor, one.currency, one.state, one.refunded_minor) for one in taken} == {
        (500, "usd", "succeeded", 0)
    }
    assert list(gateway.taken(datetime.now(UTC) + timedelta(hours=1))) == []


def test_a_card_is_entered_on_the_providers_page(stripe: FakeStripe, gateway: StripeCards):
    page = gateway.start_setup("acc_1", "key_1", "", "https://refill.example/back", "https://refill.example")
    assert gateway.start_setup("acc_1", "key_1", "", "https://refill.example/back", "https://refill.example") == page
    assert (gateway.finish_setup(page.reference), page.url) == (None, f"{stripe.url}/c/pay/{page.reference}")
    stripe.enter_card(page.reference, "ok")
    face = gateway.finish_setup(page.reference)
    assert face is not None
    assert (face.brand, face.last4, face.exp_month, face.exp_year) == ("visa", "4242", 12, 2040)
    assert (gateway.forget(face.reference), gateway.forget(face.reference)) == (True, True)
    assert stripe.get(face.reference)["customer"] is None


def test_a_provider_that_is_down_is_said_so(stripe: FakeStripe, gateway: StripeCards):
    stripe.script.next("lost_before", "POST /v1/customers")
    with pytest.raises(ProviderUnavailable):
        gateway.start_setup("acc_1", "key_1", "", "https://refill.example/back", "https://refill.example")
    stripe.script.next("500_before", "GET /v1/payment_intents")
    with pytest.raises(ProviderUnavailable):
        list(gateway.taken(LONG_AGO))


def test_no_call_to_a_provider_inside_a_transaction(stripe: FakeStripe, gateway: StripeCards):
    of_sandbox = ChargeIntent("refill_two", "visa_ok", 1, "usd", "")
    for cards, intent in ((gateway, intent_for(stripe)), (SandboxCards(), of_sandbox)):
        for name, arguments in {
            "charge": [intent], "ask": [intent], "cancel": [intent], "refund": [intent, 1],
        }.items():  # fmt: skip
            with pytest.raises(InsideTransaction), transaction.atomic():
                getattr(cards, name)(*arguments)
        with pytest.raises(InsideTransaction), transaction.atomic():
            list(cards.taken(LONG_AGO))
    assert stripe.calls == []
