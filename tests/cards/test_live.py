"""Live accounts pay through the provider of the settings, on the system's clock; test accounts never do."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from pytest_django import Settings

from refill.cli.environment import check_cards
from refill.cli.places import StartRefused
from refill.domain.errors import Invalid
from refill.domain.records import QuoteRequest
from refill.models import Account, Order, Pack, PaymentMethod
from refill.queries import verification
from refill.services import accounts, credits, orders
from refill.services.money import card_setup, cards, quotes
from refill.services.selling import standard
from tests.cards.conftest import OPERATOR
from tests.fake_stripe import FakeStripe
from tests.life import Platform

_numbers = itertools.count(1)


def open_live() -> int:
    standard.ensure()
    return accounts.create(
        actor=OPERATOR, name="Harbor Dental", timezone="UTC", currency="usd", livemode=True,
        owner_email=f"ana{next(_numbers)}@harbor.example", owner_name="Ana Ruiz",
    ).account_id  # fmt: skip


def buy(account_id: int) -> Order:
    pack = Pack.objects.get(mode="both", credits=1_000, currency="usd")
    request = QuoteRequest(kind="buy_credits", pack_id=pack.pk)
    quote = quotes.create(account_id=account_id, actor=OPERATOR, request=request)
    return Order.objects.get(pk=orders.confirm(account_id=account_id, quote_id=quote, actor=OPERATOR, key="once"))


def test_a_live_account_enters_a_card_and_pays(stripe: FakeStripe):
    account = open_live()
    url = card_setup.begin(account_id=account, actor=OPERATOR)
    reference = url.rpartition("/")[2]
    assert card_setup.finish(account_id=account, reference=reference) == (None, None)
    stripe.enter_card(reference, "ok")
    card, _ = card_setup.finish(account_id=account, reference=reference)
    assert card_setup.finish(account_id=account, reference=reference) == (card, None)
    kept = PaymentMethod.objects.get(pk=card)
    assert (kept.gateway, kept.last4, kept.is_default) == ("stripe", "4242", True)
    order = buy(account)
    charge = order.charges.get()
    assert (order.status, charge.state, stripe.money_taken(charge.provider_key)) == ("succeeded", "succeeded", 4_000)
    assert credits.balance(account_id=account).available == 1_000
    assert verification.mismatches(account) == []


def test_another_accounts_page_gives_no_card(stripe: FakeStripe):
    mine, other = open_live(), open_live()
    reference = card_setup.begin(account_id=mine, actor=OPERATOR).rpartition("/")[2]
    stripe.enter_card(reference, "ok")
    with pytest.raises(Exception, match="no such page"):
        card_setup.finish(account_id=other, reference=reference)
    assert not PaymentMethod.objects.filter(account_id=other).exists()


def test_a_live_account_never_gets_a_sandbox_card(stripe: FakeStripe):
    account = open_live()
    with pytest.raises(Invalid, match="provider's page"):
        cards.add_sandbox(account_id=account, actor=OPERATOR, card="visa_ok")
    assert Account.objects.get(pk=account).payment_methods.count() == 0


def test_a_test_account_pays_with_sandbox_cards_whatever_the_settings_say(stripe: FakeStripe, platform_key: str):
    life = Platform(platform_key).life("2027-03-10 12:00")
    assert life.call("POST", "/payment_methods/setup")["url"].endswith("/settings/cards/new")
    life.use_card("visa_ok")
    assert (life.buy(1_000)["status"], life.available, stripe.calls) == ("succeeded", 1_000, [])


def test_a_start_without_the_providers_secrets_is_refused_in_a_sentence(settings: Settings, tmp_path: Path):
    settings.REFILL_CARD_GATEWAY = "refill.gateways.stripe_cards.StripeCards"
    settings.STRIPE_KEY, settings.STRIPE_WEBHOOK_SECRETS = "", ["whsec_1"]
    with pytest.raises(StartRefused, match="REFILL_STRIPE_KEY"):
        check_cards()
    settings.STRIPE_KEY, settings.STRIPE_WEBHOOK_SECRETS = "sk_test_1", []
    with pytest.raises(StartRefused, match="REFILL_STRIPE_WEBHOOK_SECRETS"):
        check_cards()
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_1"]
    check_cards()
