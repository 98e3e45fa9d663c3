"""Outcomes of a charge, the ladder of asking, and the ladder of trying again (RULES §9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

State = Literal["succeeded", "declined", "needs_action", "processing", "unknown"]

ASK_AFTER_SECONDS = (5, 30, 120, 600, 3_600, 21_600, 86_400)


@dataclass(frozen=True, slots=True)
class ChargeIntent:
    """What the provider is asked to take. The key is the intent's own, for all tries of the call.

    `customer_reference` and `reference` are the provider's names of who pays and of the charge, once known;
    `age_seconds` has passed since the first sending; `facts` go with the charge, so that it can be told from others.
    """

    provider_key: str
    card_reference: str
    amount_minor: int
    currency: str
    description: str
    customer_reference: str = ""
    reference: str = ""
    age_seconds: int = 0
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the provider said. `unknown`: it did not say, or not yet what we can use. `differs` names what of its answer
    contradicts the intent: then nobody but a person decides."""

    state: State
    reference: str = ""
    decline_code: str = ""
    decline_final: bool = False
    differs: str = ""


def card_label(brand: str, last4: str) -> str:
    """Visa ending 4242."""
    return f"{brand.capitalize()} ending {last4}"


@dataclass(frozen=True, slots=True)
class CardFace:
    """What may be seen of a card."""

    reference: str
    fingerprint: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


@dataclass(frozen=True, slots=True)
class SetupPage:
    """The provider's page on which a card is entered. The references are its names of who pays and of the page."""

    customer_reference: str
    reference: str
    url: str


@dataclass(frozen=True, slots=True)
class HandBack:
    """Where the customer answers the bank; or, without an address, what the provider says it is by now."""

    url: str
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A charge as the provider keeps it. `provider_key` is empty where it was not made by this product."""

    provider_key: str
    reference: str
    amount_minor: int
    currency: str
    state: State
    refunded_minor: int


@dataclass(frozen=True, slots=True)
class Heard:
    """A webhook whose signature is right: what kind of event, and the thing it is about by the provider's name."""

    event_id: str
    kind: str
    subject: str
    provider_key: str = ""


@dataclass(frozen=True, slots=True)
class DisputeFacts:
    """A dispute as it stands: `won` is None while it is open. An inquiry has moved no money yet; `fee_minor` is what
    the provider keeps for it."""

    reference: str
    charge_reference: str
    amount_minor: int
    won: bool | None
    is_inquiry: bool
    fee_minor: int = 0


def next_ask(sent_at: datetime, asks: int) -> datetime | None:
    """When the provider is asked again, counted from the sending; None: a person must look (RULES §9.2)."""
    if asks >= len(ASK_AFTER_SECONDS):
        return None
    return sent_at + timedelta(seconds=ASK_AFTER_SECONDS[asks])


def next_try(starts_at: datetime, days: tuple[int, ...], tries: int) -> datetime | None:
    """When a failed renewal is tried again; None: the ladder is done and the account is suspended (RULES §9.4)."""
    if tries >= len(days):
        return None
    return starts_at + timedelta(days=days[tries])


def may_try(*, refused: tuple[int | None, datetime] | None, card: tuple[int, datetime | None]) -> bool:
    """Whether a failed renewal may be tried with this card: (id, when the bank renewed it). `refused` is the card of
    the last try, and when, where its decline was one that the network calls final (RULES §9.4)."""
    if refused is None or refused[0] != card[0]:
        return True
    return card[1] is not None and card[1] > refused[1]
