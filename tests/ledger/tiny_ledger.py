"""The credit rules once more, in plain Python: lots, holds, keys and an instant (RULES §2). Shares nothing with the
product. Ids of lots and holds are the product's, so that both can be compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

GRACE = timedelta(hours=72)
RANKS = {"allowance": 1, "promotion": 2, "adjustment": 3, "purchase": 4}
FAR = datetime.max


@dataclass
class Lot:
    id: int
    source: str
    amount: int
    starts: datetime
    ends: datetime | None
    started: bool = False
    recalled: bool = False
    left: int = 0
    held: int = 0
    spent: int = 0
    expired: int = 0
    revoked: int = 0

    def figures(self) -> tuple[int, int, int, int, int]:
        return self.left, self.held, self.spent, self.expired, self.revoked

    def burn_order(self) -> tuple[datetime, int, datetime, int]:
        ends = self.ends.replace(tzinfo=None) if self.ends else FAR
        return ends, RANKS[self.source], self.starts, self.id


@dataclass
class Tiny:
    """One account. Each verb answers with what the product should answer; None: refused."""

    now: datetime
    lots: dict[int, Lot] = field(default_factory=dict)
    holds: dict[int, tuple[datetime, list[list[int]]]] = field(default_factory=dict)  # open ones: end, [lot, credits]
    keys: dict[str, int] = field(default_factory=dict)  # what each was used for
    taken: dict[int, list[list[int]]] = field(default_factory=dict)  # entry: [lot, credits not given back]
    owed: int = 0

    @property
    def available(self) -> int:
        return sum(lot.left for lot in self.lots.values() if lot.started)

    @property
    def held(self) -> int:
        return sum(lot.held for lot in self.lots.values())

    def settle(self) -> None:
        """Whatever became due up to now, soonest first; of one instant: holds, ends, graces, starts."""
        while True:
            due: list[tuple[datetime, int, int]] = [(end, 0, hold) for hold, (end, _) in self.holds.items()]
            for lot in self.lots.values():
                if lot.ends and lot.started and lot.left:
                    due.append((lot.ends, 1, lot.id))
                if lot.ends and lot.held:
                    due.append((lot.ends + GRACE, 2, lot.id))
                if not lot.started:
                    due.append((lot.starts, 3, lot.id))
            when, what, number = min(due, default=(self.now + GRACE, 0, 0))
            if when > self.now:
                return
            if what == 0:
                self.release(number)
            elif what == 1:
                self._expire(self.lots[number])
            elif what == 2:
                self._end_grace(self.lots[number])
            else:
                self._start(self.lots[number])

    def give(self, lot: Lot) -> None:
        lot.left, self.lots[lot.id] = lot.amount, lot
        if lot.starts <= self.now:
            self._start(lot)

    def draw(self, credits: int) -> list[list[int]] | None:
        """What each lot gives, in burn order."""
        if credits > self.available:
            return None
        parts = []
        for lot in sorted((lot for lot in self.lots.values() if lot.started and lot.left), key=Lot.burn_order):
            n = min(lot.left, credits)
            if n:
                lot.left, credits = lot.left - n, credits - n
                parts.append([lot.id, n])
        return parts

    def spend(self, credits: int) -> list[list[int]] | None:
        parts = self.draw(credits)
        for number, n in parts or []:
            self.lots[number].spent += n
        return parts

    def hold(self, credits: int) -> list[list[int]] | None:
        parts = self.draw(credits)
        for number, n in parts or []:
            self.lots[number].held += n
        return parts

    def capture(self, hold: int, credits: int | None) -> list[list[int]] | None:
        """What was captured of each lot; the rest goes back."""
        if hold not in self.holds:
            return None
        _, parts = self.holds[hold]
        left = sum(n for _, n in parts) if credits is None else credits
        if left > sum(n for _, n in parts):
            return None
        captured = []
        for part in parts:
            n = min(part[1], left)
            part[1], left = part[1] - n, left - n
            self.lots[part[0]].held -= n
            self.lots[part[0]].spent += n
            if n:
                captured.append([part[0], n])
        self.release(hold)
        return captured

    def release(self, hold: int) -> None:
        _, parts = self.holds.pop(hold)
        for number, n in parts:
            self.lots[number].held -= n
            self._return(self.lots[number], n)

    def reverse(self, entry: int, credits: int) -> bool:
        parts = self.taken.get(entry, [])
        if credits > sum(n for _, n in parts) or not parts:
            return False
        for part in reversed(parts):
            n = min(part[1], credits)
            part[1], credits = part[1] - n, credits - n
            self.lots[part[0]].spent -= n
            self._return(self.lots[part[0]], n)
        return True

    def revoke(self, number: int, credits: int | None) -> int:
        lot = self.lots[number]
        n = lot.left if credits is None else min(lot.left, credits)
        lot.left, lot.revoked = lot.left - n, lot.revoked + n
        lot.recalled = lot.recalled or credits is None
        lot.started = lot.started or not lot.left
        return n

    def owe(self, credits: int, limit: int) -> str:
        if self.spend(credits) is not None:
            return "spent"
        if self.owed + credits > limit:
            return "over"
        self.owed += credits
        return "owed"

    def _start(self, lot: Lot) -> None:
        lot.started = True
        settled = min(self.owed, lot.left)
        self.owed, lot.left, lot.spent = self.owed - settled, lot.left - settled, lot.spent + settled

    def _expire(self, lot: Lot) -> None:
        lot.expired, lot.left = lot.expired + lot.left, 0

    def _return(self, lot: Lot, n: int) -> None:
        lot.left += n
        if lot.recalled:
            lot.left, lot.revoked = lot.left - n, lot.revoked + n
        elif lot.ends and lot.ends <= self.now:
            self._expire(lot)

    def _end_grace(self, lot: Lot) -> None:
        for hold, (_, parts) in list(self.holds.items()):
            for part in parts:
                if part[0] == lot.id:
                    lot.held -= part[1]
                    self._return(lot, part[1])
                    part[1] = 0
            if not any(n for _, n in parts):
                del self.holds[hold]
