"""Each bug put in on purpose is caught: by a test of the ordinary suite, or by `verify`."""

from collections.abc import Callable

import psycopg
import pytest
from django.db import DatabaseError

from refill.ledger import verify
from refill.services.money import cards
from tests.faults import seeding
from tests.faults.seeding import Dropped, InSql, Seed
from tests.ledger import test_burn_order as burning
from tests.ledger import test_concurrency as racing
from tests.ledger import test_ends as ending
from tests.ledger import test_holds as holding
from tests.ledger import test_immutable as guarding
from tests.ledger import test_reversing as reversing
from tests.ledger import test_spending as spending
from tests.ledger import test_taking_back as taking_back
from tests.ledger.world import OPERATOR, Purse, open_purse, price, refused_or_done

Scenario = Callable[[str], None]


def by_purse(test: Callable[[Purse], None]) -> Scenario:
    """A test of the ledger that asks for one account."""
    return lambda url: test(open_purse())


def by_new_purse(test: Callable[[Callable[..., Purse]], None]) -> Scenario:
    return lambda url: test(open_purse)


def by_race(test: Callable[[Callable[..., Purse]], None]) -> Scenario:
    """Two that come between each other are not met in every round."""

    def run(url: str) -> None:
        for _ in range(20):
            test(open_purse)

    return run


def by_owner(test: Callable[..., None]) -> Scenario:
    def run(url: str) -> None:
        with psycopg.connect(url, autocommit=True) as owner:
            test(open_purse(), owner)

    return run


def buy_with(card: str) -> Scenario:
    """Try to buy with a sandbox card, and let a minute pass."""

    def run(url: str) -> None:
        purse = open_purse()
        method = cards.add_sandbox(account_id=purse.id, actor=OPERATOR, card=card)
        cards.update(account_id=purse.id, actor=OPERATOR, card_id=method, default=True)
        refused_or_done(lambda: purse.order_pack(20))
        purse.advance("2027-01-10 12:01")

    return run


def live_in_new_york(url: str) -> None:
    open_purse("2027-02-20 02:00", plan=price(100), zone="America/New_York").advance("2027-04-25 12:00")


def renew_twice(url: str) -> None:
    open_purse(plan=price(100)).advance("2027-03-11")


