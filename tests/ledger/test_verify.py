"""What `verify` names: each kind of damage by its own check, in a life where everything agreed before."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from refill.domain import ids
from refill.ledger import balances, verify
from refill.services import accounts
from refill.services.chores import clocks
from refill.services.money import cards
from tests import database as databases
from tests.conftest import Session
from tests.ledger.damage import DAMAGE, unguard
from tests.ledger.world import OPERATOR, Purse, open_purse, price


@pytest.fixture
def lived(fresh_database: str) -> Purse:
    """An account that has done a bit of everything, sealed."""
    purse = open_purse(plan=price(100))
    purse.buy(50)
    spent = purse.spend(3, "spent")
    purse.spend(120, "over two grants")
    purse.reverse(spent.seq, 1)
    purse.capture(purse.hold(4), 2)
    purse.advance("2027-02-11")
    purse.hold(5)
    balances.seal(100)
    return purse


@pytest.fixture
def as_owner(database_session: Session, lived: Purse) -> Iterator[Purse]:
    """Django connected past the rights, with the guards of the tables taken away for one transaction at a time."""
    name = connection.settings_dict["NAME"]
    databases.point_django_at(database_session.owner_url, name, as_owner=True)
    yield lived
    databases.point_django_at(database_session.owner_url, name)


def named_after(damage: str) -> set[str]:
    """The checks that name something after this damage, which is undone."""
    with transaction.atomic():
        unguard()
        with connection.cursor() as cursor:
            cursor.execute(damage)
        found = {mismatch.what for mismatch in verify.run()}
        transaction.set_rollback(True)
    return found


def test_each_damage_is_named_by_its_check(as_owner: Purse) -> None:
    assert verify.run() == []
    named = {damage: named_after(damage) for damage in DAMAGE}
    assert {damage: what for damage, what in DAMAGE.items() if what not in named[damage]} == {}
    assert verify.run() == []


def test_a_mismatch_says_what_was_expected_and_what_is_there(as_owner: Purse) -> None:
    with transaction.atomic():
        unguard()
        with connection.cursor() as cursor:
            cursor.execute("update refill_balance set owed = 7")
        assert verify.run(as_owner.id) == [verify.Mismatch(as_owner.id, "balance", "owed = replay", "0", "7")]
        transaction.set_rollback(True)


def test_an_account_that_moved_to_another_zone_verifies(fresh_database: str) -> None:
    purse = open_purse("2027-02-20 02:00", plan=price(100), zone="America/New_York")
    purse.advance("2027-03-25 12:00")
    accounts.update(account_id=purse.id, actor=OPERATOR, timezone="Asia/Tokyo")
    purse.advance("2027-06-25 12:00")
    assert purse.spend(1).balance == 99
    assert verify.run() == []


def test_unpaid_and_unknown_money_verifies(fresh_database: str) -> None:
    purse = open_purse(plan=price(100))
    for card in ("declined", "unknown_then_ok", "needs_action", "processing_then_ok"):
        method = cards.add_sandbox(account_id=purse.id, actor=OPERATOR, card=card)
        cards.update(account_id=purse.id, actor=OPERATOR, card_id=method, default=True)
        purse.order_pack(20)
        assert verify.run() == []
        now = clocks.instant_of(clocks.TestClock.objects.get(pk=purse.clock_id))
        clocks.advance(clock_id=purse.clock_id or 0, to=now.replace(day=now.day + 1))
        assert verify.run() == []
    purse.advance("2027-04-20")
    assert verify.run() == []


def test_progress_is_told_up_to_the_last_entry(lived: Purse) -> None:
    told: list[tuple[int, int]] = []
    verify.run(progress=lambda done, total: told.append((done, total)))
    assert told == [(lived.seq, lived.seq)]


def test_the_verb_says_so_and_ends_with_one_when_something_disagrees(fresh_database: str, lived: Purse) -> None:
    account = ids.encode("acc", lived.id)

    def refill_verify(*options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "refill", "verify", *options],
            env={"DATABASE_URL": fresh_database, "REFILL_SECRET_KEY": "for tests only", "PATH": ""},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    clean = refill_verify("--account", account)
    assert (clean.returncode, clean.stdout) == (0, "Everything agrees.\n")
    unknown = refill_verify("--account", "acc_none")
    assert (unknown.returncode, "acc_none is not the id of an account" in unknown.stderr) == (1, True)
    with connection.cursor() as cursor:
        cursor.execute("update refill_account set test_clock_id = null where id = %s", [lived.id])
    damaged = refill_verify("--json")
    assert damaged.returncode == 1
    assert json.loads(damaged.stdout) == [
        {
            "account": account, "subject": "account", "what": "the balance has the account's clock",
            "expected": "the system's", "found": str(lived.clock_id),
        }
    ]  # fmt: skip
