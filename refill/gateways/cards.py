"""Card providers. The gateway in use is named in settings and loaded when it is first needed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Protocol

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from refill.domain.errors import InsideTransaction
from refill.domain.payments import (
    CardFace,
    ChargeIntent,
    DisputeFacts,
    HandBack,
    Heard,
    Outcome,
    SetupPage,
    Taken,
)


class CardGateway(Protocol):
    """Takes and gives back money. Every call is idempotent by the intent's provider key, and refuses to run inside a
    database transaction."""

    name: str

    def charge(self, intent: ChargeIntent) -> Outcome:
        """Ask for the money once. A lost answer is `unknown`, never an exception."""

    def ask(self, intent: ChargeIntent) -> Outcome:
        """What became of a charge. One that the provider never saw is sent again under its own key while that key is
        surely remembered; after that it is declined with code `never_sent`."""

    def cancel(self, intent: ChargeIntent) -> Outcome:
        """Give up a charge that nobody has answered; returns what it is now, which may be succeeded."""

    def hand_back(self, intent: ChargeIntent, return_url: str) -> HandBack:
        """Where the customer answers their bank. Asked again, it leads to the same payment."""

    def refund(self, intent: ChargeIntent, amount_minor: int) -> bool:
        """Give back so much in all; true when it is done."""

    def look(self, intent: ChargeIntent) -> Taken | None:
        """The charge as the provider keeps it; none where it does not know it. Raises ProviderUnavailable."""

    def taken(self, since: datetime) -> Iterator[Taken]:
        """Every charge that the provider keeps from `since` on. Raises ProviderUnavailable."""

    def start_setup(
        self, account: str, key: str, customer_reference: str, return_url: str, cancel_url: str
    ) -> SetupPage:
        """The page on which `account` enters a card; one for each `key`. Raises ProviderUnavailable."""

    def finish_setup(self, reference: str) -> CardFace | None:
        """The card entered on that page; none while there is none. Raises ProviderUnavailable."""

    def card_now(self, card_reference: str, customer_reference: str) -> CardFace | None:
        """A card as the provider keeps it now; none where it is not this customer's any more. Raises
        ProviderUnavailable."""

    def forget(self, card_reference: str) -> bool:
        """Let the provider forget a card; true when it has."""

    def hear(self, body: bytes, signature: str) -> Heard:
        """Check a webhook's signature on the raw body, and read it. Raises BadSignature."""

    def dispute(self, reference: str) -> DisputeFacts:
        """A dispute as it stands. Raises ProviderUnavailable."""


def refuse_inside_transaction() -> None:
    """No network call inside a database transaction (RULES §9.1). Raises InsideTransaction."""
    if connection.in_atomic_block:
        raise InsideTransaction("a gateway was called inside a database transaction")


@cache
def card_gateway() -> CardGateway:
    """The gateway that settings name."""
    gateway: CardGateway = import_string(settings.REFILL_CARD_GATEWAY)()
    return gateway


@cache
def sandbox_gateway() -> CardGateway:
    """Test-mode accounts always pay with sandbox cards."""
    gateway: CardGateway = import_string("refill.gateways.sandbox_cards.SandboxCards")()
    return gateway


__all__ = ["CardFace", "CardGateway", "card_gateway", "refuse_inside_transaction", "sandbox_gateway"]
