"""Many at the same moment, on real connections (RULES §2.3): exactly what there is, once for each key, no deadlock."""

import random
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import close_old_connections

from refill.domain.errors import HoldEnded, InsufficientCredits, Invalid, Refusal
from refill.domain.records import HoldEnd, Spent
from tests.ledger.world import Purse, item, price, rows
from tests.together import together


def kinds(results: list[Any]) -> Counter[str]:
    return Counter(type(result).__name__ for result in results)


def test_of_64_spends_of_one_on_a_balance_of_50_exactly_50_succeed(new_purse: Callable[..., Purse]) -> None:
    purse = new_purse(None)
    grants = [purse.give(20), purse.give(20), purse.give(10)]
    results = together([partial(purse.spend, 1)] * 64)
    assert kinds(results) == {"Spent": 50, "InsufficientCredits": 14}
    assert sorted(result.balance for result in results if isinstance(result, Spent)) == list(range(50))
    assert [purse.grant(grant)[2] for grant in grants] == [20, 20, 10]
    assert (purse.available, purse.seq) == (0, 53)


def test_of_32_on_the_last_credit_one_succeeds(new_purse: Callable[..., Purse]) -> None:
    purse = new_purse(None)
    purse.give(1)
    assert kinds(together([partial(purse.spend, 1)] * 32)) == {"Spent": 1, "InsufficientCredits": 31}


def test_of_32_holds_of_two_on_ten_credits_five_succeed(new_purse: Callable[..., Purse]) -> None:
    purse = new_purse(None)
    grant = purse.give(10)
    assert kinds(together([partial(purse.hold, 2)] * 32)) == {"Held": 5, "InsufficientCredits": 27}
    assert purse.grant(grant) == (0, 10, 0, 0, 0)


def test_the_same_key_32_times_has_one_effect_and_one_answer(new_purse: Callable[..., Purse]) -> None:
    purse = new_purse(None)
    grant = purse.give(100)
    results = together([partial(purse.spend, 3, "a")] * 32)
    assert {(result.seq, result.balance, result.taken) for result in results} == {(2, 97, ((grant, 3),))}
    assert Counter(result.replayed for result in results) == {False: 1, True: 31}
    assert purse.moves(1) == [("spend", -3)]


def test_a_key_sent_singly_and_in_batches_at_once_is_spent_once(new_purse: Callable[..., Purse]) -> None:
    purse = new_purse(None)
    purse.give(100)
    batch = partial(purse.batch, item("a", 3), item("b", 2))
    together([batch, partial(purse.spend, 3, "a")] * 8)
    assert sorted(purse.moves(1)) == [("spend", -3), ("spend", -2)]


def test_a_hold_is_captured_once_or_released_once(new_purse: Callable[..., Purse]) -> None:
    purse = new_purse(None)
    grant = purse.give(10)
    hold = purse.hold(4)
    results = together([partial(purse.capture, hold), partial(purse.release, hold)] * 8)
    ended = [result for result in results if isinstance(result, HoldEnd)]
    assert (len(ended), kinds(results)["HoldEnded"]) == (1, 15)
    assert all(isinstance(result, HoldEnd | HoldEnded) for result in results)
    assert purse.grant(grant) == ((6, 0, 4, 0, 0) if ended[0].state == "captured" else (10, 0, 0, 0, 0))


def test_of_reversals_at_once_no_more_comes_back_than_was_taken(new_purse: Callable[..., Purse]) -> None:
    purse = new_purse(None)
    purse.give(10)
    spent = purse.spend(10)
    results = together([partial(purse.reverse, spent.seq, 3)] * 12)
    assert kinds(results) == {"Reversal": 3, "Invalid": 9}
    assert purse.available == 9


def test_spends_holds_and_the_end_of_a_grant_meet(purse: Purse) -> None:
    grant = purse.give(12, "2027-02-01")
    purse.advance("2027-01-31 23:59:59")
    end = partial(purse.advance, "2027-02-01", work=False)
    results = together([partial(purse.spend, 1), end, partial(purse.hold, 2)] + [partial(purse.spend, 1)] * 6)
    assert {type(result) for result in results} <= {Spent, type(None), InsufficientCredits, type(results[2])}
    assert purse.available == 0
    spends = sum(isinstance(result, Spent) for result in results)
    held = 0 if isinstance(results[2], InsufficientCredits) else 2
    assert purse.grant(grant) == (0, held, spends, 12 - held - spends, 0)
    late = (
        "select count(*) from refill_entry where account_id = %s and kind in ('spend', 'hold') and at >= '2027-02-01Z'"
    )
    assert rows(late, purse.id) == [(0,)]


def test_the_clock_crosses_a_boundary_among_spends_and_each_is_in_its_period(new_purse: Callable[..., Purse]) -> None:
    purse = new_purse("2027-01-31 09:00", plan=price(200))  # the advance, 20, is enough until the renewal is paid
    january = purse.allowance
    purse.advance("2027-02-28 08:59")
    turn = partial(purse.advance, "2027-02-28 09:00")
    results = together([partial(purse.spend, 1)] * 6 + [turn] + [partial(purse.spend, 1)] * 6)
    assert kinds(results) == {"Spent": 12, "NoneType": 1}
    remaining, held, before, expired, _ = purse.grant(january)
    assert (remaining, held, before + expired) == (0, 0, 200)
    assert purse.available == 200 - (12 - before)


def test_whatever_is_done_at_once_nothing_locks_up(new_purse: Callable[..., Purse]) -> None:
    purses = [new_purse(plan=price(100)) for _ in range(3)]
    chance = random.Random(7)

    def some(purse: Purse, seed: int) -> None:
        turn = random.Random(seed)
        for number in range(6):
            try:
                deed = turn.choice(["spend", "hold", "batch", "read", "buy", "give", "reverse"])
                if deed == "spend":
                    purse.spend(turn.randint(1, 9), f"key {turn.randint(1, 30)}")
                elif deed == "hold":
                    (purse.capture if turn.random() < 0.5 else purse.release)(purse.hold(turn.randint(1, 9)))
                elif deed == "batch":
                    purse.batch(*[item(f"item {seed} {number} {n}", n + 1) for n in range(5)], mode="partial")
                elif deed == "buy":
                    purse.buy(20)
                elif deed == "give":
                    purse.give(5, "2027-01-20")
                elif deed == "reverse":
                    purse.reverse(turn.randint(1, 20))
                assert purse.available >= 0
            except Refusal:
                close_old_connections()

    deeds: list[Callable[[], Any]] = [partial(some, chance.choice(purses), seed) for seed in range(18)]
    assert together(deeds) == [None] * 18


def test_refusals_at_once_name_what_there_is(new_purse: Callable[..., Purse]) -> None:
    purse = new_purse(None)
    purse.give(4)
    results = together([partial(purse.spend, 5)] * 8)
    assert {(type(result), result.facts["available"]) for result in results} == {(InsufficientCredits, 4)}
    assert Invalid not in {type(result) for result in results}
