"""Those on a price keep it, until they change or a dated price change is announced (RULES §4.9)."""

from datetime import UTC, date, datetime

import psycopg
import pytest
from django.db import connection, transaction

from refill.domain import ids
from refill.domain.records import Actor
from refill.ledger import verify
from refill.models import AuditRow, Period, Price
from refill.services.developers import keys
from refill.services.selling import catalogue_file, catalogue_versions, price_changes
from tests.conftest import TEST_PLATFORM_KEY
from tests.life import Life, Platform

OPERATOR = Actor("operator")
GROWTH = {250: 1600, 500: 2400, 1000: 3500, 2500: 7500}
STEP = '{{ interval = "month", credits = {credits}, amount = {amount}, currency = "usd" }},'
CHANGE = """
[[price_changes]]
plan = "growth"
interval = "month"
credits = {credits}
from = {amount}
to = {to}
effective_on = {on}
"""


@pytest.fixture
def platform(fresh_database: str) -> Platform:
    keys.register_test_platform_key(TEST_PLATFORM_KEY)
    return Platform(TEST_PLATFORM_KEY)


def reprice(amount: int | None = 4500, *, credits: int = 1000, to: int | None = None, on: str = "") -> None:
    """A month of Growth at another amount (or none) for newcomers; and for those on it from a day on."""
    offer = catalogue_file.write(catalogue_versions.show("both"))
    old, new = (STEP.format(credits=credits, amount=each) for each in (GROWTH[credits], amount))
    text = offer.replace(old, new if amount else "")
    if to is not None:
        text += CHANGE.format(credits=credits, amount=GROWTH[credits], to=to, on=on)
    catalogue_versions.apply(actor=OPERATOR, file=catalogue_file.read(text), mode="both")


def charged(life: Life) -> list[int]:
    return [invoice["total"]["amount"] for invoice in life.invoices()]


def amounts_ahead(life: Life) -> list[int]:
    upcoming = Period.objects.filter(account_id=life.account_id, state="upcoming").order_by("index")
    return list(upcoming.values_list("price__amount_minor", flat=True))


def is_sound(life: Life) -> bool:
    return verify.run(life.account_id) == []


def test_a_quote_says_what_recurs_at_the_announced_price(platform: Platform) -> None:
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    reprice(4500, to=4500, on="2027-04-10")
    for request in ({"buy_credits": {"pack": platform.pack(1000)}}, {"add_seats": {"quantity": 1}}):
        quote = life.quote(**request)
        life.confirm(quote)
        assert quote["recurring"]["amount"] == life.subscription["next_charge"]["amount"]
    life.advance("2027-04-22 00:00")
    assert charged(life)[-1] == quote["recurring"]["amount"]["amount"] == 4500 + 1000


def test_who_is_on_a_repriced_plan_renews_and_is_credited_at_the_old_price(platform: Platform) -> None:
    life = platform.life("2027-03-22 00:00", old := platform.price("growth", 1000))
    reprice(4500)
    assert platform.price("growth", 1000) != old
    life.advance("2027-04-22 00:00")
    assert charged(life) == [3500, 3500]
    life.advance("2027-05-10 00:00")  # 12 of 30 days left
    quote = life.quote(change_plan={"price": platform.price("growth", 2500)})
    assert [line["amount"]["amount"] for line in quote["lines"]] == [3000, -1400]
    life.confirm(quote)
    life.advance("2027-05-22 00:00")
    assert charged(life) == [3500, 3500, 1600, 7500]
    newcomer = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    assert charged(newcomer) == [4500]
    assert is_sound(life)


def test_a_withdrawn_price_is_refused_to_newcomers_and_kept_by_undoing_a_downgrade(platform: Platform) -> None:
    old, lower = platform.price("growth", 1000), platform.price("starter", 500)
    life, other = platform.life("2027-03-22 00:00", old), platform.life("2027-03-22 00:00", lower)
    life.change(lower)
    reprice(None)
    refused = other.refused("POST", "/quotes", {"change_plan": {"price": old}})
    assert (refused.status, refused.problem["param"]) == (422, "price")
    clock = platform.call("POST", "/test_clocks", {"now": "2027-03-22T00:00:00Z"})["id"]
    status, problem, _ = platform.send("POST", "/accounts", {
        "name": "Late", "timezone": "UTC", "currency": "usd", "test_clock": clock, "price": old,
        "payment_method": "visa_ok", "owner": {"email": "late@northwind.example", "name": "Late"},
    })  # fmt: skip
    assert (status, problem["param"]) == (422, "price")
    life.call("DELETE", "/subscription/scheduled_change")
    life.advance("2027-04-22 00:00")
    assert (life.subscription["price"], charged(life)) == (old, [3500, 3500])


def test_an_announced_price_is_charged_from_the_first_boundary_at_or_after_its_date(platform: Platform) -> None:
    announced = {
        250: ("2027-05-22T00:00:00Z", [1600, 1600, 9900, 9900]),
        500: ("2027-05-22T00:00:01Z", [2400, 2400, 2400, 9900]),
        1000: ("2027-04-23", [3500, 3500, 9900, 9900]),
        2500: ("2027-06-23", [7500, 7500, 7500, 7500]),
    }
    lives = {credits: platform.life("2027-03-22 00:00", platform.price("growth", credits)) for credits in announced}
    for credits, (on, _) in announced.items():
        reprice(9999, credits=credits, to=9900, on=on)
    expected = {credits: amounts for credits, (_, amounts) in announced.items()}
    assert {credits: [GROWTH[credits], *amounts_ahead(life)] for credits, life in lives.items()} == expected
    for life in lives.values():
        life.advance("2027-06-22 00:00")
    assert {credits: charged(life) for credits, life in lives.items()} == expected
    assert [verify.run(life.account_id) for life in lives.values()] == [[]] * 4


