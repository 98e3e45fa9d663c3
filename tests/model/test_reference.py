"""The model itself, held to the examples of RULES with exact numbers."""

import pytest

from tests.model.months import seconds_of, text_of
from tests.model.operations import PACKS, PRICES, Life
from tests.model.reference import Account

pytestmark = pytest.mark.no_database
DAY = 86_400
NEW_YORK = "America/New_York"


def account(price: str | None, at: str = "2027-02-22T14:00:00Z", zone: str = NEW_YORK, anchor: str = "") -> Account:
    return Account.open(seconds_of(at), zone, PRICES, PACKS, price, seconds_of(anchor) if anchor else None)


def go_to(one: Account, at: str, work: bool = True) -> None:
    one.advance(seconds_of(at) - one.now, work)


def boundaries(one: Account, count: int) -> list[str | None]:
    return [text_of(one.boundary(step)) for step in range(count)]


def period_of(one: Account) -> tuple[int | None, str | None, str | None]:
    period, _ = one.current()
    return period.index, text_of(period.starts), text_of(period.ends)


# periods
def test_a_monthly_plan_from_31_january_renews_on_the_last_days_and_comes_back_to_the_31st() -> None:
    assert boundaries(account("growth", "2027-01-31T12:00:00Z", "UTC"), 5) == [
        "2027-01-31T12:00:00Z", "2027-02-28T12:00:00Z", "2027-03-31T12:00:00Z", "2027-04-30T12:00:00Z",
        "2027-05-31T12:00:00Z",
    ]  # fmt: skip


def test_an_annual_plan_from_29_february_renews_on_the_28th_and_in_a_leap_year_on_the_29th() -> None:
    assert boundaries(account("growth_year", "2028-02-29T00:00:00Z", "UTC"), 5) == [
        "2028-02-29T00:00:00Z", "2029-02-28T00:00:00Z", "2030-02-28T00:00:00Z", "2031-02-28T00:00:00Z",
        "2032-02-29T00:00:00Z",
    ]  # fmt: skip


def test_a_boundary_in_the_missing_hour_moves_forward_by_the_hour() -> None:
    one = account("growth", "2027-02-14T07:30:00Z")  # 2:30 am; on 14 March 2:30 does not exist: 3:30 EDT
    assert boundaries(one, 3)[1:] == ["2027-03-14T07:30:00Z", "2027-04-14T06:30:00Z"]


def test_a_boundary_in_the_doubled_hour_is_its_first_occurrence() -> None:
    one = account("growth", "2026-10-01T05:30:00Z")  # 1:30 am, twice on 1 November: first in EDT
    assert boundaries(one, 2)[1] == "2026-11-01T05:30:00Z"
    assert boundaries(one, 3)[2] == "2026-12-01T06:30:00Z"


def test_a_past_anchor_makes_the_full_period_that_contains_now_current() -> None:
    one = account("growth", "2027-03-10T00:00:00Z", "UTC", anchor="2026-12-31T08:00:00Z")
    assert period_of(one) == (2, "2027-02-28T08:00:00Z", "2027-03-31T08:00:00Z")
    assert one.available == 1000


def test_at_the_boundary_the_remainder_ends_and_a_whole_new_allowance_is_there() -> None:
    one = account("growth", zone="UTC")
    one.spend("a", 300)
    go_to(one, "2027-03-22T13:59:59Z")
    assert one.state()["allowance"] == 700
    one.advance(1)
    assert (one.state()["allowance"], one.taken_minor) == (1000, 7000)
    assert [g.amount for g in one.live()] == [100, 900]


def test_while_the_worker_is_down_a_spend_finds_the_advance_and_the_charge_completes_it() -> None:
    one = account("growth", zone="UTC")
    go_to(one, "2027-03-22T14:00:00Z", work=False)
    assert one.spend("a", 40)["balance"] == 60
    one.advance(3600)
    assert (one.state()["allowance"], one.taken_minor) == (960, 7000)


def test_missed_periods_are_skipped_and_only_the_current_one_is_charged() -> None:
    one = account("growth", zone="UTC")
    go_to(one, "2027-05-25T00:00:00Z", work=False)
    one.advance(0)
    assert [p.state for p in one.history] == ["past", "skipped", "skipped", "current"]
    assert (one.available, one.taken_minor) == (1000, 7000)


def test_a_declined_renewal_revokes_the_unspent_advance_and_paying_later_grants_the_rest() -> None:
    one = account("growth", zone="UTC")
    one.use_card("declined")
    go_to(one, "2027-03-22T14:00:00Z", work=False)
    one.spend("a", 30)
    one.advance(0)
    assert (one.status, one.available) == ("past_due", 0)
    one.use_card("visa_ok")
    paid = one.change("pay_overdue")
    assert (paid["due_now"], paid["after"], paid["order"]) == (3500, 970, "succeeded")
    assert (one.status, one.available, one.taken_minor) == ("active", 970, 7000)


def test_renewals_are_tried_for_fourteen_days_and_then_the_account_is_suspended() -> None:
    one = account("growth", zone="UTC")
    one.change("buy", "pack_1000")
    one.use_card("declined")
    go_to(one, "2027-04-05T13:59:59Z")
    assert (one.status, one.tries, one.available) == ("past_due", 6, 1000)
    one.advance(1)
    assert (one.status, one.available, one.taken_minor) == ("suspended", 1000, 7500)


