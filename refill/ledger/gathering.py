"""Spends of one process that come at the same time, made in one transaction by one of the threads that ask for them.

Nobody waits for company: who comes alone asks alone, and what arrives while a transaction runs makes the next one.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from psycopg import pq

from refill.ledger.hot import Value
from refill.ledger.together import Spend, Wanted, outcomes, values

# How long others wait for one who asks alone, and who may have to wait for an account that somebody holds.
ALONE_SECONDS = 0.005
# Runs SPEND_TOGETHER with these values on a connection of the calling thread; None where it failed.
Apply = Callable[[Sequence[Value]], pq.abc.PGresult | None]


@dataclass(eq=False, slots=True)
class _Asked:
    """One spend, and its thread: asleep until there is an answer, or work that falls to it."""

    wanted: Wanted
    told: threading.Lock = field(default_factory=threading.Lock)
    spend: Spend | None = None
    leads: bool = False
    group: list[_Asked] | None = None

    def __post_init__(self) -> None:
        self.told.acquire()


class Gathering:
    """One for each process and database. An account is in one transaction at a time. The first try skips accounts that
    somebody else holds: one of those who want such an account then waits for it with all of its spends, and nobody
    else is kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._arrived: list[_Asked] = []
        self._at_work: set[int] = set()
        self._is_led = False
        self._alone: Wanted | None = None  # who leads, and nobody follows: it asks alone

    def spend(self, wanted: Wanted, apply: Apply) -> Spend | None:
        """Spend, committed when this returns. None: the caller must ask alone, because nobody else is asking, the spend
        is not ordinary, or its transaction failed. That is right also where it was committed after all: by the key."""
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._is_led, self._alone = True, wanted
                return None
            asked, ahead = _Asked(wanted), self._alone
            self._arrived.append(asked)
            if not self._is_led and wanted.account_id not in self._at_work:
                self._is_led = asked.leads = True
        if not asked.leads and (ahead is None or not self._was_told_or_leads(asked, ahead)):
            asked.told.acquire()
        if asked.leads:
            self._lead(asked, apply)
        if asked.group:
            self._wait_with(asked.group, apply)
        return asked.spend

    def leave(self, wanted: Wanted) -> None:
        """After `spend`, and after what its caller did alone."""
        with self._lock:
            self._inside -= 1
            if self._alone is wanted:
                self._alone = None
                self._pass_on()

    def _was_told_or_leads(self, asked: _Asked, ahead: Wanted) -> bool:
        """Wait for the one ahead who asks alone; where that takes too long, lead in its place."""
        while not asked.told.acquire(timeout=ALONE_SECONDS):
            with self._lock:
                if self._alone is not ahead:
                    return False
                if asked.wanted.account_id not in self._at_work:
                    self._alone, asked.leads = None, True
                    return True
        return True

    def _lead(self, leader: _Asked, apply: Apply) -> None:
        taken: list[_Asked] = []
        held: dict[int, list[_Asked]] = defaultdict(list)
        try:
            with self._lock:
                taken = self._take()
            for each in _make(taken, apply, wait=False):
                held[each.wanted.account_id].append(each)
        finally:
            groups = list(held.values())
            with self._lock:
                self._at_work.difference_update({each.wanted.account_id for each in taken} - held.keys())
                self._pass_on()
            for group in groups:
                group[0].group = group
            late = {id(each) for group in groups for each in group[1:]}
            for each in taken:
                if each is not leader and id(each) not in late:
                    each.told.release()
        if id(leader) in late:
            leader.told.acquire()

    def _take(self) -> list[_Asked]:
        """Those that can go now, in the order in which they came."""
        taken: list[_Asked] = []
        left: list[_Asked] = []
        for each in self._arrived:
            (left if each.wanted.account_id in self._at_work else taken).append(each)
        self._arrived = left
        self._at_work.update(each.wanted.account_id for each in taken)
        return taken

    def _pass_on(self) -> None:
        """The next to lead is the first who can go; if nobody can, nobody leads until somebody comes, or is let go."""
        self._is_led = False
        for each in self._arrived:
            if each.wanted.account_id not in self._at_work:
                self._is_led = each.leads = True
                each.told.release()
                return

    def _wait_with(self, group: list[_Asked], apply: Apply) -> None:
        try:
            _make(group, apply, wait=True)
        finally:
            with self._lock:
                self._at_work.discard(group[0].wanted.account_id)
                if not self._is_led:
                    self._pass_on()
            for each in group[1:]:
                each.told.release()


def _make(asked: Sequence[_Asked], apply: Apply, *, wait: bool) -> list[_Asked]:
    """One transaction. Returns those whose account is held by somebody else."""
    result = apply(values([each.wanted for each in asked], wait=wait))
    made = {} if result is None else dict(outcomes(result))
    held = []
    for place, each in enumerate(asked):
        spend = made.get(place)
        if spend is not None and spend.seq is None:
            held.append(each)
        else:
            each.spend = spend
    return held
