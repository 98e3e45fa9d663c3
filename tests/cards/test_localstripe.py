"""A second opinion: the same gateway against somebody else's imitation of Stripe (localstripe), over HTTP.

It knows an older version of the API, so three parameters that it refuses are left out on the way; and neither Checkout
nor idempotency keys, which the fake Stripe of ours plays.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from pytest_django import Settings

from refill.domain.payments import ChargeIntent
from refill.gateways.cards import card_gateway
from refill.gateways.stripe_cards import StripeCards
from refill.models import ProviderEvent

ROOT = Path(__file__).resolve().parents[2]
KEY, SECRET = "sk_test_12345", "whsec_of_localstripe"
SERVE = """
import socket
from aiohttp import web
from localstripe.server import app
sock = socket.create_server(("127.0.0.1", 0))
print(sock.getsockname()[1], flush=True)
web.run_app(app, sock=sock, print=None, access_log=None)
"""
LONGEST_WAIT_SECONDS = 60


@pytest.fixture(scope="module")
def localstripe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address. Where it is not installed yet, that is done first."""
    target = ".venv-localstripe/.installed"
    made = subprocess.run(
        ["make", "--no-print-directory", target], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, f"localstripe cannot be installed (make {target}):\n{made.stdout}{made.stderr}"
    process = subprocess.Popen(
        [ROOT / ".venv-localstripe/bin/python", "-c", SERVE], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, cwd=tmp_path_factory.mktemp("localstripe"),
    )  # fmt: skip
    assert process.stdout is not None
    port = process.stdout.readline().strip()
    yield f"http://127.0.0.1:{port}"
    process.kill()
    process.wait()


@pytest.fixture
def gateway(localstripe: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeCards]:
    settings.REFILL_CARD_GATEWAY = "refill.gateways.stripe_cards.StripeCards"
    settings.STRIPE_KEY, settings.STRIPE_URL, settings.STRIPE_WEBHOOK_SECRETS = KEY, localstripe, [SECRET]
    card_gateway.cache_clear()
    found = StripeCards()
    intents = found._stripe.payment_intents
    create, listed = intents.create, intents.list
    monkeypatch.setattr(intents, "create", lambda form, options: create(without(form, "description"), options))
    monkeypatch.setattr(intents, "list", lambda form: listed(without(form, "customer", "expand")))
    yield found
    card_gateway.cache_clear()


def without(form: Any, *names: str) -> Any:
    return {name: value for name, value in form.items() if name not in (*names, "allowed_payment_method_types")}


def intent_for(localstripe: str, number: str, key: str) -> ChargeIntent:
    """A customer with a card."""

    def post(path: str, form: dict[str, str]) -> Any:
        answer = httpx.post(f"{localstripe}/v1/{path}", data=form, auth=(KEY, ""), timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    customer = post("customers", {"email": "ann@northwind.example"})["id"]
    face = {"card[number]": number, "card[exp_month]": "12", "card[exp_year]": "2040", "card[cvc]": "123"}
    card = post("payment_methods", {"type": "card", **face})["id"]
    post(f"payment_methods/{card}/attach", {"customer": customer})
    return ChargeIntent(key, card, 4_000, "usd", "Refill order", customer, facts={"refill_order": "ord_1"})


def test_a_charge_off_session_is_paid_found_again_and_refunded(gateway: StripeCards, localstripe: str):
    intent = intent_for(localstripe, "4242424242424242", "refill_smoke_paid")
    made = gateway.charge(intent)
    assert made.state == "succeeded"
    assert gateway.ask(intent) == made
    known = replace(intent, reference=made.reference)
    assert gateway.ask(known) == made
    assert [gateway.refund(known, 1_500), gateway.refund(known, 1_500)] == [True, True]
    looked = gateway.look(known)
    assert looked is not None
    assert (looked.amount_minor, looked.state, looked.refunded_minor) == (4_000, "succeeded", 1_500)


def test_a_decline_is_a_decline(gateway: StripeCards, localstripe: str):
    intent = intent_for(localstripe, "4000000000000341", "refill_smoke_declined")
    outcome = gateway.charge(intent)
    assert (outcome.state, outcome.decline_code, outcome.decline_final) == ("declined", "card_declined", False)
    assert gateway.ask(intent).state == "declined"


def test_its_signed_webhook_is_heard_at_our_door(gateway: StripeCards, localstripe: str, site_url: str):
    hook = {"url": f"{site_url}/hooks/cards", "secret": SECRET, "events": ["payment_intent.succeeded"]}
    assert httpx.post(f"{localstripe}/_config/webhooks/ours", json=hook, timeout=30).status_code == 200
    made = gateway.charge(intent_for(localstripe, "4242424242424242", "refill_smoke_heard"))
    waiting = threading.Event()
    for _ in range(LONGEST_WAIT_SECONDS * 10):
        row = ProviderEvent.objects.filter(subject=made.reference).first()
        if row is not None:
            break
        waiting.wait(0.1)
    assert row is not None
    assert (row.kind, row.provider_key, row.state) == ("payment_intent.succeeded", "refill_smoke_heard", "stored")
