"""Card providers. The gateway in use is named in settings and loaded when it is first needed."""

from __future__ import annotations

from functools import cache
from typing import Protocol

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from refill.domain.errors import InsideTransaction
from refill.domain.payments import CardFace, ChargeIntent, Outcome


class CardGateway(Protocol):
    """Takes and gives back money. Every call is idempotent by the intent's provider key."""

    name: str

    def charge(self, intent: ChargeIntent) -> Outcome:
        """Ask for the money once. A lost answer is `unknown`, never an exception."""

    def ask(self, provider_key: str) -> Outcome:
        """What became of a charge. A charge that the provider never saw is declined with code `never_sent`."""

    def cancel(self, provider_key: str) -> Outcome:
        """Give up a charge that nobody has answered; returns what it is now, which may be succeeded."""

    def refund(self, provider_key: str, amount_minor: int) -> bool:
        """Give back so much in all; true when it is done."""


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
