"""How every business transaction begins: the account's lock, its instant, and the work of boundaries passed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from refill.domain.errors import Unknown
from refill.domain.records import BalanceRead
from refill.ledger import balances
from refill.services import periods

MOST_EXTENSIONS = 400


@contextmanager
def entered(account_id: int) -> Iterator[BalanceRead]:
    """Open a transaction that holds the account until it ends. Raises Unknown for an account that there is not."""
    with transaction.atomic(durable=True):
        yield lock(account_id)


def lock(account_id: int) -> BalanceRead:
    """Take the account's lock within the transaction that is open; store further periods if now is beyond them."""
    for _ in range(MOST_EXTENSIONS):
        try:
            balance, complete = balances.enter(account_id)
        except balances.NoBalance:
            raise Unknown("There is no such account.") from None
        if complete:
            return balance
        periods.store_ahead(account_id, until=balance.at)
    raise RuntimeError(f"the periods of account {account_id} do not reach {balance.at}")


def read_balance(account_id: int) -> BalanceRead:
    """Return the balance, boundaries' credit work done; without a lock unless there is such work (RULES §2.6)."""
    try:
        balance, complete = balances.read(account_id)
    except balances.NoBalance:
        raise Unknown("There is no such account.") from None
    if not complete:
        with entered(account_id) as balance:
            return balance
    return balance
