"""Which grant is drawn first (RULES §2.2)."""

from collections.abc import Callable

from refill.ledger import grants
from tests.ledger.world import Purse, price, rows


def taken_in_order(purse: Purse, amount: int) -> list[int]:
    return [grant_id for grant_id, _ in purse.spend(amount).taken]


def test_the_grant_that_ends_soonest_goes_first_and_one_without_an_end_last(purse: Purse) -> None:
    never, june, may = purse.give(10), purse.give(10, "2027-06-01"), purse.give(10, "2027-05-01")
    assert purse.spend(25).taken == ((may, 10), (june, 10), (never, 5))


def test_of_grants_that_end_together_allowance_goes_first_then_promotion_then_adjustment(
    new_purse: Callable[..., Purse],
) -> None:
    purse = new_purse(plan=price(100))
    adjustment = purse.give(10, "2027-02-10 12:00", source="adjustment")
    promotion = purse.give(10, "2027-02-10 12:00")
    assert purse.spend(115).taken == ((purse.allowance, 100), (promotion, 10), (adjustment, 5))


def test_of_grants_without_an_end_promotion_goes_first_then_adjustment_then_bought(purse: Purse) -> None:
    bought = purse.buy(10)
    adjustment = purse.give(10, source="adjustment")
    promotion = purse.give(10)
    assert purse.spend(25).taken == ((promotion, 10), (adjustment, 10), (bought, 5))


def test_plan_credits_go_before_bought_ones(new_purse: Callable[..., Purse]) -> None:
    purse = new_purse(plan=price(100))
    bought = purse.buy(10)
    assert purse.spend(101).taken == ((purse.allowance, 100), (bought, 1))


def test_of_alike_grants_the_one_that_started_first_goes_first(purse: Purse) -> None:
    later = purse.give(10, "2027-06-01", starts="2027-01-12")
    purse.advance("2027-01-11")
    earlier = purse.give(10, "2027-06-01")
    purse.advance("2027-01-13")
    assert purse.spend(15).taken == ((earlier, 10), (later, 5))


def test_of_grants_alike_in_all_else_the_lower_id_goes_first(purse: Purse) -> None:
    first, second, third = purse.give(10), purse.give(10), purse.give(10)
    assert taken_in_order(purse, 30) == [first, second, third]


def test_recharged_credits_rank_with_bought_ones_by_their_age(purse: Purse) -> None:
    bought = purse.buy(10)
    order = rows("select order_id from refill_grant where id = %s", bought)[0][0]
    assert grants.grant(purse.id, source="recharge", credits=10, order_id=order) == ("exists", bought)
    purse.advance("2027-01-11")
    second = purse.buy(10)
    assert purse.spend(15).taken == ((bought, 10), (second, 5))


def test_a_new_grant_that_ends_sooner_is_drawn_from_at_once(purse: Purse) -> None:
    june = purse.give(10, "2027-06-01")
    purse.spend(4)
    may = purse.give(10, "2027-05-01")
    assert purse.spend(11).taken == ((may, 10), (june, 1))
    assert purse.grant(june) == (5, 0, 5, 0, 0)
