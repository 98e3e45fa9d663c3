"""Random lives of one account against a tiny model; after each step every lot and every total is the same."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from refill.ledger import balances, grants, holds, spending
from refill.ledger.rows import call, pairs
from refill.models import TestClock as Clock
from tests.ledger.tiny_ledger import Lot, Tiny
from tests.ledger.world import Purse, at, fingerprint, item, rows

STEPS = 500
FIGURES = """select id, remaining, held, spent, expired, revoked from refill_grant_now where account_id = %s"""
DEEDS = {
    "spend": 5, "batch": 2, "hold": 3, "capture": 2, "release": 1, "reverse": 2, "revoke": 1, "owe": 1, "give": 4,
    "clock": 2,
}  # fmt: skip
KINDS = {"grant", "spend", "hold", "release", "capture", "expire", "revoke", "reverse", "owe", "settle"}


class Life:
    """The product and the model, step by step."""

    def __init__(self, purse: Purse, seed: int) -> None:
        self.purse, self.chance = purse, random.Random(seed)
        self.tiny = Tiny(at("2027-01-10 12:00"))
        self.keys = 0

    def step(self) -> None:
        deed = self.chance.choices(list(DEEDS), list(DEEDS.values()))[0]
        self.tiny.settle()
        getattr(self, deed)()
        self.tiny.settle()
        balance, _ = balances.read(self.purse.id)
        shown = {row[0]: row[1:] for row in rows(FIGURES, self.purse.id)}
        assert shown == {lot.id: lot.figures() for lot in self.tiny.lots.values()}, deed
        assert (balance.available, balance.held, balance.owed) == (
            self.tiny.available, self.tiny.held, self.tiny.owed,
        ), deed  # fmt: skip

    def soon(self) -> datetime:
        """Often an instant at which something else happens too."""
        known = [lot.ends for lot in self.tiny.lots.values() if lot.ends and lot.ends > self.tiny.now]
        if known and self.chance.random() < 0.4:
            return self.chance.choice(known)
        return self.tiny.now + timedelta(hours=self.chance.choice([1, 6, 24, 72, 100]))

    def amount(self) -> int:
        return self.chance.choice([1, 1, 2, 3, 5, 8, 13, 13, 30, max(1, self.tiny.available), self.tiny.available + 1])

    def clock(self) -> None:
        now = self.soon() - timedelta(microseconds=self.chance.choice([0, 0, 1]))
        self.tiny.now = max(self.tiny.now, now)
        Clock.objects.filter(pk=self.purse.clock_id).update(instant=self.tiny.now)

    def give(self) -> None:
        source = self.chance.choice(["promotion", "adjustment", "promotion"])
        starts = self.soon() if self.chance.random() < 0.3 else None
        begin = max(self.tiny.now, starts or self.tiny.now)
        ends = begin + (self.soon() - self.tiny.now) if self.chance.random() < 0.7 else None
        amount = self.chance.choice([1, 5, 10, 40, 40])
        _, number = grants.grant(self.purse.id, source=source, credits=amount, starts_at=starts, ends_at=ends)
        assert number is not None
        self.tiny.give(Lot(number, source, amount, begin, ends))

    def key(self, amount: int) -> tuple[str, int | None]:
        """A new key, or an old one and what it was used for."""
        if self.tiny.keys and self.chance.random() < 0.15:
            key = self.chance.choice(list(self.tiny.keys))
            return key, self.tiny.keys[key]
        self.keys += 1
        return f"key {self.keys}", None

    def spend(self) -> None:
        amount = self.amount()
        key, used_for = self.key(amount)
        row = spending.spend(self.purse.id, credits=amount, key=key, fingerprint=fingerprint(amount), kind="text")
        if used_for is not None:
            assert row["status"] == ("replayed" if used_for == amount else "mismatch")
            return
        taken = self.tiny.spend(amount)
        assert row["status"] == ("insufficient" if taken is None else "spent")
        if taken is not None:
            assert [list(pair) for pair in pairs(row["taken"])] == taken
            self.tiny.keys[key], self.tiny.taken[row["seq"]] = amount, taken

    def batch(self) -> None:
        wanted: list[tuple[str, int, int | None]] = []
        for _ in range(self.chance.randint(1, 6)):
            amount = self.chance.choice([1, 2, 3, 20])
            wanted.append((*self.key(amount), amount))  # type: ignore[arg-type]
        row = spending.spend_batch(self.purse.id, [item(key, amount) for key, _, amount in wanted], "partial")
        expected, first_use = [], dict(self.tiny.keys)
        for (key, _, amount), seq in zip(wanted, row["seqs"], strict=True):
            if first_use.setdefault(key, amount) != amount:
                expected.append("mismatch")
            elif key in self.tiny.keys:
                expected.append("replayed")
            elif (taken := self.tiny.spend(amount)) is None:
                expected.append("insufficient")
            else:
                expected.append("spent")
                self.tiny.keys[key], self.tiny.taken[seq] = amount, taken
        assert row["results"] == expected

    def hold(self) -> None:
        amount, expires = self.amount(), self.soon()
        row = holds.hold(self.purse.id, credits=amount, key=None, fingerprint=0, expires_at=expires)
        taken = self.tiny.hold(amount)
        assert row["status"] == ("insufficient" if taken is None else "held")
        if taken is not None:
            assert [list(pair) for pair in pairs(row["taken"])] == taken
            self.tiny.holds[row["hold_id"]] = (expires, taken)

    def some_hold(self) -> int | None:
        return self.chance.choice(list(self.tiny.holds)) if self.tiny.holds else None

    def capture(self) -> None:
        if hold := self.some_hold():
            credits = self.chance.choice([None, 1, 4])
            row = holds.capture(self.purse.id, hold, credits)
            taken = self.tiny.capture(hold, credits)
            assert row["status"] == ("too_much" if taken is None else "captured")
            if taken is not None:
                self.tiny.taken[row["seq"]] = taken
                assert holds.capture(self.purse.id, hold, None)["status"] == "ended"

    def release(self) -> None:
        if hold := self.some_hold():
            assert holds.release(self.purse.id, hold)["status"] == "released"
            self.tiny.release(hold)

    def reverse(self) -> None:
        if self.tiny.taken:
            entry, amount = self.chance.choice(list(self.tiny.taken)[-9:]), self.chance.choice([1, 1, 2, 7])
            row: Any = spending.reverse(self.purse.id, entry, amount, "expire", "a mistake", "platform")
            assert row["status"] == ("reversed" if self.tiny.reverse(entry, amount) else "too_much")

    def revoke(self) -> None:
        if lots := [lot.id for lot in self.tiny.lots.values() if lot.left or lot.held]:
            number, amount = self.chance.choice(lots), self.chance.choice([None, 1, 5])
            revoked = grants.revoke(self.purse.id, number, amount, "unpaid", "platform")
            assert revoked == self.tiny.revoke(number, amount)

    def owe(self) -> None:
        row = call("select * from ledger_owe(%s, %s, 20, null, null, null, 1)", self.purse.id, 3)
        assert row["status"] == self.tiny.owe(3, 20)


@pytest.mark.parametrize("seed", range(6))
def test_a_random_life_is_the_same_in_the_ledger_and_in_the_model(seed: int, new_purse: Callable[..., Purse]) -> None:
    life = Life(new_purse(), seed)
    for _ in range(STEPS):
        life.step()
    assert {kind for kind, _ in life.purse.moves()} == KINDS
    assert life.purse.seq > 0.8 * STEPS
