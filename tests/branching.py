"""Many futures of one present: what happens within a branch is taken back at its end, by a savepoint.

The product runs as it is, in transactions of its own: those of branches count as none of them, for the check that
nothing is asked of the outside within a transaction, and for durable transactions.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from refill.domain.errors import InsideTransaction
from refill.gateways import sandbox_cards, stripe_cards
from refill.services.money import recharging


class Branches:
    """Branches within branches. What is kept outside the database is the caller's to put back."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.depth = 0
        for gateway in (stripe_cards, sandbox_cards):
            monkeypatch.setattr(gateway, "refuse_inside_transaction", self.refuse_inside_transaction)
        monkeypatch.setattr(recharging, "connection", self)

    @contextmanager
    def branch(self) -> Iterator[None]:
        """Whatever is done within is undone at the end."""
        block = transaction.atomic()
        block._from_testcase = True  # type: ignore[attr-defined]
        with block:
            self.depth += 1
            try:
                yield
            finally:
                self.depth -= 1
                transaction.set_rollback(True)

    @property
    def in_atomic_block(self) -> bool:
        """Whether the product is within a transaction, branches not counted."""
        return len(connection.atomic_blocks) > self.depth

    def refuse_inside_transaction(self) -> None:
        """The gateways' own refusal, branches not counted."""
        if self.in_atomic_block:
            raise InsideTransaction("a gateway was called inside a database transaction")
