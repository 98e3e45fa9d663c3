"""Carriers: whoever delivers texts and rents out numbers. Settings name the one in use; it is loaded when needed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from refill.domain.carriers import (
    IncomingText,
    NumberKind,
    NumberWord,
    OfferedNumber,
    Receipt,
    TextAsk,
    TextIntent,
    TextWord,
)
from refill.domain.texts import Word


class Carrier(Protocol):
    """No call raises for what the carrier says or fails to say: a lost answer is the state `unknown`."""

    name: str
    # How many texts it may be given, or asked about, at the same time, each from a thread of its own; 1: one after
    # another, from the caller's.
    calls_at_once: int
    # What it sends by itself, and for free, to who writes a word that it defines; empty where it does not tell us.
    answers: Mapping[Word, str]

    def available_numbers(
        self, *, country: str, kind: NumberKind, area: str = "", limit: int = 20
    ) -> tuple[OfferedNumber, ...] | None:
        """Numbers that can be bought now, in the carrier's order; `area` is an area code. None: it did not say."""

    def is_offered(self, number: str, kind: NumberKind) -> bool | None:
        """Whether a number can still be had. None: it did not say."""

    def buy_number(self, number: str, key: str) -> NumberWord:
        """Rent a number. Asked again with the same key it answers again; another key finds it taken."""

    def ask_number(self, number: str, key: str) -> NumberWord:
        """What became of `buy_number`. A number that was never bought is refused with code `never_bought`."""

    def release_number(self, number: str, reference: str) -> bool:
        """Give a number back; true when it is ours no longer, also when it was not before."""

    def send(self, intent: TextIntent) -> TextWord:
        """Hand one text over, once."""

    def ask(self, ask: TextAsk) -> TextWord:
        """What became of a text. One that the carrier does not know is refused with code `never_sent`."""

    def is_genuine(self, url: str, fields: Mapping[str, str], signature: str) -> bool:
        """Whether a webhook was signed by this carrier. `url` as the carrier called it, with its query."""

    def read_hook(self, query: Mapping[str, str], fields: Mapping[str, str]) -> Receipt | IncomingText | None:
        """What a genuine webhook says; None where it is nothing that concerns us."""


@cache
def settings_carrier() -> Carrier:
    """The carrier that settings name."""
    carrier: Carrier = import_string(settings.REFILL_CARRIER)()
    return carrier


@cache
def sandbox_carrier() -> Carrier:
    """Test-mode accounts always text through the sandbox."""
    carrier: Carrier = import_string("refill.gateways.sandbox_carrier.SandboxCarrier")()
    return carrier


def carrier_for(*, livemode: bool) -> Carrier:
    """Live accounts text through the carrier of the settings, test ones through the sandbox."""
    return settings_carrier() if livemode else sandbox_carrier()