# changing plan
def test_an_upgrade_twelve_of_31_days_before_the_end_costs_1548_and_gives_581_credits() -> None:
    one = account("growth", "2027-03-22T14:00:00Z", "UTC")
    one.spend("a", 1000)
    go_to(one, "2027-04-10T14:00:00Z")
    quote = one.quote("change_plan", "growth_2500")
    assert (quote.due_minor, quote.credits, quote.before, quote.after) == (1548, 581, 0, 581)
    assert one.confirm(quote) == {"order": "succeeded"}
    assert (one.available, one.price) == (581, PRICES["growth_2500"])


def test_a_downgrade_waits_for_the_end_and_is_undone_until_then() -> None:
    one = account("growth_2500", zone="UTC")
    asked = one.change("change_plan", "growth")
    assert (asked["due_now"], asked["before"], asked["after"]) == (0, 2500, 1000)
    one.undo()
    one.change("change_plan", "starter")
    go_to(one, "2027-03-22T14:00:00Z")
    assert (one.available, one.taken_minor) == (250, 7500 + 1500)


def test_monthly_to_annual_at_half_time_with_a_quarter_left_credits_the_quarter() -> None:
    one = account("growth", zone="UTC")
    one.spend("a", 750)
    go_to(one, "2027-03-08T14:00:00Z")  # 14 of 28 days
    asked = one.change("change_plan", "growth_year", delay=60, spend=50, key="b")
    assert (asked["due_now"], asked["before"], asked["after"]) == (35000 - 875, 250, 12000)
    assert one.state()["allowance"] == 11950
    assert period_of(one) == (0, "2027-03-08T14:01:00Z", "2028-03-08T14:01:00Z")


def test_annual_to_monthly_and_fewer_credits_a_month_wait_for_the_end() -> None:
    assert account("growth_year").quote("change_plan", "growth_2500").kind == "downgrade"
    assert account("growth").quote("change_plan", "less_year").kind == "downgrade"


def test_a_quote_is_stale_once_its_period_has_ended() -> None:
    one = account("growth", zone="UTC")
    go_to(one, "2027-03-22T13:59:00Z")
    assert one.change("change_plan", "growth_2500", delay=60)["order"] == "quote_stale"


def test_cancelling_keeps_bought_credits_for_the_return() -> None:
    one = account("growth", zone="UTC")
    one.change("buy", "pack_1000")
    one.change("cancel")
    go_to(one, "2027-03-22T14:00:00Z")
    assert (one.status, one.available) == ("canceled", 1000)
    assert one.play({"op": "spend", "key": "a", "credits": 1}) == {"refused": "account_closed"}
    assert one.change("reactivate", "starter")["due_now"] == 1500
    assert (one.status, one.available) == ("active", 1250)


def test_a_plan_without_a_price_grants_once_a_month_and_leads_to_a_paid_one_at_full_price() -> None:
    one = account("free", zone="UTC")
    one.spend("a", 50)
    one.advance(DAY)
    assert one.change("change_plan", "growth")["due_now"] == 3500
    one.use_card("declined")
    go_to(one, "2027-03-23T14:00:00Z")
    assert one.status == "past_due"
    assert one.change("change_plan", "free")["order"] == "succeeded"
    assert (one.status, one.available) == ("active", 50)


# credits
def test_credits_burn_by_end_then_kind_and_bought_ones_last() -> None:
    one = account("tiny", zone="UTC")
    one.grant("promotion", 5, None, 3600)
    one.grant("adjustment", 5)
    one.change("buy", "pack_3")
    taken = one.spend("a", 19)["taken"]
    assert taken == [["adjustment", 5], ["allowance", 7], ["promotion", 5], ["purchase", 2]]
    one.reverse("a", 3)
    assert (one.remaining_of("purchase"), one.remaining_of("adjustment")) == (3, 1)


def test_a_spend_is_all_or_nothing_and_a_refused_one_leaves_its_key_free() -> None:
    one = account("tiny")
    assert one.play({"op": "spend", "key": "a", "credits": 8}) == {"refused": "insufficient_credits"}
    first = one.play({"op": "spend", "key": "a", "credits": 7})
    assert one.play({"op": "spend", "key": "a", "credits": 7}) == {**first, "replayed": True}
    assert one.play({"op": "spend", "key": "a", "credits": 6}) == {"refused": "idempotency_mismatch"}
    assert one.available == 0


def test_held_credits_outlive_their_grant_by_72_hours_and_what_returns_expires() -> None:
    one = account("growth", zone="UTC")
    go_to(one, "2027-03-22T13:00:00Z")
    for key in ("a", "b", "c"):
        one.hold(key, 10, 7 * DAY)
    go_to(one, "2027-03-25T13:59:59Z")
    assert one.capture("a", 4) == {"credits": 4}
    one.release("b")
    assert (one.available, one.held()) == (1000, 10)
    one.advance(1)
    assert (one.available, one.held()) == (1000, 0)
    assert one.play({"op": "capture", "key": "c"}) == {"refused": "hold_ended"}


# lives
def test_one_seed_lives_one_life_and_the_invariants_hold_on_the_way() -> None:
    def lived(seed: int) -> list[object]:
        life, seen = Life(seed), list[object]()
        for _ in range(120):
            operation = life.next()
            seen += [operation, life.account.play(operation), life.account.state()]
        return seen

    for seed in range(40):
        assert lived(seed) == lived(seed)


def test_the_periods_of_a_life_tile_and_never_turn() -> None:
    for seed in range(40):
        life = Life(seed)
        for _ in range(150):
            life.account.play(life.next())
            life.account.state()
        for one, after in zip(life.account.history, life.account.history[1:], strict=False):
            assert one.starts < one.ends or one.starts == one.ends == after.starts
            assert one.ends <= after.starts
