"""Spends given back: at most what is unreversed, the last drawn first, to their own grants (RULES §2.9)."""

from collections.abc import Callable

from refill.domain.errors import Invalid, Unknown
from refill.ledger import spending
from tests.ledger.world import Purse, at, price, refused, rows


def test_a_reversal_returns_the_last_drawn_first_and_names_what_it_corrects(purse: Purse) -> None:
    may, june, never = purse.give(10, "2027-05-01"), purse.give(10, "2027-06-01"), purse.give(10)
    spent = purse.spend(25)
    back = purse.reverse(spent.seq, 8)
    assert (back.credits, back.balance) == (8, 13)
    assert [purse.grant(grant) for grant in (may, june, never)] == [
        (0, 0, 10, 0, 0),
        (3, 0, 7, 0, 0),
        (10, 0, 0, 0, 0),
    ]
    assert rows(
        "select kind, credits, grant_id, corrects_seq from refill_entry where account_id = %s and seq > 6", purse.id
    ) == [("reverse", 5, never, spent.seq + 2), ("reverse", 3, june, spent.seq + 1)]


def test_it_can_be_given_back_in_parts_but_never_more_than_was_taken(purse: Purse) -> None:
    purse.give(10, "2027-05-01")
    purse.give(10)
    spent = purse.spend(15)
    assert purse.reverse(spent.seq, 4).balance == 9
    with refused(Invalid, unreversed=11):
        purse.reverse(spent.seq, 12)
    assert purse.reverse(spent.seq).credits == 11
    with refused(Invalid, unreversed=0):
        purse.reverse(spent.seq, 1)
    assert purse.available == 20


def test_a_capture_is_given_back_like_a_spend(purse: Purse) -> None:
    may, never = purse.give(5, "2027-05-01"), purse.give(5)
    ended = purse.capture(purse.hold(8), 7)
    assert ended.seq is not None
    assert purse.reverse(ended.seq, 3).balance == 6
    assert (purse.grant(may), purse.grant(never)) == ((1, 0, 4, 0, 0), (5, 0, 0, 0, 0))


def test_what_comes_back_to_an_ended_grant_expires_with_it_and_says_so(purse: Purse) -> None:
    grant, never = purse.give(10, "2027-02-01"), purse.give(10)
    spent = purse.spend(12)
    purse.advance("2027-02-01")
    seq = purse.seq
    assert purse.reverse(spent.seq).balance == 10
    assert rows(
        "select kind, credits, grant_id, corrects_seq, reason from refill_entry where account_id = %s and seq > %s",
        purse.id,
        seq,
    ) == [
        ("reverse", 2, never, spent.seq + 1, "a mistake"),
        ("reverse", 10, grant, spent.seq, "a mistake"),
        ("expire", -10, grant, seq + 2, "its grant had ended"),
    ]
    assert purse.grant(grant) == (0, 0, 0, 10, 0)


def test_by_the_other_policy_it_lives_on_to_the_end_of_the_period(new_purse: Callable[..., Purse]) -> None:
    purse = new_purse(plan=price(100))
    spent = purse.spend(30)
    purse.advance("2027-02-10 12:00")
    row = spending.reverse(purse.id, spent.seq, 20, "regrant", "a mistake", "platform")
    assert (row["status"], row["reversed"], row["balance"]) == ("reversed", 20, 120)
    assert rows(
        "select source, remaining, ends_at from refill_grant_now where account_id = %s and cause = 'regrant'", purse.id
    ) == [("adjustment", 20, at("2027-03-10 12:00"))]


def test_only_spends_and_captures_of_the_account_can_be_given_back(new_purse: Callable[..., Purse]) -> None:
    one, other = new_purse(), new_purse()
    one.give(5, "2027-05-01")
    one.give(5)
    spent = one.spend(7)
    for seq in (1, spent.seq + 1, 99):  # a grant, the second entry of the spend, nothing
        with refused(Unknown):
            one.reverse(seq)
    with refused(Unknown):
        other.reverse(spent.seq)
    assert one.available == 3


def test_a_returned_credit_can_be_spent_again(purse: Purse) -> None:
    grant = purse.give(3, "2027-05-01")
    spent = purse.spend(3)
    purse.reverse(spent.seq, 2)
    assert purse.spend(2).taken == ((grant, 2),)
    purse.reverse(spent.seq, 1)
    purse.advance("2027-05-01")
    assert purse.grant(grant) == (0, 0, 2, 1, 0)
