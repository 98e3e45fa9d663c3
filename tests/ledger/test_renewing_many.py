"""Renewing many accounts at once gives, row for row, what renewing each alone gives."""

from collections.abc import Callable
from functools import cache
from typing import Any

from refill.domain.records import QuoteRequest
from refill.ledger import balances, renewals
from refill.services import orders
from refill.services.money import quotes
from tests.ledger import world
from tests.ledger.world import OPERATOR, Purse, open_purse, rows

price = cache(world.price)  # both fleets are on the same plans
Life = Callable[[Purse], Any]

FACTS = {
    "balance": "select to_jsonb(b) - '{account_id,test_clock_id,head_grant,sealed_seq}'::text[] from refill_balance b",
    "head": "select (select ends_at::text from refill_grant g where g.id = b.head_grant) from refill_balance b",
    "grants": """select to_jsonb(g) - '{id,account_id,subscription_id,period_id,order_id,cause}'::text[]
                   from refill_grant g""",
    "entries": "select to_jsonb(e) - '{account_id,grant_id,hold_id,key}'::text[] from refill_entry e",
    "drawn from": """select jsonb_build_array(e.seq, (select count(*) from refill_grant g
                       where g.account_id = e.account_id and g.id < e.grant_id)) from refill_entry e""",
    "periods": "select to_jsonb(p) - '{id,account_id,subscription_id}'::text[] from refill_period p",
    "subscriptions": "select to_jsonb(s) - '{id,account_id}'::text[] from refill_subscription s",
    "account": "select jsonb_build_array(status, free_allowance_at, canceled_at) from refill_account a",
}


def facts(purse: Purse) -> dict[str, list[str]]:
    """Everything that a boundary may write, without the ids."""
    found = {}
    for name, statement in FACTS.items():
        column = "id" if name == "account" else "account_id"
        found[name] = sorted(str(row[0]) for row in rows(f"{statement} where {column} = %s", purse.id))
    return found


def change_to(purse: Purse, new_price: int) -> None:
    request = QuoteRequest(kind="change_plan", price_id=new_price)
    quote = quotes.create(account_id=purse.id, actor=OPERATOR, request=request)
    orders.confirm(account_id=purse.id, quote_id=quote, actor=OPERATOR, key=f"change {quote}")


def upgrade(purse: Purse) -> None:
    purse.advance("2027-01-20 12:00")
    change_to(purse, price(2_000, 2_000))
    purse.spend(700)


def spend_beyond_the_plan(purse: Purse) -> None:
    purse.buy(500)
    purse.spend(1_200)


def spend_a_promotion_to_the_same_end(purse: Purse) -> None:
    purse.give(50, "2027-02-10 12:00")
    purse.give(70, "2027-06-01 12:00")
    purse.spend(30)


def capture_a_hold(purse: Purse) -> None:
    purse.capture(purse.hold(40), 25)


ORDINARY: list[tuple[Life, int]] = [
    (lambda purse: purse.spend(300), 1_000),
    (lambda purse: None, 1_000),
    (lambda purse: purse.spend(1_000), 1_000),
    (spend_beyond_the_plan, 1_000),
    (spend_a_promotion_to_the_same_end, 0),
    (upgrade, 1_000),
    (lambda purse: change_to(purse, price(400, 500)), 1_000),
    (capture_a_hold, 1_000),
    (lambda purse: purse.give(90, starts="2027-02-20 12:00"), 1_000),
]
NOT_ORDINARY: list[Life] = [
    lambda purse: purse.hold(10),
    lambda purse: purse.cancel(),
    lambda purse: purse.give(20, "2027-02-01 12:00"),
    lambda purse: purse.give(20, starts="2027-02-10 12:00"),
]


def lead(life: Life, plan: int) -> Purse:
    """An account that has lived so, and whose first boundary passed an hour ago with the worker down."""
    purse = open_purse(plan=price(plan or 100, 1_000 if plan else 0))
    life(purse)
    purse.advance("2027-02-10 13:00", work=False)
    return purse


def test_ordinary_renewals_done_together_write_what_each_alone_writes() -> None:
    alone = [lead(life, plan) for life, plan in ORDINARY]
    together = [lead(life, plan) for life, plan in ORDINARY]
    for purse in alone:
        assert balances.catch_up(purse.id) is True
    assert renewals.renew_many([purse.id for purse in together]) == len(ORDINARY)
    for one, other in zip(alone, together, strict=True):
        assert facts(one) == facts(other)


def test_a_renewal_done_together_grants_the_advance_and_nothing_twice() -> None:
    purse = lead(lambda purse: purse.spend(300), 1_000)
    before = purse.entries()[-1][0]
    assert renewals.renew_many([purse.id]) == 1
    assert renewals.renew_many([purse.id]) == 0
    assert purse.moves(before) == [("expire", -700), ("grant", 100)]
    assert purse.available == 100


def test_what_is_not_ordinary_is_left_as_it_is() -> None:
    purses = [lead(life, 1_000) for life in NOT_ORDINARY]
    purses[-1].advance("2027-02-10 14:00", work=False)
    before = [facts(purse) for purse in purses]
    assert renewals.renew_many([purse.id for purse in purses]) == 0
    assert [facts(purse) for purse in purses] == before


def test_a_boundary_missed_by_more_than_a_period_is_not_ordinary() -> None:
    purse = open_purse(plan=price(1_000))
    purse.advance("2027-03-10 12:00", work=False)
    assert renewals.renew_many([purse.id]) == 0


def test_an_account_that_has_nothing_due_is_left_alone() -> None:
    purse = open_purse(plan=price(1_000))
    purse.advance("2027-02-10 11:59", work=False)
    assert renewals.renew_many([purse.id]) == 0
    assert purse.available == 1_000
