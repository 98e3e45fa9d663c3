"""Credits set aside: captured or released once, with a grace after their grant's end (RULES §2.8)."""

from collections.abc import Callable

from refill.domain.errors import HoldEnded, InsufficientCredits, Invalid, Unknown
from refill.domain.records import Held
from refill.ledger import holds
from tests.ledger.world import Purse, refused, rows

HOUR = 3_600


def state(purse: Purse, hold: Held) -> tuple[str, int]:
    return rows("select state, captured from refill_hold where account_id = %s and id = %s", purse.id, hold.hold_id)[0]  # type: ignore[return-value]


def test_a_hold_takes_in_burn_order_and_is_not_spendable(purse: Purse) -> None:
    never, may = purse.give(10), purse.give(10, "2027-05-01")
    hold = purse.hold(13)
    assert (hold.balance, purse.available, purse.held) == (7, 7, 13)
    assert purse.grant(may) == (0, 10, 0, 0, 0)
    assert purse.grant(never) == (7, 3, 0, 0, 0)
    with refused(InsufficientCredits, required=8, available=7):
        purse.spend(8)


def test_a_hold_is_refused_whole(purse: Purse) -> None:
    purse.give(10)
    with refused(InsufficientCredits, required=11, available=10):
        purse.hold(11)
    assert (purse.available, purse.held) == (10, 0)


def test_the_same_key_holds_once(purse: Purse) -> None:
    purse.give(10)
    first, again = purse.hold(4, "a"), purse.hold(4, "a")
    assert (again.hold_id, again.balance, again.replayed) == (first.hold_id, 6, True)
    assert purse.held == 4


def test_all_of_a_hold_can_be_captured_once(purse: Purse) -> None:
    grant = purse.give(10)
    hold = purse.hold(4)
    ended = purse.capture(hold)
    assert (ended.state, ended.captured, ended.balance) == ("captured", 4, 6)
    assert purse.grant(grant) == (6, 0, 4, 0, 0)
    with refused(HoldEnded, state="captured"):
        purse.capture(hold)
    with refused(HoldEnded, state="captured"):
        purse.release(hold)
    assert (purse.available, purse.held) == (6, 0)


def test_of_a_part_captured_the_rest_is_released_to_its_grants(purse: Purse) -> None:
    may, never = purse.give(5, "2027-05-01"), purse.give(5)
    hold = purse.hold(8)
    ended = purse.capture(hold, 6)
    assert (ended.captured, ended.balance) == (6, 4)
    assert purse.grant(may) == (0, 0, 5, 0, 0)
    assert purse.grant(never) == (4, 0, 1, 0, 0)
    assert purse.moves(4) == [("capture", 0), ("capture", 0), ("release", 2)]


def test_more_than_is_held_cannot_be_captured(purse: Purse) -> None:
    purse.give(10)
    hold = purse.hold(4)
    with refused(Invalid, held=4):
        purse.capture(hold, 5)
    assert state(purse, hold) == ("open", 0)


def test_a_released_hold_gives_everything_back(purse: Purse) -> None:
    may, never = purse.give(5, "2027-05-01"), purse.give(5)
    hold = purse.hold(8)
    assert purse.release(hold).balance == 10
    assert (purse.grant(may), purse.grant(never)) == ((5, 0, 0, 0, 0), (5, 0, 0, 0, 0))
    with refused(HoldEnded, state="released"):
        purse.capture(hold)


def test_another_accounts_hold_does_not_exist(new_purse: Callable[..., Purse]) -> None:
    one, other = new_purse(), new_purse()
    one.give(10)
    hold = one.hold(4)
    with refused(Unknown):
        other.capture(hold)
    with refused(Unknown):
        other.release(hold)
    assert holds.capture(other.id, hold.hold_id, None)["status"] == "unknown"
    assert one.held == 4


def test_a_hold_runs_out_at_its_instant_exactly(purse: Purse) -> None:
    purse.give(10)
    hold = purse.hold(4, seconds=HOUR)
    purse.advance("2027-01-10 12:59:59.999999", work=False)
    assert purse.available == 6
    purse.advance("2027-01-10 13:00", work=False)
    assert purse.available == 10
    with refused(HoldEnded, state="expired"):
        purse.capture(hold)
    assert state(purse, hold) == ("expired", 0)


def test_held_credits_outlive_the_end_of_their_grant_by_72_hours(purse: Purse) -> None:
    grant = purse.give(10, "2027-02-01")
    hold = purse.hold(4)
    purse.advance("2027-02-03 23:59:59", work=False)
    assert (purse.available, purse.held) == (0, 4)
    assert purse.grant(grant) == (0, 4, 0, 6, 0)
    assert purse.capture(hold).captured == 4
    assert purse.grant(grant) == (0, 0, 4, 6, 0)


def test_after_the_72_hours_held_credits_expire_and_the_hold_with_them(purse: Purse) -> None:
    grant = purse.give(10, "2027-02-01")
    hold = purse.hold(4)
    purse.advance("2027-02-04", work=False)
    assert (purse.available, purse.held) == (0, 0)
    assert purse.grant(grant) == (0, 0, 0, 10, 0)
    assert purse.moves(2) == [("expire", -6), ("release", 4), ("expire", -4)]
    with refused(HoldEnded, state="expired"):
        purse.capture(hold)


def test_of_a_hold_over_two_grants_only_the_ended_part_is_lost_after_the_grace(purse: Purse) -> None:
    february, never = purse.give(5, "2027-02-01"), purse.give(5)
    hold = purse.hold(8)
    purse.advance("2027-02-04", work=False)
    assert (purse.available, purse.held) == (2, 3)
    assert state(purse, hold) == ("open", 0)
    with refused(Invalid, held=3):
        purse.capture(hold, 4)
    assert purse.capture(hold).captured == 3
    assert purse.grant(february) == (0, 0, 0, 5, 0)
    assert purse.grant(never) == (2, 0, 3, 0, 0)


def test_what_is_released_after_the_end_expires_with_its_grant(purse: Purse) -> None:
    grant = purse.give(10, "2027-02-01")
    hold = purse.hold(4)
    purse.advance("2027-02-02", work=False)
    assert purse.release(hold).balance == 0
    assert purse.moves(3) == [("release", 4), ("expire", -4)]
    assert purse.grant(grant) == (0, 0, 0, 10, 0)


def test_a_hold_and_its_grant_that_end_together_leave_nothing(purse: Purse) -> None:
    grant = purse.give(10, "2027-01-10 13:00")
    hold = purse.hold(4, seconds=HOUR)
    purse.advance("2027-01-10 13:00", work=False)
    assert (purse.available, purse.held) == (0, 0)
    assert purse.grant(grant) == (0, 0, 0, 10, 0)
    assert state(purse, hold) == ("expired", 0)
