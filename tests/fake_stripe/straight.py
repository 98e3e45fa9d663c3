"""The SDK's way to the fake without a socket, for tests that call it a hundred thousand times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import stripe

from tests.fake_stripe.server import KEY, nested

if TYPE_CHECKING:
    from tests.fake_stripe import FakeStripe


class Straight(stripe.HTTPClient):
    """Requests and answers are those of the wire; nothing goes wrong on the way."""

    name = "straight"

    def __init__(self, fake: FakeStripe) -> None:
        super().__init__()
        self.fake = fake

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        address = urlsplit(url)
        form = nested([*parse_qsl(address.query), *parse_qsl(post_data or "", keep_blank_values=True)])
        key = (headers or {}).get("Idempotency-Key", "")
        status, body, _ = self.fake.do(method.upper(), address.path, form, key)
        return body, status, {}

    def close(self) -> None:
        """Nothing is open."""


def client(fake: FakeStripe) -> stripe.StripeClient:
    """The SDK as the product sets it up, but for the wire."""
    return stripe.StripeClient(
        KEY, stripe_version="2026-10-28.endive", base_addresses={"api": fake.url}, max_network_retries=0,
        http_client=Straight(fake),
    )  # fmt: skip
