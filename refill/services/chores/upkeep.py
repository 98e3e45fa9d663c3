"""What nobody waits for: sealing the ledger, forgetting what is old."""

from __future__ import annotations

import time
from datetime import timedelta

from refill.domain.errors import ProviderUnavailable
from refill.gateways import clock
from refill.gateways.cards import card_gateway
from refill.ledger import balances
from refill.services.developers import answers, delivering, request_log
from refill.services.mail import mailing
from refill.services.messages import carrier_events
from refill.services.money import cards, reconciling

ACCOUNTS_AT_ONCE = 500
_FORGETTING = (
    answers.forget_old, delivering.forget_old, request_log.forget_old, mailing.forget_old, carrier_events.forget_old,
)  # fmt: skip


def seal(seconds: float = 2.0) -> int:
    """Seal new entries, for a moment at most; return how many."""
    ends, sealed = time.monotonic() + seconds, 0
    while time.monotonic() < ends and (more := balances.seal(ACCOUNTS_AT_ONCE)):
        sealed += more
    return sealed


def forget(seconds: float = 2.0) -> int:
    """Forget what is older than it is kept, some rows of each kind in turn, for a moment at most; return how many."""
    ends, forgotten, kinds = time.monotonic() + seconds, 0, list(_FORGETTING)
    while kinds and time.monotonic() < ends:
        forget_old = kinds.pop(0)
        if gone := forget_old():
            forgotten += gone
            kinds.append(forget_old)
    return forgotten


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
