"""What nobody waits for: sealing the ledger, forgetting old answers."""

from __future__ import annotations

from datetime import timedelta

from refill.domain.errors import ProviderUnavailable
from refill.gateways import clock
from refill.gateways.cards import card_gateway
from refill.ledger import balances
from refill.services.developers import answers
from refill.services.money import cards, reconciling

ACCOUNTS_AT_ONCE = 500


def seal() -> int:
    """Seal new entries; return how many."""
    return balances.seal(ACCOUNTS_AT_ONCE)


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
