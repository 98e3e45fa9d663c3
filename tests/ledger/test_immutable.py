"""Entries are never changed, by anybody; the credit tables are written by the ledger alone (RULES §2.10)."""

import psycopg
import pytest
from django.db import DatabaseError, connection

from refill.ledger import balances
from tests.ledger.world import Purse, open_purse, price, rows

Owner = psycopg.Connection[tuple[object, ...]]
CHANGES = ("update refill_entry set credits = 0", "delete from refill_entry", "truncate refill_entry")
DIRECT_WRITES = (
    "insert into refill_entry (account_id, seq, at, kind, credits, balance_after) values (1, 9, now(), 'grant', 5, 5)",
    "update refill_balance set available = available + 1, promotion_left = promotion_left + 1",
    "update refill_grant set amount = amount + 1, remaining = remaining + 1",
    "insert into refill_grant (account_id) values (1)",
    "delete from refill_grant",
    "update refill_hold set state = 'open'",
    "update refill_holdpart set credits = credits + 1",
    "delete from refill_block",
    "update refill_auditrow set actor = 'nobody'",
    "delete from refill_auditrow",
)


@pytest.mark.parametrize("statement", CHANGES)
def test_the_owner_of_the_tables_cannot_change_an_entry(statement: str, purse: Purse, owner: Owner) -> None:
    purse.give(10)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        owner.execute(statement)
    assert purse.moves() == [("grant", 10)]


@pytest.mark.parametrize("statement", CHANGES + DIRECT_WRITES)
def test_the_product_itself_cannot_write_past_the_ledger(statement: str, purse: Purse) -> None:
    purse.give(10)
    with pytest.raises(DatabaseError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(statement)
    assert purse.available == 10


def test_the_product_cannot_call_the_ledgers_inner_functions(purse: Purse) -> None:
    for inner in ("ledger_fold(%s)", "ledger_head(%s)", "ledger_expire(%s, now(), null, null)"):
        with pytest.raises(DatabaseError, match="permission denied"):
            rows(f"select {inner}", purse.id)


def test_a_sealed_block_cannot_be_changed(purse: Purse, owner: Owner) -> None:
    purse.give(10)
    balances.seal(1_000_000)
    for statement in ("update refill_block set sealed_at = now()", "delete from refill_block"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            owner.execute(statement)


def test_a_key_stands_once_in_an_account_whoever_writes(purse: Purse, owner: Owner) -> None:
    purse.give(10)
    purse.spend(1, "a")
    with pytest.raises(psycopg.errors.UniqueViolation, match="entry_key_once"):
        owner.execute(
            """insert into refill_entry (account_id, seq, at, kind, credits, balance_after, key)
               values (%s, 3, now(), 'spend', -1, 8, 'a')""",
            [purse.id],
        )


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("refill_balance", "available = -1"),
        ("refill_balance", "head_left = head_left - 11"),
        ("refill_balance", "promotion_left = promotion_left + 1"),
        ("refill_balance", "head_whole = head_whole - 1"),
        ("refill_balance", "promotion_left = -1, available = -1"),
        ("refill_grant", "remaining = remaining + 1"),
        ("refill_grant", "remaining = -1, spent = amount + 1"),
        ("refill_grant", "ends_at = starts_at - interval '1 second'"),
    ],
)
def test_sums_that_do_not_add_up_cannot_be_stored(table: str, change: str, purse: Purse, owner: Owner) -> None:
    purse.give(10)
    with pytest.raises(psycopg.errors.CheckViolation):
        owner.execute(f"update {table} set {change} where account_id = %s", [purse.id])


@pytest.mark.parametrize("column", ["account_id", "subscription_id", "period_id"])
def test_a_grant_cannot_point_out_of_its_account(column: str, purse: Purse, owner: Owner) -> None:
    purse.give(10)
    subscription, period = rows(
        "select subscription_id, id from refill_period where account_id = %s limit 1", open_purse(plan=price(100)).id
    )[0]
    others = {"account_id": 2**40, "subscription_id": subscription, "period_id": period}
    named = {"account_id": purse.id, "subscription_id": None, "period_id": None} | {column: others[column]}
    with pytest.raises(psycopg.errors.ForeignKeyViolation, match="out of its account"):
        owner.execute(
            """insert into refill_grant (account_id, source, rank, amount, remaining, held, spent, expired, revoked,
                   starts_at, started, is_open, recalled, subscription_id, period_id, cause, reason, actor, created_at)
               values (%(account_id)s, 'promotion', 2, 5, 5, 0, 0, 0, 0, now(), false, false, false,
                       %(subscription_id)s, %(period_id)s, '', '', '', now())""",
            named,
        )
    assert rows("select count(*) from refill_grant where account_id in (%s, %s)", purse.id, 2**40) == [(1,)]
