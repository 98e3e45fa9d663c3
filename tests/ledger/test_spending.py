"""A spend is all or nothing, once for each key (RULES §2.3, §2.4)."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError

from refill.domain.errors import AccountClosed, IdempotencyMismatch, InsufficientCredits
from refill.ledger import balances, spending
from tests.ledger.world import Purse, fingerprint, price, refused, rows


def test_a_spend_moves_exactly_its_credits_and_nothing_else(purse: Purse) -> None:
    grant, other = purse.give(10, "2027-06-01"), purse.give(5)
    spent = purse.spend(3)
    assert (spent.seq, spent.credits, spent.balance, spent.taken, spent.replayed) == (3, 3, 12, ((grant, 3),), False)
    assert purse.entries(2) == [(3, "spend", -3, grant, 12)]
    assert purse.grant(grant) == (7, 0, 3, 0, 0)
    assert purse.grant(other) == (5, 0, 0, 0, 0)


def test_a_spend_over_several_grants_is_one_movement_of_several_entries(purse: Purse) -> None:
    may, june, never = purse.give(4, "2027-05-01"), purse.give(4, "2027-06-01"), purse.give(4)
    spent = purse.spend(9, "one key")
    assert (spent.seq, spent.balance, spent.taken) == (4, 3, ((may, 4), (june, 4), (never, 1)))
    assert rows(
        "select seq, credits, balance_after, first_seq, key from refill_entry where account_id = %s and seq > 3",
        purse.id,
    ) == [(4, -4, 8, None, "one key"), (5, -4, 4, 4, None), (6, -1, 3, 4, None)]


def test_more_than_there_is_is_refused_whole(purse: Purse) -> None:
    purse.give(4, "2027-05-01")
    purse.give(4)
    with refused(InsufficientCredits, required=9, available=8):
        purse.spend(9)
    assert purse.available == 8
    assert purse.moves() == [("grant", 4), ("grant", 4)]


def test_the_last_credit_can_be_spent_and_the_next_cannot(purse: Purse) -> None:
    purse.give(1)
    assert purse.spend(1).balance == 0
    with refused(InsufficientCredits, required=1, available=0):
        purse.spend(1)


def test_the_same_key_and_content_gives_the_first_answer_again(purse: Purse) -> None:
    grant = purse.give(10)
    first = purse.spend(3, "a")
    again = purse.spend(3, "a")
    assert (again.seq, again.balance, again.taken, again.replayed) == (first.seq, 7, ((grant, 3),), True)
    assert purse.available == 7


def test_a_replay_gives_the_first_answer_also_after_many_later_entries(purse: Purse) -> None:
    first_grant, second_grant = purse.give(2, "2027-05-01"), purse.give(200)
    purse.spend(5, "a")
    for _ in range(60):
        purse.spend(1)
    purse.give(1_000)
    purse.advance("2027-07-01")
    again = purse.spend(5, "a")
    assert (again.seq, again.balance, again.taken, again.replayed) == (
        3, 197, ((first_grant, 2), (second_grant, 3)), True,
    )  # fmt: skip
    assert purse.available == 1_137


def test_a_replay_is_answered_also_when_nothing_is_left(purse: Purse) -> None:
    purse.give(3)
    purse.spend(3, "a")
    assert purse.spend(3, "a").replayed
    assert purse.available == 0


def test_the_same_key_for_another_content_is_refused(purse: Purse) -> None:
    purse.give(10)
    purse.spend(3, "a")
    with refused(IdempotencyMismatch):
        purse.spend(4, "a")
    assert purse.available == 7


def test_a_hold_and_a_spend_share_one_namespace_of_keys(purse: Purse) -> None:
    purse.give(10)
    purse.hold(3, "held")
    purse.spend(3, "spent")
    with refused(IdempotencyMismatch):
        purse.spend(3, "held")
    with refused(IdempotencyMismatch):
        purse.hold(3, "spent")
    assert (purse.available, purse.held) == (4, 3)


def test_the_same_key_in_another_account_is_another_key(new_purse: Callable[..., Purse]) -> None:
    one, other = new_purse(), new_purse()
    one.give(10)
    other.give(10)
    assert (one.spend(3, "a").replayed, other.spend(3, "a").replayed) == (False, False)


def test_a_refused_spend_does_not_use_up_its_key(purse: Purse) -> None:
    purse.give(2)
    with refused(InsufficientCredits, required=3, available=2):
        purse.spend(3, "a")
    purse.give(2)
    spent = purse.spend(3, "a")
    assert (spent.replayed, spent.balance) == (False, 1)


def test_zero_and_negative_credits_never_move(purse: Purse) -> None:
    purse.give(10)
    for amount in (0, -1, -(10**12)):
        with pytest.raises(IntegrityError, match="cannot be moved"):
            spending.spend(purse.id, credits=amount, key=None, fingerprint=fingerprint(amount), kind="text")
        with pytest.raises(IntegrityError, match="cannot be moved"):
            purse.hold(amount)
    assert purse.moves() == [("grant", 10)]


def test_a_canceled_account_spends_nothing_and_keeps_what_it_bought(new_purse: Callable[..., Purse]) -> None:
    purse = new_purse(plan=price(100))
    bought = purse.buy(20)
    purse.spend(1, "before")
    purse.cancel()
    purse.advance("2027-02-10 12:00")
    with refused(AccountClosed, status="canceled"):
        purse.spend(1)
    with refused(AccountClosed, status="canceled"):
        purse.hold(1)
    assert purse.spend(1, "before").replayed
    assert purse.grant(bought) == (20, 0, 0, 0, 0)
    purse.advance("2028-02-10 11:59:59")
    assert purse.available == 20
    purse.advance("2028-02-10 12:00")
    assert purse.available == 0
    assert purse.grant(bought) == (0, 0, 0, 20, 0)


def test_a_suspended_account_spends_again_when_it_is_opened(purse: Purse) -> None:
    purse.give(10)
    balances.close(purse.id, "suspended")
    with refused(AccountClosed, status="suspended"):
        purse.spend(1)
    balances.close(purse.id, None)
    assert purse.spend(1).balance == 9


def test_each_crossing_below_what_is_watched_is_told_once(new_purse: Callable[..., Purse]) -> None:
    purse = new_purse(None)
    balances.watch(purse.id, 20)
    purse.give(30)
    for amount in (10, 1, 1):  # 20 is not below 20; 19 crosses; 18 is below already
        purse.spend(amount)
    purse.give(10)
    purse.hold(9)
    with refused(InsufficientCredits, required=100, available=19):
        purse.spend(100)
    told = "select available, watched, required from refill_crossing where account_id = %s order by id"
    assert rows(told, purse.id) == [
        (19, 20, None), (19, 20, None), (19, 20, 100),
    ]  # fmt: skip
