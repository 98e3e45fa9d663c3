"""When credits start and end (RULES §2.5-2.7, §3.4). Boundaries do not wait for a job."""

from collections.abc import Callable

from refill.domain.errors import InsufficientCredits
from refill.services.selling import policies
from tests.ledger.world import OPERATOR, Purse, at, price, refused, rows


def instants(purse: Purse, kind: str) -> list[object]:
    return [row[0] for row in rows("select at from refill_entry where account_id = %s and kind = %s", purse.id, kind)]


def test_a_grant_is_spendable_until_just_before_its_end(purse: Purse) -> None:
    purse.give(10, "2027-02-01")
    purse.advance("2027-01-31 23:59:59.999999", work=False)
    assert purse.spend(4).balance == 6


def test_at_its_end_exactly_it_is_not_spendable_although_no_job_ran(purse: Purse) -> None:
    grant = purse.give(10, "2027-02-01")
    purse.advance("2027-02-01", work=False)
    with refused(InsufficientCredits, required=4, available=0):
        purse.spend(4)
    assert purse.moves(1) == [("expire", -10)]
    assert instants(purse, "expire") == [at("2027-02-01")]
    assert purse.grant(grant) == (0, 0, 0, 10, 0)


def test_an_expiry_done_late_bears_the_instant_of_the_end(purse: Purse) -> None:
    purse.give(10, "2027-02-01")
    purse.advance("2027-09-01", work=False)
    assert purse.available == 0
    assert instants(purse, "expire") == [at("2027-02-01")]


def test_only_the_grant_that_ends_is_touched(purse: Purse) -> None:
    february, march, bought = purse.give(10, "2027-02-01"), purse.give(10, "2027-03-01"), purse.buy(10)
    purse.spend(3)
    purse.advance("2027-02-01")
    assert [purse.grant(grant) for grant in (february, march, bought)] == [
        (0, 0, 3, 7, 0), (10, 0, 0, 0, 0), (10, 0, 0, 0, 0),
    ]  # fmt: skip


def test_a_grant_of_which_nothing_is_left_ends_without_an_entry(purse: Purse) -> None:
    purse.give(10, "2027-02-01")
    purse.spend(10)
    purse.advance("2027-03-01")
    assert purse.available == 0
    assert purse.moves(1) == [("spend", -10)]


def test_a_future_grant_counts_from_its_start_exactly(purse: Purse) -> None:
    grant = purse.give(10, "2027-03-01", starts="2027-02-01")
    purse.advance("2027-01-31 23:59:59.999999", work=False)
    with refused(InsufficientCredits, required=1, available=0):
        purse.spend(1)
    assert purse.entries() == []
    purse.advance("2027-02-01", work=False)
    assert purse.spend(1).balance == 9
    assert purse.entries() == [(1, "grant", 10, grant, 10), (2, "spend", -1, grant, 9)]


def test_a_future_grant_that_nobody_saw_start_ends_too(purse: Purse) -> None:
    grant = purse.give(10, "2027-03-01", starts="2027-02-01")
    purse.advance("2027-04-01", work=False)
    assert purse.available == 0
    assert purse.moves() == [("grant", 10), ("expire", -10)]
    assert purse.grant(grant) == (0, 0, 0, 10, 0)


def test_what_fell_due_meanwhile_is_done_soonest_first(purse: Purse) -> None:
    purse.give(5, "2027-02-03", starts="2027-02-02")
    purse.give(7, "2027-02-01")
    purse.give(9, "2027-02-02")
    purse.advance("2027-06-01", work=False)
    assert purse.available == 0
    assert purse.moves(2) == [("expire", -7), ("expire", -9), ("grant", 5), ("expire", -5)]


def test_at_the_reset_the_allowance_is_lost_and_bought_credits_roll_over(new_purse: Callable[..., Purse]) -> None:
    purse = new_purse("2027-01-31 09:00", plan=price(100))
    january, bought = purse.allowance, purse.buy(50)
    purse.spend(30)
    purse.advance("2027-02-28 09:00")
    assert purse.grant(january) == (0, 0, 30, 70, 0)
    assert purse.grant(bought) == (50, 0, 0, 0, 0)
    assert purse.available == 150
    # 10 % of the month in advance, the rest when the renewal is paid, both at the boundary
    assert purse.moves(3) == [("expire", -70), ("grant", 10), ("grant", 90)]


def test_without_a_worker_the_spend_at_midnight_is_made_from_the_advance(new_purse: Callable[..., Purse]) -> None:
    purse = new_purse("2027-01-31 09:00", plan=price(100))
    purse.advance("2027-02-28 09:00", work=False)
    assert purse.spend(10).balance == 0
    with refused(InsufficientCredits, required=1, available=0):
        purse.spend(1)
    purse.advance("2027-02-28 09:01")
    assert purse.available == 90


def test_missed_periods_grant_nothing_and_the_present_one_is_granted_once(new_purse: Callable[..., Purse]) -> None:
    purse = new_purse("2027-01-31 09:00", plan=price(100))
    purse.advance("2027-05-15", work=False)
    assert purse.available == 10
    purse.advance("2027-05-16")
    assert purse.available == 100
    assert rows("select index, state, paid from refill_period where account_id = %s and state <> 'upcoming' order by 1",
                purse.id) == [
        (0, "past", "paid"), (1, "skipped", "void"), (2, "skipped", "void"), (3, "current", "paid"),
    ]  # fmt: skip


def test_a_canceled_account_is_purged_by_the_policy_of_the_period_that_ended(
    fresh_database: str, new_purse: Callable[..., Purse]
) -> None:
    purse = new_purse(plan=price(100))
    policies.put(actor=OPERATOR, values={"read_only_days": 5})
    purse.cancel()
    purse.advance("2027-02-10 12:00")
    found = rows("select status, canceled_at, purge_at from refill_account where id = %s", purse.id)
    assert found == [("canceled", at("2027-02-10 12:00"), at("2027-03-12 12:00"))]
