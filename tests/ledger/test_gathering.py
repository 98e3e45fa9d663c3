"""Spends that come at once share a transaction, and each is what it would have been alone."""

import random
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from threading import Thread

import psycopg
from django.db import connection, connections

from refill.domain.errors import IdempotencyMismatch, InsufficientCredits
from refill.domain.records import Spent
from tests.ledger.world import Purse, rows
from tests.together import together

Owner = psycopg.Connection[tuple[object, ...]]
# Transactions that wrote entries: an entry's xmin is the transaction that wrote it.
TRANSACTIONS = "select count(distinct xmin::text) from refill_entry where account_id = any (%s) and kind = 'spend'"
WAITING = """select distinct l.pid from pg_locks l join pg_stat_activity a using (pid)
              where not l.granted and a.datname = current_database()"""


def spend(purse: Purse, amount: int, key: str) -> Spent:
    """As the API does."""
    return purse.spend(amount, key, livemode=False)


def in_threads(*work: Callable[[], object]) -> list[Thread]:
    def closing(each: Callable[[], object]) -> None:
        try:
            each()
        finally:
            connections.close_all()

    threads = [Thread(target=closing, args=(each,)) for each in work]
    for thread in threads:
        thread.start()
    return threads


def wait_for(statement: str, least: int) -> list[int]:
    deadline = time.monotonic() + 20
    while len(found := [int(row[0]) for row in rows(statement)]) < least:
        assert time.monotonic() < deadline
        rows("select pg_sleep(0.02)")
    return found


def test_many_accounts_and_a_hot_one_keep_their_books(new_purse: Callable[..., Purse]) -> None:
    purses = [new_purse(None) for _ in range(6)]
    for purse in purses:
        purse.give(30)
        purse.give(30)
    chance = random.Random(5)
    wanted = [(chance.choice(purses) if number % 3 else purses[0], chance.choice((1, 1, 2))) for number in range(120)]
    results = together([partial(spend, purse, n, f"key {i}") for i, (purse, n) in enumerate(wanted)])
    spent = [(purse, r) for (purse, _), r in zip(wanted, results, strict=True) if isinstance(r, Spent)]
    for purse in purses:
        asked = [n for each, n in wanted if each is purse]
        taken = [r.credits for each, r in spent if each is purse]
        assert purse.available == 60 - sum(taken)
        assert purse.available < max(asked) or len(taken) == len(asked)
        assert purse.seq == 2 + len(purse.moves(2))
    assert max(Counter((purse.id, r.seq) for purse, r in spent).values()) == 1
    assert {type(result) for result in results} <= {Spent, InsufficientCredits}
    assert rows(TRANSACTIONS, [purse.id for purse in purses])[0][0] < len(spent)


def test_a_key_at_once_in_two_contents_is_spent_once(new_purse: Callable[..., Purse]) -> None:
    purse = new_purse(None)
    purse.give(100)
    results = together([partial(spend, purse, 1 + number % 2, "a") for number in range(24)])
    spent = [result for result in results if isinstance(result, Spent)]
    assert (len(spent), sum(not result.replayed for result in spent)) == (12, 1)
    assert sum(isinstance(result, IdempotencyMismatch) for result in results) == 12
    assert len(purse.moves(1)) == 1


def test_an_account_that_is_held_keeps_nobody_else(new_purse: Callable[..., Purse], owner: Owner) -> None:
    held, others = new_purse(None), [new_purse(None) for _ in range(3)]
    for purse in (held, *others):
        purse.give(100)
    with owner.transaction():
        owner.execute("select from refill_balance where account_id = %s for update", [held.id])
        late = in_threads(*(partial(spend, held, 1, f"late {number}") for number in range(8)))
        wait_for(WAITING, 1)
        results = together([partial(spend, each, 1, f"k {number}") for number in range(8) for each in others])
        assert {type(result) for result in results} == {Spent}
        assert held.moves(1) == []
    for thread in late:
        thread.join(20)
    assert (held.available, [purse.available for purse in others]) == (92, [92] * 3)


def test_when_a_transaction_fails_each_spend_goes_alone(new_purse: Callable[..., Purse], owner: Owner) -> None:
    purse = new_purse(None)
    purse.give(100)
    done: list[Spent] = []
    with owner.transaction():
        owner.execute("select from refill_balance where account_id = %s for update", [purse.id])
        deeds = [lambda n=n: done.append(spend(purse, 1, f"k {n}")) for n in range(6)]
        threads = in_threads(deeds[0])
        alone = wait_for(WAITING, 1)
        threads += in_threads(*deeds[1:])
        for pid in set(wait_for(WAITING, 2)) - set(alone):
            owner.execute("select pg_cancel_backend(%s)", [pid])
        wait_for(WAITING, 3)
    for thread in threads:
        thread.join(20)
    assert len(done) == 6
    assert (purse.available, len(purse.moves(1))) == (94, 6)
    connection.close()