# the bug: (how it is put in, what is done then, who finds it: "test", or a check of verify by name)
FAULTS: dict[str, tuple[Seed, Scenario, str]] = {
    "the unique index on keys is gone": (
        Dropped("drop index entry_key_once"),
        by_owner(guarding.test_a_key_stands_once_in_an_account_whoever_writes), "test",
    ),
    "a hold does not look its key up": (
        InSql("if p_key is not null then", "if false then", ("08_hold.sql",)),
        by_purse(holding.test_the_same_key_holds_once), "test",
    ),
    "the end of a grant is ignored": (
        InSql("least(v_hold, v_end, v_kept,", "least(v_hold, v_kept,", ("05_settle.sql",)),
        by_purse(ending.test_at_its_end_exactly_it_is_not_spendable_although_no_job_ran), "test",
    ),
    "the end of a grant is ignored, and nobody looks but verify": (
        InSql("least(v_hold, v_end, v_kept,", "least(v_hold, v_kept,", ("05_settle.sql",)),
        lambda url: spend_after_the_end(), "nothing is drawn after the end",
    ),
    "a reset touches every grant": (
        InSql("and is_open and ends_at = v_due order", "and is_open order", ("05_settle.sql",)),
        by_new_purse(ending.test_at_the_reset_the_allowance_is_lost_and_bought_credits_roll_over), "test",
    ),
    "the grant that ends last is burned first": (
        InSql("order by ends_at, rank", "order by ends_at desc, rank", ("02_append.sql", "07_spend.sql")),
        by_purse(burning.test_the_grant_that_ends_soonest_goes_first_and_one_without_an_end_last), "test",
    ),
    "bought credits are burned before the plan's": (
        InSql("order by ends_at, rank", "order by rank desc, ends_at", ("02_append.sql", "07_spend.sql")),
        by_new_purse(burning.test_plan_credits_go_before_bought_ones), "test",
    ),
    "the balance is set instead of changed": (
        InSql("available = b.available + t.credits", "available = t.credits", ("02_append.sql",)),
        by_purse(spending.test_a_spend_over_several_grants_is_one_movement_of_several_entries), "test",
    ),
    "what is held is set instead of changed": (
        InSql("held = b.held + coalesce(t.held, 0)", "held = coalesce(t.held, b.held)", ("02_append.sql",)),
        lambda url: hold_twice(), "held = what grants hold",
    ),
    "the balance is checked outside the lock": (
        InSql(" for no key update", "", ("02_append.sql", "07_spend.sql")),
        by_race(racing.test_of_32_holds_of_two_on_ten_credits_five_succeed), "test",
    ),
    "the next instant is kept as it was": (
        InSql("least(next_due_at, p_at)", "coalesce(next_due_at, p_at)", ("02_append.sql",)),
        lambda url: give_a_later_and_a_sooner_end(), "due no later than the soonest boundary",
    ),
    "more can be given back than was taken": (
        InSql("coalesce(p_credits, v_total) > v_total or ", "", ("09_reverse.sql",)),
        by_purse(reversing.test_it_can_be_given_back_in_parts_but_never_more_than_was_taken), "test",
    ),
    "a capture leaves its part held": (
        InSql("set credits = p.credits - v_n", "set credits = p.credits", ("08_hold.sql",)),
        by_purse(holding.test_of_a_part_captured_the_rest_is_released_to_its_grants), "test",
    ),
    "there is no grace for held credits": (
        InSql("coalesce((account_policy(p_account) ->> 'hold_grace')::int, 72)", "0", ("05_settle.sql",)),
        by_purse(holding.test_held_credits_outlive_the_end_of_their_grant_by_72_hours), "test",
    ),
    "what returns to a grant taken back stays spendable": (
        InSql("when g.recalled then p_credits", "when false then p_credits", ("04_expire.sql",)),
        by_purse(taking_back.test_what_returns_to_a_grant_taken_back_is_taken_back_too), "test",
    ),
    "entries can be changed": (
        Dropped("drop trigger refill_entry_immutable on refill_entry"),
        by_owner(lambda purse, owner: guarding.test_the_owner_of_the_tables_cannot_change_an_entry(
            "update refill_entry set reason = 'x'", purse, owner)), "test",
    ),
    "credits are granted before the payment": (
        seeding.grant_before_payment, buy_with("declined"), "bought credits = one settled payment",
    ),
    "an unknown charge is tried with a new key": (
        seeding.new_key_on_retry, buy_with("unknown_then_ok"), "money taken is money recorded",
    ),
    "boundaries are counted in UTC": (seeding.utc_instead_of_the_zone, live_in_new_york, "ends at its boundary"),
    "the advance comes on top of the allowance": (
        seeding.allowance_without_the_advance, renew_twice, "no more allowance than the most held",
    ),
    "an invoice number is left out": (seeding.a_number_left_out, renew_twice, "invoice numbers are gapless"),
}  # fmt: skip


def spend_after_the_end() -> None:
    purse = open_purse()
    purse.give(10, "2027-02-01")
    purse.advance("2027-02-02", work=False)
    refused_or_done(lambda: purse.spend(1))


def hold_twice() -> None:
    purse = open_purse()
    purse.give(10)
    for amount in (1, 2):
        refused_or_done(lambda amount=amount: purse.hold(amount))  # type: ignore[misc]


def give_a_later_and_a_sooner_end() -> None:
    purse = open_purse()
    purse.give(10, "2027-06-01")
    purse.give(10, "2027-02-01")


def finder(scenario: Scenario, url: str) -> set[str]:
    """Who finds something wrong: "test", and the names of verify's checks."""
    found = set()
    try:
        scenario(url)
    except (AssertionError, DatabaseError, pytest.fail.Exception):
        found.add("test")
    return found | {mismatch.what for mismatch in verify.run()}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_fault_is_caught(fault: str, fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seed, scenario, expected = FAULTS[fault]
    seed(fresh_database, monkeypatch)
    assert expected in finder(scenario, fresh_database)


def test_without_a_fault_nothing_is_found(fresh_database: str) -> None:
    assert {fault: finder(scenario, fresh_database) for fault, (_, scenario, _) in FAULTS.items()} == {
        fault: set() for fault in FAULTS
    }
