"""Stripe's webhooks: the signature over the raw body, and what the event is about."""

from __future__ import annotations

import json
from typing import Any

import stripe
from django.conf import settings

from refill.domain.errors import BadSignature
from refill.domain.payments import Heard

OLDEST_SECONDS = 300


def read(body: bytes, signature: str) -> Heard:
    """Check and read one. Raises BadSignature where it is not Stripe's, older than five minutes, or not an event."""
    if not any(_is_signed(body, signature, secret) for secret in settings.STRIPE_WEBHOOK_SECRETS):
        raise BadSignature("The signature does not match, or is older than five minutes.")
    try:
        event = json.loads(body)
        thing = event["data"]["object"]
        return Heard(str(event["id"])[:255], str(event["type"])[:80], _subject(event["type"], thing)[:255], _key(thing))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadSignature("This is no event.") from None


def _is_signed(body: bytes, signature: str, secret: str) -> bool:
    try:
        return bool(stripe.WebhookSignature.verify_header(body.decode(), signature, secret, OLDEST_SECONDS))
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False


def _subject(kind: str, thing: dict[str, Any]) -> str:
    """Charges and refunds are about their PaymentIntent; everything else about itself."""
    if kind.startswith(("charge.dispute.", "checkout.", "payment_method.")):
        return str(thing["id"])
    return str(thing.get("payment_intent") or thing["id"])


def _key(thing: dict[str, Any]) -> str:
    return str((thing.get("metadata") or {}).get("refill_key") or "")[:64]