def test_a_date_is_a_day_of_the_accounts_own_calendar(platform: Platform) -> None:
    price = platform.price("growth", 1000)
    # The boundary of 22 May, 1:00 UTC, is on 21 May in New York.
    there = platform.life("2027-03-22 01:00", price, zone="America/New_York")
    here = platform.life("2027-03-22 01:00", price)
    reprice(4500, to=4200, on="2027-05-22")
    assert (amounts_ahead(there), amounts_ahead(here)) == ([3500, 3500, 4200], [3500, 4200, 4200])


def test_an_account_sees_the_announced_price_at_its_boundaries_and_in_its_history(platform: Platform) -> None:
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    other = platform.life("2027-03-22 00:00", platform.price("growth", 2500))
    reprice(4500, to=4200, on="2027-05-22")
    old, new = Price.objects.get(plan__code="growth", amount_minor=3500), Price.objects.get(amount_minor=4200)
    boundaries = life.call("GET", "/subscription/calendar?count=5")["data"]
    assert [ids.decode("price", row["price"])[0] for row in boundaries] == [old.pk, *[new.pk] * 4]
    row = AuditRow.objects.get(action="subscription.price_change_announced")
    assert (row.account_id, row.actor, row.before, row.after) == (life.account_id, "operator", old.pk, new.pk)
    assert row.at == datetime(2027, 3, 22, tzinfo=UTC)
    assert amounts_ahead(other) == [7500, 7500, 7500]


def test_who_has_another_change_scheduled_makes_that_one(platform: Platform) -> None:
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.change(platform.price("starter", 500))
    reprice(4500, to=4200, on="2027-04-01")
    assert amounts_ahead(life) == [1900, 1900, 1900]
    life.call("DELETE", "/subscription/scheduled_change")
    assert amounts_ahead(life) == [4200, 4200, 4200]


def test_a_change_agreed_to_before_costs_its_first_period_what_was_agreed(platform: Platform) -> None:
    life = platform.life("2027-03-22 00:00", platform.price("growth", 2500))
    life.change(platform.price("growth", 1000))
    reprice(4500, to=4200, on="2027-04-01")
    assert amounts_ahead(life) == [3500, 4200, 4200]
    life.advance("2027-05-22 00:00")
    assert charged(life) == [7500, 3500, 4200]
    assert life.subscription["scheduled_change"] is None
    assert is_sound(life)


def test_an_agreed_change_whose_boundary_nobody_worked_on_is_not_made_twice(platform: Platform) -> None:
    life = platform.life("2027-03-22 00:00", platform.price("growth", 2500))
    life.change(platform.price("growth", 1000))
    reprice(4500, to=4200, on="2027-04-01")
    life.advance("2027-05-23 00:00", work=False)
    life.advance("2027-06-22 00:00")
    assert charged(life) == [7500, 4200, 4200]
    assert (life.subscription["scheduled_change"], amounts_ahead(life)) == (None, [4200, 4200, 4200])


def test_a_second_announcement_follows_the_first(platform: Platform) -> None:
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    reprice(4500, to=4200, on="2027-04-22")
    old = Price.objects.get(plan__code="growth", amount_minor=4200)
    with transaction.atomic():
        price_changes.lock_prices()
        further = price_changes.plan([old], to_minor=4500, effective_on=date(2027, 6, 1), effective_at=None)
        price_changes.announce(further, OPERATOR, datetime(2027, 1, 1, tzinfo=UTC))
    assert amounts_ahead(life) == [4200, 4200, 4500]
    life.advance("2027-06-22 00:00")
    assert (charged(life), amounts_ahead(life)) == ([3500, 4200, 4200, 4500], [4500, 4500, 4500])
    assert is_sound(life)


def test_announcing_waits_for_nobody_and_finishes_under_the_lock(platform: Platform, fresh_database: str) -> None:
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    old = Price.objects.get(plan__code="growth", credits=1000, interval="month")
    with psycopg.connect(fresh_database) as somebody:
        somebody.execute("select 1 from refill_period where account_id = %s for update", [life.account_id])
        with transaction.atomic():
            price_changes.lock_prices()
            change = price_changes.plan([old], to_minor=4200, effective_on=date(2027, 4, 1), effective_at=None)
            price_changes.announce(change, OPERATOR, datetime(2027, 1, 1, tzinfo=UTC))
        assert amounts_ahead(life) == [3500, 3500, 3500]
    price_changes.finish()
    assert amounts_ahead(life) == [4200, 4200, 4200]


def test_who_stores_periods_and_who_announces_wait_for_each_other(platform: Platform, fresh_database: str) -> None:
    def is_free() -> bool:
        with psycopg.connect(fresh_database, autocommit=True) as other:
            row = other.execute("select pg_try_advisory_xact_lock(%s)", [price_changes.periods.PRICES_LOCK]).fetchone()
            return row == (True,)

    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    assert is_free()
    with transaction.atomic():
        price_changes.periods.rewrite_ahead(life.account_id)
        assert not is_free()
    assert is_free()
    assert connection.in_atomic_block is False


def test_E11_a_downgrade_that_waits_stays_one_when_its_price_is_withdrawn_or_dearer(platform: Platform) -> None:
    lower = platform.price("growth", 1000)
    life = platform.life("2027-03-22 00:00", platform.price("growth", 2500))
    life.change(lower)
    reprice(9900)
    assert life.subscription["scheduled_change"]["price"] == lower
    life.advance("2027-04-22 00:00")
    assert (life.subscription["price"], life.available, charged(life)) == (lower, 1000, [7500, 3500])
    assert is_sound(life)
