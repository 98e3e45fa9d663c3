"""Accounts for the ledger's tests: real ones, made by the services, with a clock of their own."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from refill.domain.errors import Refusal
from refill.domain.records import Actor, BatchItem, BatchOutcome, Held, HoldEnd, QuoteRequest, Reversal, Spent
from refill.services import accounts, credits, orders
from refill.services.chores import clocks
from refill.services.money import quotes
from refill.services.selling import catalogue

OPERATOR = Actor("platform")
_numbers = itertools.count(1)


def at(text: str) -> datetime:
    """2027-02-22 14:00 as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def fingerprint(words: object) -> int:
    return zlib.crc32(repr(words).encode())


def item(key: str, amount: int) -> BatchItem:
    return BatchItem(key=key, fingerprint=fingerprint(amount), credits=amount, kind="text")


def price(credit_count: int, amount_minor: int = 1_000, interval: str = "month") -> int:
    """A price of a plan of its own."""
    plan = catalogue.add_plan(actor=OPERATOR, name=f"Plan {next(_numbers)}", rank=1, livemode=False)
    return catalogue.add_price(
        actor=OPERATOR,
        plan_id=plan,
        interval=interval,
        credits=credit_count,
        amount_minor=amount_minor,
        currency="usd",
        livemode=False,
    )


def pack(credit_count: int) -> int:
    """A pack at 4 minor units a credit."""
    return catalogue.add_pack(
        actor=OPERATOR, credits=credit_count, amount_minor=credit_count * 4, currency="usd", livemode=False
    )


def rows(statement: str, *arguments: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return cursor.fetchall()


class Purse:
    """One account: what happens to its credits."""

    def __init__(self, account_id: int, clock_id: int | None) -> None:
        self.id, self.clock_id = account_id, clock_id

    def spend(self, amount: int, key: str | None = None, **facts: Any) -> Spent:
        return credits.spend(
            account_id=self.id, credits=amount, key=key, fingerprint=fingerprint(amount), kind="text", **facts
        )

    def batch(self, *items: BatchItem, mode: str = "all_or_nothing") -> BatchOutcome:
        return credits.spend_batch(account_id=self.id, items=items, mode=mode)

    def hold(self, amount: int, key: str | None = None, seconds: int | None = None) -> Held:
        return credits.hold(
            account_id=self.id, credits=amount, key=key, fingerprint=fingerprint(amount), expires_in_seconds=seconds
        )

    def capture(self, hold: Held, amount: int | None = None) -> HoldEnd:
        return credits.capture(account_id=self.id, hold_id=hold.hold_id, credits=amount)

    def release(self, hold: Held) -> HoldEnd:
        return credits.release(account_id=self.id, hold_id=hold.hold_id)

    def reverse(self, seq: int, amount: int | None = None) -> Reversal:
        return credits.reverse(account_id=self.id, seq=seq, credits=amount, reason="a mistake", actor=OPERATOR)

    def give(
        self, amount: int, ends: str | None = None, *, source: str = "promotion", starts: str | None = None
    ) -> int:
        return credits.grant(
            account_id=self.id, actor=OPERATOR, credits=amount, source=source, starts_at=at(starts) if starts else None,
            ends_at=at(ends) if ends else None, reason="a test",
        )  # fmt: skip

    def order_pack(self, amount: int) -> int:
        """Quote and confirm a pack, whatever becomes of it; the order."""
        request = QuoteRequest(kind="buy_credits", pack_id=pack(amount))
        quote = quotes.create(account_id=self.id, actor=OPERATOR, request=request)
        return orders.confirm(account_id=self.id, quote_id=quote, actor=OPERATOR, key=f"buy {quote}")

    def buy(self, amount: int) -> int:
        """Buy a pack; the grant that came of it."""
        order = self.order_pack(amount)
        return int(rows("select id from refill_grant where account_id = %s and order_id = %s", self.id, order)[0][0])

    def cancel(self) -> None:
        quote = quotes.create(account_id=self.id, actor=OPERATOR, request=QuoteRequest(kind="cancel"))
        orders.confirm(account_id=self.id, quote_id=quote, actor=OPERATOR, key=f"cancel {quote}")

    def advance(self, to: str, *, work: bool = True) -> None:
        assert self.clock_id is not None
        clocks.advance(clock_id=self.clock_id, to=at(to), work=work)

    @property
    def available(self) -> int:
        return credits.balance(account_id=self.id).available

    @property
    def held(self) -> int:
        return credits.balance(account_id=self.id).held

    @property
    def allowance(self) -> int:
        """The grant of the current period."""
        found = rows(
            """select g.id from refill_grant g join refill_period p on p.id = g.period_id
                where g.account_id = %s and p.state = 'current' and g.source = 'allowance'""",
            self.id,
        )
        return int(found[0][0])

    def grant(self, grant_id: int) -> tuple[int, int, int, int, int]:
        """remaining, held, spent, expired, revoked."""
        return rows(
            "select remaining, held, spent, expired, revoked from refill_grant_now where account_id = %s and id = %s",
            self.id,
            grant_id,
        )[0]  # type: ignore[return-value]

    def entries(self, after: int = 0) -> list[tuple[Any, ...]]:
        """seq, kind, credits, grant, balance after; those after an entry."""
        return rows(
            """select seq, kind, credits, grant_id, balance_after from refill_entry
                where account_id = %s and seq > %s order by seq""",
            self.id, after,
        )  # fmt: skip

    def moves(self, after: int = 0) -> list[tuple[str, int]]:
        """kind and credits of the entries after one."""
        return [(kind, amount) for _, kind, amount, _, _ in self.entries(after)]

    @property
    def seq(self) -> int:
        return credits.balance(account_id=self.id).seq


def open_purse(
    now: str | None = "2027-01-10 12:00", *, plan: int | None = None, zone: str = "UTC", clock_id: int | None = None
) -> Purse:
    """An account on a clock of its own that shows `now` (None: on the system's), with a card; `plan` is a price."""
    if clock_id is None and now is not None:
        clock_id = clocks.create(now=at(now))
    number = next(_numbers)
    made = accounts.create(
        actor=OPERATOR, name=f"Account {number}", timezone=zone, currency="usd", livemode=False,
        owner_email=f"owner-{number}@ledger.example", owner_name="Olive Owner", price_id=plan, clock_id=clock_id,
        card="visa_ok",
    )  # fmt: skip
    return Purse(made.account_id, clock_id)


@contextmanager
def refused(kind: type[Exception], **facts: Any) -> Iterator[None]:
    """The block is refused so, with these facts."""
    with pytest.raises(kind) as refusal:
        yield
    assert {name: refusal.value.facts[name] for name in facts} == facts  # type: ignore[attr-defined]


def refused_or_done(deed: Callable[[], Any]) -> None:
    """Do it; a refusal is fine too."""
    with suppress(Refusal):
        deed()
