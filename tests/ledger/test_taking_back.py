"""What the product takes back, and what it is owed (RULES §3.5, §6.3, §9.5)."""

from typing import Any

from refill.ledger import grants
from refill.ledger.rows import call
from tests.ledger.world import Purse, at


def owe(purse: Purse, credits: int, limit: int) -> tuple[Any, Any]:
    """An incoming text that costs so much, where so much may be owed in all."""
    row = call("select * from ledger_owe(%s, %s, %s, null, null, null, 1)", purse.id, credits, limit)
    return row["status"], row["balance"]


def revoke(purse: Purse, grant: int, credits: int | None = None) -> int:
    return grants.revoke(purse.id, grant, credits, "unpaid", "platform")


def test_only_what_is_unspent_can_be_taken_back(purse: Purse) -> None:
    grant, other = purse.give(10, "2027-05-01"), purse.give(10)
    purse.spend(4)
    assert revoke(purse, grant) == 6
    assert purse.grant(grant) == (0, 0, 4, 0, 6)
    assert purse.grant(other) == (10, 0, 0, 0, 0)
    assert revoke(purse, grant) == 0


def test_a_part_can_be_taken_back(purse: Purse) -> None:
    grant = purse.give(10)
    assert revoke(purse, grant, 3) == 3
    assert purse.spend(1).balance == 6
    assert purse.grant(grant) == (6, 0, 1, 0, 3)


def test_what_returns_to_a_grant_taken_back_is_taken_back_too(purse: Purse) -> None:
    grant = purse.give(10)
    hold, spent = purse.hold(4), purse.spend(2)
    assert revoke(purse, grant) == 4
    seq = purse.seq
    purse.release(hold)
    purse.reverse(spent.seq)
    assert purse.available == 0
    assert purse.moves(seq) == [("release", 4), ("revoke", -4), ("reverse", 2), ("revoke", -2)]
    assert purse.grant(grant) == (0, 0, 0, 0, 10)


def test_once_paid_after_all_what_returns_is_spendable(purse: Purse) -> None:
    grant = purse.give(10)
    hold = purse.hold(4)
    revoke(purse, grant)
    grants.restore(purse.id, grant, at("2027-02-01"))
    assert purse.release(hold).balance == 4
    assert purse.grant(grant) == (4, 0, 0, 0, 6)
    purse.advance("2027-02-01")
    assert (purse.available, purse.grant(grant)) == (0, (0, 0, 0, 4, 6))


def test_a_grant_taken_back_before_its_start_never_starts(purse: Purse) -> None:
    grant = purse.give(10, starts="2027-02-01")
    assert revoke(purse, grant) == 10
    purse.advance("2027-03-01")
    assert purse.available == 0
    assert purse.entries() == []
    assert purse.grant(grant) == (0, 0, 0, 0, 10)


def test_taken_back_in_part_before_its_start_the_rest_starts(purse: Purse) -> None:
    grant = purse.give(10, starts="2027-02-01")
    revoke(purse, grant, 4)
    purse.advance("2027-02-01")
    assert purse.entries() == [(1, "grant", 6, grant, 6)]


def test_what_is_owed_is_settled_first_from_the_next_grants(purse: Purse) -> None:
    assert owe(purse, 7, 10) == ("owed", 0)
    assert owe(purse, 3, 10) == ("owed", 0)
    assert owe(purse, 1, 10) == ("over", 0)
    first = purse.give(4)
    assert (purse.available, purse.grant(first)) == (0, (0, 0, 4, 0, 0))
    second = purse.give(20)
    assert (purse.available, purse.grant(second)) == (14, (14, 0, 6, 0, 0))
    assert purse.moves() == [
        ("owe", 0),
        ("owe", 0),
        ("grant", 4),
        ("settle", -4),
        ("grant", 20),
        ("settle", -6),
    ]


def test_an_incoming_text_is_paid_while_there_are_credits(purse: Purse) -> None:
    purse.give(2)
    assert owe(purse, 2, 10) == ("spent", 0)
    assert owe(purse, 2, 10) == ("owed", 0)
    assert purse.moves(1) == [("spend", -2), ("owe", 0)]
