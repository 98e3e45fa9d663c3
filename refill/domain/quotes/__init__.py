"""The one quote function: plain records and an instant in, lines and grant movements out (RULES §4)."""

from refill.domain.quotes.make import make_offer
from refill.domain.quotes.offer import GrantMove, Line, Offer, Recurring
from refill.domain.quotes.situation import (
    AddOnFacts,
    CardFacts,
    GrantFacts,
    OverdueFacts,
    PackFacts,
    PeriodFacts,
    PriceFacts,
    Situation,
    SubscriptionFacts,
)

__all__ = [
    "AddOnFacts", "CardFacts", "GrantFacts", "GrantMove", "Line", "Offer", "OverdueFacts", "PackFacts", "PeriodFacts",
    "PriceFacts", "Recurring", "Situation", "SubscriptionFacts", "make_offer",
]  # fmt: skip
