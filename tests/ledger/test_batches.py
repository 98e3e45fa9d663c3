"""Many spends in one call, under the rules and keys of single ones (RULES §2.4)."""

from refill.domain.errors import IdempotencyMismatch, InsufficientCredits
from tests.ledger.world import Purse, item, refused, rows


def test_all_are_spent_in_order(purse: Purse) -> None:
    grant = purse.give(10)
    done = purse.batch(item("a", 2), item("b", 3), item("c", 1))
    assert (done.balance, done.results) == (4, (("spent", 2), ("spent", 3), ("spent", 4)))
    assert purse.entries(1) == [
        (2, "spend", -2, grant, 8),
        (3, "spend", -3, grant, 5),
        (4, "spend", -1, grant, 4),
    ]
    assert purse.grant(grant) == (4, 0, 6, 0, 0)


def test_a_batch_that_does_not_fit_is_refused_whole_and_frees_its_keys(purse: Purse) -> None:
    purse.give(5)
    with refused(InsufficientCredits, required=6, available=5):
        purse.batch(item("a", 2), item("b", 4))
    assert purse.moves() == [("grant", 5)]
    assert purse.batch(item("a", 2), item("b", 3)).results == (("spent", 2), ("spent", 3))


def test_in_part_each_item_that_still_fits_is_taken_in_order(purse: Purse) -> None:
    purse.give(5)
    done = purse.batch(item("a", 3), item("b", 4), item("c", 2), item("d", 1), mode="partial")
    assert (done.balance, done.results) == (
        0,
        (("spent", 2), ("insufficient", None), ("spent", 3), ("insufficient", None)),
    )
    purse.give(5)
    assert purse.batch(item("b", 4), mode="partial").results == (("spent", 5),)


def test_items_are_cut_where_grants_end(purse: Purse) -> None:
    may, june, never = purse.give(4, "2027-05-01"), purse.give(4, "2027-06-01"), purse.give(4)
    done = purse.batch(item("a", 3), item("b", 6), item("c", 1))
    assert (done.balance, done.results) == (2, (("spent", 4), ("spent", 5), ("spent", 8)))
    assert rows(
        """select seq, credits, grant_id, first_seq, key, balance_after from refill_entry
            where account_id = %s and seq > 3 order by seq""",
        purse.id,
    ) == [
        (4, -3, may, None, "a", 9),
        (5, -1, may, None, "b", 8),
        (6, -4, june, 5, None, 4),
        (7, -1, never, 5, None, 3),
        (8, -1, never, None, "c", 2),
    ]


def test_the_same_item_twice_is_spent_once(purse: Purse) -> None:
    purse.give(10)
    done = purse.batch(item("a", 2), item("a", 2))
    assert (done.balance, done.results) == (8, (("spent", 2), ("replayed", 2)))


def test_one_key_for_two_contents_refuses_the_whole_or_only_the_second(purse: Purse) -> None:
    purse.give(10)
    with refused(IdempotencyMismatch, items=[1]):
        purse.batch(item("a", 2), item("a", 3))
    assert purse.available == 10
    done = purse.batch(item("a", 2), item("a", 3), mode="partial")
    assert (done.balance, done.results) == (8, (("spent", 2), ("mismatch", 2)))  # 2 has the key


def test_a_batch_sent_again_changes_nothing(purse: Purse) -> None:
    purse.give(4, "2027-05-01")
    purse.give(10)
    items = (item("a", 2), item("b", 5))
    first = purse.batch(*items)
    purse.spend(1)
    again = purse.batch(*items)
    assert (first.balance, again.balance) == (7, 6)
    assert again.results == tuple(("replayed", seq) for _, seq in first.results)


def test_half_known_batches_spend_the_other_half(purse: Purse) -> None:
    purse.give(10)
    purse.batch(item("a", 2), item("b", 3))
    done = purse.batch(item("b", 3), item("c", 4))
    assert (done.balance, done.results) == (1, (("replayed", 3), ("spent", 4)))


def test_single_spends_and_batches_share_their_keys(purse: Purse) -> None:
    grant = purse.give(10)
    purse.spend(2, "a")
    purse.hold(1, "h")
    done = purse.batch(item("a", 2), item("b", 3), item("h", 1), mode="partial")
    assert (done.balance, done.results) == (4, (("replayed", 2), ("spent", 4), ("mismatch", 3)))
    again = purse.spend(3, "b")
    assert (again.seq, again.balance, again.taken, again.replayed) == (4, 4, ((grant, 3),), True)


def test_an_item_of_a_batch_can_be_given_back_alone(purse: Purse) -> None:
    may, never = purse.give(4, "2027-05-01"), purse.give(4)
    done = purse.batch(item("a", 3), item("b", 3))
    assert purse.reverse(done.results[1][1] or 0).balance == 5
    assert (purse.grant(may), purse.grant(never)) == ((1, 0, 3, 0, 0), (4, 0, 0, 0, 0))


def test_a_batch_at_a_boundary_takes_what_is_alive_then(purse: Purse) -> None:
    purse.give(5, "2027-02-01")
    never = purse.give(5)
    purse.advance("2027-02-01", work=False)
    done = purse.batch(item("a", 3), item("b", 3), mode="partial")
    assert (done.balance, done.results) == (2, (("spent", 4), ("insufficient", None)))
    assert purse.grant(never) == (2, 0, 3, 0, 0)
