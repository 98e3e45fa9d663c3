"""The provider's own SDK, set up: pinned version of the API, bounded time, no retries but our own (RULES §9.2)."""

from __future__ import annotations

import stripe
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

# The SDK's major follows the API's version: they are moved together, after reading what changed.
API_VERSION = "2026-10-28.endive"
CONNECT_SECONDS = 5


def make_client() -> stripe.StripeClient:
    """A client by the settings. ImproperlyConfigured without a key."""
    if not settings.STRIPE_KEY:
        raise ImproperlyConfigured(
            "Cards go through Stripe, so REFILL_STRIPE_KEY is needed (docs/going-live-cards.md)."
        )
    return stripe.StripeClient(
        settings.STRIPE_KEY,
        stripe_version=API_VERSION,
        base_addresses={"api": settings.STRIPE_URL} if settings.STRIPE_URL else {},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=(CONNECT_SECONDS, settings.STRIPE_ANSWER_SECONDS)),
    )
