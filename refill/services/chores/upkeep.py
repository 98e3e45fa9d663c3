"""What nobody waits for: sealing the ledger, forgetting old answers."""

from __future__ import annotations

import time
from datetime import timedelta

from refill.domain.errors import ProviderUnavailable
from refill.gateways import clock
from refill.gateways.cards import card_gateway
from refill.ledger import balances
from refill.services.developers import answers
from refill.services.money import cards, reconciling

ACCOUNTS_AT_ONCE = 500


def seal(seconds: float = 2.0) -> int:
    """Seal new entries, for a moment at most; return how many."""
    ends, sealed = time.monotonic() + seconds, 0
    while time.monotonic() < ends and (more := balances.seal(ACCOUNTS_AT_ONCE)):
        sealed += more
    return sealed


def forget() -> int:
    """Forget answers older than they are kept; return how many."""
    return answers.forget_old()


def reconcile(hours: int) -> None:
    """Compare what the card provider took in the last hours with what is known here. The sandbox has no life of its
    own; a provider that does not answer is asked the next time."""
    if card_gateway().name == "sandbox":
        return
    try:
        reconciling.run(clock.now() - timedelta(hours=hours))
    except ProviderUnavailable:
        return
    cards.forget_removed()
