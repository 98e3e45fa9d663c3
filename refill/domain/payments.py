"""Outcomes of a charge, the ladder of asking, and the ladder of trying again (RULES §9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

State = Literal["succeeded", "declined", "needs_action", "processing", "unknown"]

ASK_AFTER_SECONDS = (5, 30, 120, 600, 3_600, 21_600, 86_400)


@dataclass(frozen=True, slots=True)
class ChargeIntent:
    """What the provider is asked to take. The key is the intent's own, for all tries of the call."""

    provider_key: str
    card_reference: str
    amount_minor: int
    currency: str
    description: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the provider said. `unknown`: it did not say, or not yet what we can use."""

    state: State
    reference: str = ""
    decline_code: str = ""
    decline_final: bool = False
    action_url: str = ""


@dataclass(frozen=True, slots=True)
class CardFace:
    """What may be seen of a card."""

    reference: str
    fingerprint: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


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
