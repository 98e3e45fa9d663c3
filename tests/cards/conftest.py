"""The real SDK and gateway over HTTP against the fake Stripe; lives of accounts that pay through them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from refill.domain import ids
from refill.domain.records import Actor
from refill.gateways.cards import card_gateway
from refill.gateways.stripe_cards import StripeCards
from refill.services.developers import keys
from refill.services.money import card_setup, charging, hearing
from refill.services.office import held, safe_mode
from tests.conftest import TEST_PLATFORM_KEY
from tests.fake_stripe import FakeStripe
from tests.fake_stripe.events import SECRET, signed
from tests.fake_stripe.server import KEY
from tests.life import Life, Platform

OPERATOR = Actor("platform")
Json = dict[str, object]


@pytest.fixture
def stripe(database: str, settings: Settings) -> Iterator[FakeStripe]:
    """A fake Stripe, which the settings name as the provider of live accounts."""
    fake = FakeStripe()
    settings.REFILL_CARD_GATEWAY = "refill.gateways.stripe_cards.StripeCards"
    settings.STRIPE_KEY, settings.STRIPE_URL = KEY, fake.url
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_the_one_before", SECRET]
    card_gateway.cache_clear()
    yield fake
    fake.stop()
    card_gateway.cache_clear()


@pytest.fixture
def gateway(stripe: FakeStripe) -> StripeCards:
    return StripeCards()


@pytest.fixture
def town(stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch, platform_key: str) -> Town:
    """Accounts with clocks of their own that pay through Stripe: only the choice by mode is overruled."""
    monkeypatch.setattr(charging, "sandbox_gateway", card_gateway)
    return Town(stripe, Platform(platform_key))


@pytest.fixture
def alone(fresh_database: str, town: Town) -> Town:
    """A town without neighbours: what the provider lists, and safe mode, concern all accounts."""
    keys.register_test_platform_key(TEST_PLATFORM_KEY)
    return town


class Town:
    def __init__(self, fake: FakeStripe, platform: Platform) -> None:
        self.fake, self.platform = fake, platform

    def life(self, card: str | None = "ok", *, starts_at: str = "2027-03-10 12:00") -> Life:
        """An account without a plan, with a card entered on the hosted page."""
        life = self.platform.life(starts_at)
        if card is not None:
            self.enter(life, card)
        return life

    def enter(self, life: Life, card: str, *, default: bool = True) -> str:
        """Enter a card on the provider's page and come back; the card's id."""
        account = life.account_id
        url = card_setup.begin(account_id=account, actor=OPERATOR, make_default=default)
        reference = url.rpartition("/")[2]
        self.fake.enter_card(reference, card)
        kept, _ = card_setup.finish(account_id=account, reference=reference)
        assert kept is not None
        return ids.encode("pm", kept)

    def deliver(self, events: list[Json], *, work: bool = True) -> None:
        """The provider calls; then, as a rule, the worker does what follows."""
        for event in events:
            body, signature = signed(event)
            answer = Client().post(
                "/hooks/cards", body, content_type="application/json", headers={"Stripe-Signature": signature}
            )
            assert answer.status_code == 200, answer.content
        if work:
            while hearing.work_off():
                pass

    def intents(self, life: Life) -> list[Json]:
        """What the provider keeps of this account's payments, oldest first."""
        found = self.fake.objects.values()
        mine = [thing for thing in found if thing["object"] == "payment_intent"]
        return [thing for thing in mine if thing["metadata"].get("refill_account") == life.id]

    def taken(self, life: Life) -> int:
        """Money that really left this account's cards, refunds not counted; minor units."""
        return sum(int(str(thing["amount_received"])) for thing in self.intents(life))


def confirm() -> None:
    """End safe mode; mails that were in the outbox when it began are dropped first."""
    if held.waiting()["mails"]:
        held.decide(kind="mails", word="drop", actor=OPERATOR)
    safe_mode.confirm(actor=OPERATOR)
