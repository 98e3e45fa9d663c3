"""Sealed blocks: a hash over the entries and the block before."""

from collections.abc import Callable

import psycopg
import pytest

from refill.ledger import balances, verify
from tests.ledger.world import Purse, open_purse, rows


@pytest.fixture
def tamper(fresh_database: str) -> Callable[..., None]:
    """Change what is never changed: as the owner, with the triggers off."""

    def change(statement: str, *arguments: object) -> None:
        with psycopg.connect(fresh_database, autocommit=True) as owner:
            for switch in ("disable", "enable"):
                if switch == "enable":
                    owner.execute(statement, arguments)
                owner.execute(f"alter table refill_entry {switch} trigger user")
                owner.execute(f"alter table refill_block {switch} trigger user")

    return change


def sealed_purse() -> Purse:
    """Three entries in a first block, two in a second."""
    purse = open_purse()
    purse.give(10)
    purse.spend(2, "a", parts=1, reference="message 1")
    purse.spend(3, "b")
    assert balances.seal(100) == 3
    purse.spend(1)
    purse.spend(1)
    assert balances.seal(100) == 2
    return purse


def named(account_id: int | None = None) -> list[tuple[str, str]]:
    return [(mismatch.subject, mismatch.what) for mismatch in verify.run(account_id)]


def test_blocks_follow_one_another_and_nothing_is_sealed_twice(fresh_database: str) -> None:
    purse = sealed_purse()
    assert balances.seal(100) == 0
    assert rows("select first_seq, last_seq from refill_block where account_id = %s order by id", purse.id) == [
        (1, 3),
        (4, 5),
    ]
    assert verify.run() == []


def test_accounts_take_turns(fresh_database: str) -> None:
    busy, quiet = open_purse(), open_purse()
    for purse in (busy, quiet):
        purse.give(10)
    assert balances.seal(1) == 1
    busy.spend(1)
    assert balances.seal(1) == 1
    assert rows("select account_id from refill_block order by id") == [(busy.id,), (quiet.id,)]


@pytest.mark.parametrize(
    "change",
    ["parts = 7", "reference = 'message 2'", "usage_kind = 'mms'", "actor = 'me'", "metadata = '{}'", "key = 'c'"],
)
def test_an_entry_changed_after_sealing_is_named(change: str, tamper: Callable[..., None]) -> None:
    purse = sealed_purse()
    tamper(f"update refill_entry set {change} where account_id = %s and seq = 2", purse.id)
    assert named() == [("block 1", "sealed entries are unchanged")]
    assert named(purse.id) == [("block 1", "sealed entries are unchanged")]


def test_text_moved_from_one_column_to_the_next_is_named(tamper: Callable[..., None]) -> None:
    purse = sealed_purse()
    tamper("update refill_entry set key = null, reference = key where account_id = %s and seq = 3", purse.id)
    assert named() == [("block 1", "sealed entries are unchanged")]


def test_a_block_sealed_anew_to_hide_a_change_breaks_the_chain(tamper: Callable[..., None]) -> None:
    purse = sealed_purse()
    tamper("update refill_entry set parts = 7 where account_id = %s and seq = 2", purse.id)
    tamper("update refill_block set hash = ledger_hash(account_id, first_seq, last_seq, previous_hash) where id = 1")
    assert named() == [("block 2", "a block names the hash before it")]


def test_a_last_block_removed_is_missed(tamper: Callable[..., None]) -> None:
    sealed_purse()
    tamper("delete from refill_block where id = 2")
    assert named() == [("balance", "sealed up to the last block")]


def test_an_entry_removed_is_named_by_more_than_its_block(tamper: Callable[..., None]) -> None:
    purse = sealed_purse()
    tamper("delete from refill_entry where account_id = %s and seq = 5", purse.id)
    found = named(purse.id)
    assert ("block 2", "sealed entries are unchanged") in found
    assert ("balance", "number of entries") in found
    assert ("balance", "available = replay") in found
