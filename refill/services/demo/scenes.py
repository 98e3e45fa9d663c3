"""What can happen in the demo, as plain records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from refill.services.demo.cast import Customer, Person


@dataclass(frozen=True, slots=True)
class Offer:
    """A price of the default catalogue: plan, credits a period, interval."""

    code: str
    credits: int
    interval: str


@dataclass(frozen=True, slots=True)
class Join:
    person: Person


@dataclass(frozen=True, slots=True)
class AddSeats:
    quantity: int


@dataclass(frozen=True, slots=True)
class Change:
    to: Offer


@dataclass(frozen=True, slots=True)
class Buy:
    """One pack; with `below`, only if fewer credits than that are there."""

    pack_credits: int
    below: int | None = None


@dataclass(frozen=True, slots=True)
class Texts:
    """What somebody sends at one instant: (usage kind, credits) each. `reference` names a broadcast."""

    label: str
    sender: Person
    messages: tuple[tuple[str, int], ...]
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class RunDry:
    """A broadcast to more people than credits are there for."""

    label: str
    sender: Person
    too_many: int


Deed = Join | AddSeats | Change | Buy | Texts | RunDry


@dataclass(frozen=True, slots=True)
class Scene:
    at: datetime
    deed: Deed


@dataclass(frozen=True, slots=True)
class Story:
    """An account's life, in order. `opens_at` is its anchor."""

    customer: Customer
    opens_at: datetime
    offer: Offer
    scenes: tuple[Scene, ...]
