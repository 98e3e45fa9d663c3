"""The worker renews accounts on the system's clock many at once, and lets no single one stop the others."""

import psycopg
import pytest

from refill.services.chores import due
from tests.ledger.world import Purse, open_purse, price, rows

BACK = """
  update refill_period set starts_at = starts_at - interval '31 days', ends_at = ends_at - interval '31 days',
    full_ends_at = full_ends_at - interval '31 days' where account_id = %(id)s;
  update refill_grant set starts_at = starts_at - interval '31 days', ends_at = ends_at - interval '31 days'
    where account_id = %(id)s;
  update refill_balance set next_due_at = next_due_at - interval '31 days' where account_id = %(id)s
"""


@pytest.fixture(autouse=True)
def nothing_put_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "_put_off", {})


def lead_to_boundary(owner_url: str) -> Purse:
    """An account on the system's clock, made as if it had begun 31 days ago, so that its month is over."""
    purse = open_purse(None, plan=price(1_000))
    with psycopg.connect(owner_url) as owner:
        for statement in BACK.split(";"):
            owner.execute(statement, {"id": purse.id})
    return purse


def states(purse: Purse) -> list[tuple[int, str]]:
    return rows('select "index", state from refill_period where account_id = %s and "index" < 2 order by 1', purse.id)


def test_boundaries_are_passed_before_the_accounts_are_taken_one_by_one(fresh_database: str) -> None:
    purses = [lead_to_boundary(fresh_database) for _ in range(3)]
    claimed = due.claim(10)
    assert [states(purse) for purse in purses] == [[(0, "past"), (1, "current")]] * 3
    assert [purse.moves() for purse in purses] == [[("grant", 1_000), ("expire", -1_000), ("grant", 100)]] * 3
    assert claimed == [purse.id for purse in purses]


def test_an_account_that_cannot_be_renewed_leaves_each_to_itself(fresh_database: str) -> None:
    broken, sound = lead_to_boundary(fresh_database), lead_to_boundary(fresh_database)
    with psycopg.connect(fresh_database) as owner:
        owner.execute("alter table refill_balance disable trigger balance_adds_up")
        owner.execute("update refill_balance set promotion_left = -1 where account_id = %s", [broken.id])
        owner.execute("alter table refill_balance enable trigger balance_adds_up")
    assert due.claim(10) == [broken.id, sound.id]
    assert states(sound) == [(0, "current"), (1, "upcoming")]
    due.run(sound.id)
    assert states(sound) == [(0, "past"), (1, "current")]
    assert sound.available == 1_000
