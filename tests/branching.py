"""Many futures of one present: what happens within a branch is taken back at its end, by a savepoint.

The product runs as it is, in transactions of its own: those of branches count as none of them, where it asks whether
it is within one, and for durable transactions.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from refill.gateways import cards
from refill.services.money import recharging


class Branches:
    """Branches within branches. What is kept outside the database is the caller's to put back."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.depth = 0
        # Of the connection, these modules ask that one thing alone.
        for module in (cards, recharging):
            monkeypatch.setattr(module, "connection", self)

    @contextmanager
    def branch(self) -> Iterator[None]:
        """Whatever is done within is undone at the end."""
        block = transaction.atomic()
        block._from_testcase = True  # type: ignore[attr-defined]
        with block:
            if not self.depth:
                self._wait_for_ever()
            self.depth += 1
            try:
                yield
            finally:
                self.depth -= 1
                transaction.set_rollback(True)

    def _wait_for_ever(self) -> None:
        """A busy machine may leave a transaction of minutes idle for longer than the product would."""
        with connection.cursor() as cursor:
            cursor.execute("set local idle_in_transaction_session_timeout = 0")

    @property
    def in_atomic_block(self) -> bool:
        """Whether the product is within a transaction, branches not counted."""
        return len(connection.atomic_blocks) > self.depth
