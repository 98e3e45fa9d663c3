"""What nobody waits for: sealing the ledger, forgetting old answers."""

from __future__ import annotations

from refill.ledger import balances
from refill.services import answers

ACCOUNTS_AT_ONCE = 500


def seal() -> int:
    """Seal new entries; return how many."""
    return balances.seal(ACCOUNTS_AT_ONCE)


def forget() -> int:
    """Forget answers older than they are kept; return how many."""
    return answers.forget_old()
