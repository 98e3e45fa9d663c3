"""No sequence of actions cheats (RULES §4.6), and a rule left out is noticed by the search."""

import pytest

from tests.model import abuse
from tests.model.operations import PRICES
from tests.model.periods import Periods
from tests.model.reference import Account, Quote

pytestmark = pytest.mark.no_database


def wander_far() -> int:
    return sum(abuse.wander(seed, 80) for seed in range(300))


@pytest.mark.parametrize("price", ["free", "growth"])
def test_no_three_actions_cheat_where_every_credit_costs_the_same(price: str) -> None:
    assert sum(1 for _ in abuse.search(abuse.start(abuse.LEVEL, price), 3)) > 5000


def test_no_three_actions_cheat_where_larger_plans_are_cheaper_by_the_credit() -> None:
    assert sum(1 for _ in abuse.search(abuse.start(abuse.SLOPED, "growth"), 3)) > 5000


def test_no_long_random_sequence_cheats() -> None:
    assert wander_far() > 10_000


def test_ten_renewals_left_unpaid_lend_one_advance_in_all() -> None:
    account = abuse.start(abuse.LEVEL, "growth")
    assert abuse.walk(account, list(abuse.UNPAID_ADVANCE) * 10) == 70
    # eleven full prices, eleven allowances, and the last advance of 100, which the last allowance made up for
    assert account.taken_minor == 11 * 3500
    assert sum(grant.spent for grant in account.grants.values()) + account.available == 11 * 1000


def test_a_detour_costs_the_same_and_grants_at_most_one_credit_more() -> None:
    found = [(money, credits) for _, money, credits in abuse.detours(PRICES)]
    assert len(found) > 20
    assert {money for money, _ in found} == {0}
    assert max(credits for _, credits in found) <= 1


def test_the_search_notices_advances_that_are_never_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Periods, "deduct_debt", lambda self, credits: credits)
    with pytest.raises(abuse.Cheated):
        abuse.walk(abuse.start(abuse.LEVEL, "growth"), list(abuse.UNPAID_ADVANCE) * 10)


def test_the_search_notices_an_old_plan_credited_by_time_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def by_time(self: Account, change: str) -> int:
        period, price = self.current()
        share = (period.ends - self.now, period.ends - period.starts)
        return price.amount_minor * share[0] // share[1] if change == "to_annual" else 0

    monkeypatch.setattr(Account, "unused_minor", by_time)
    with pytest.raises(abuse.Cheated):
        wander_far()


def test_the_search_notices_an_upgrade_that_forgets_the_most_held(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Account.quote_upgrade

    def forgetful(self: Account, target: abuse.Price) -> Quote:
        period, price = self.current()
        period.most_held = price.credits
        return honest(self, target)

    monkeypatch.setattr(Account, "quote_upgrade", forgetful)
    assert max(credits for _, _, credits in abuse.detours(PRICES)) > 1


def test_the_search_notices_an_upgrade_with_full_credits(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Account.quote_upgrade

    def generous(self: Account, target: abuse.Price) -> Quote:
        quote = honest(self, target)
        quote.credits = max(0, target.credits - self.current()[0].most_held)
        return quote

    monkeypatch.setattr(Account, "quote_upgrade", generous)
    with pytest.raises(abuse.Cheated):
        wander_far()
