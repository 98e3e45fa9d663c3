"""Nothing for axe to find in light and dark, nothing wider than a small phone, on any page in any state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from playwright.sync_api import Page

from refill.domain.records import QuoteRequest
from refill.domain.roles import Role
from refill.models import Price, Subscription
from refill.services.chores import clocks
from refill.services.mail.letters import letter_of
from refill.services.selling import catalogue, standard
from refill.services.team import asking
from tests.letters import asked_for, link_in
from tests.web import accounts
from tests.web.accounts import OPERATOR, Team, make_team, pay_with, run_dry
from tests.web.looking import faults, faults_on, too_wide

BILLING, UPGRADE = "/settings/billing", "/settings/billing/upgrade"
# The Owner's pages as they first stand are looked at by test_every_page.
OWNER = [f"{BILLING}{page}" for page in ("", "/upgrade", "/buy", "/manage", "/resets")] + [
    *(f"/settings/{page}" for page in ("cards", "cards/new", "invoices", "roles", "requests", "profile", "security")),
    *("/statement", "/help", "/start", "/components"),
]
STATES = [
    *(f"{UPGRADE}?interval=year", f"{BILLING}/buy?short=380", "/nowhere"),
    *("/statement?family=used&from=2027-03-01", "/statement?from=2020-01-01&to=2020-01-02"),
]
MEMBER = [BILLING, UPGRADE, "/statement", "/ask", "/settings/roles"]
STRANGER = ["/user/login/", "/user/signup/", "/user/password/reset/", "/user/password/reset/done/", "/help"]
RESET = datetime(2027, 3, 22, 13, 0, tzinfo=UTC)
Open = Callable[..., Page]


@pytest.mark.parametrize(("role", "addresses"), [(Role.OWNER, STATES), (Role.MEMBER, MEMBER), (Role.OBSERVER, MEMBER)])
def test_nothing_is_wrong_with_any_page(open_as: Open, team: Team, role: Role, addresses: list[str]) -> None:
    assert faults_on(open_as(team, role), addresses) == {}


def test_nothing_is_wrong_before_signing_in(open_as: Open) -> None:
    page = open_as(None)
    assert faults_on(page, STRANGER) == {}
    page.goto("/user/login/")
    page.fill("[name=login]", "nobody@web.example")
    page.fill("[name=password]", "not this one at all")
    page.click("main button.ink")
    assert faults(page) == []


def test_nothing_is_wrong_at_zero_when_low_and_in_the_open_menu(open_as: Open, dry_team: Team) -> None:
    page = open_as(dry_team)
    assert faults_on(page, [BILLING, UPGRADE]) == {}
    page.click("#profile-menu summary")
    assert faults(page) == []
    low = open_as(make_team(days=9, a_day=100), Role.MANAGER)
    assert faults_on(low, [BILLING]) == {}


def test_nothing_is_wrong_in_any_state_of_a_payment(open_as: Open) -> None:
    team = make_team(days=1)
    paid = [accounts.buy(team, 250, card) for card in ("visa_ok", "declined", "unknown_then_ok", "needs_action")]
    quoted = accounts.quote(team, QuoteRequest(kind="cancel"))
    page = open_as(team)
    results = [f"{BILLING}/orders/{order}" for order in paid]
    assert faults_on(page, [*results, f"{BILLING}/quotes/{quoted}", BILLING, "/settings/cards"]) == {}
    headings = []
    for address in results:
        page.goto(address)
        headings.append(page.locator("h1").inner_text())
    assert headings == [
        "The credits are there",
        "The payment was declined",
        "We are checking with the bank",
        "Your bank wants to confirm this payment",
    ]
    page.goto(results[0])
    page.click("text='Open the invoice'")
    assert faults(page) == []
    page.goto("/statement")
    page.click("tbody a >> nth=0")
    assert faults(page) == []


def test_nothing_is_wrong_with_a_payment_that_came_too_late_and_was_given_back(open_as: Open) -> None:
    team = make_team(days=1)
    pay_with(team, "processing_then_ok")
    price = accounts.price_id("growth", 2_500)
    order = accounts.order(team, QuoteRequest(kind="change_plan", price_id=price))
    clocks.advance(clock_id=team.clock_id, to=RESET, work=False)
    clocks.advance(clock_id=team.clock_id, to=RESET + timedelta(seconds=1))
    page = open_as(team)
    assert faults_on(page, [f"{BILLING}/orders/{order}"]) == {}
    assert page.locator("h1").inner_text() == "Refunded in full"


def test_nothing_is_wrong_on_the_way_to_a_login_and_to_a_new_password(open_as: Open) -> None:
    page = open_as(None)
    page.goto("/user/signup/")
    for name, value in (("name", "Ivo Brandt"), ("email", "ivo@looking.example"), ("password1", accounts.PASSWORD)):
        page.fill(f"[name={name}]", value)
    page.click("text='Make my login'")
    assert faults(page) == []
    page.goto(link_in(asked_for("ivo@looking.example")))
    assert faults(page) == []
    page.click("text='Yes, confirm it'")
    page.goto("/user/password/reset/")
    page.fill("[name=email]", "ivo@looking.example")
    with page.expect_navigation():
        page.click("main form .button")
    page.goto(link_in(asked_for("ivo@looking.example")))
    assert faults(page) == []
    page.fill("[name=password1]", f"{accounts.PASSWORD}, another one")
    page.click("main form .button")
    assert faults(page) == []
    assert faults_on(page, ["/user/password/reset/key/1-set-password/"]) == {}


def test_a_mail_is_no_wider_than_a_phone_however_long_its_link(open_as: Open) -> None:
    page = open_as(None)
    page.goto("/user/signup/")
    for name, value in (("name", "Ida Berg"), ("email", "ida@looking.example"), ("password1", accounts.PASSWORD)):
        page.fill(f"[name={name}]", value)
    page.click("text='Make my login'")
    long = "/user/confirm-email/" + "x" * 200
    page.goto("about:blank")
    page.set_content(letter_of(asked_for("ida@looking.example")).html.replace("/user/confirm-email/", long))
    assert page.locator("text=x" + "x" * 100).count() >= 1
    assert too_wide(page) == 0


def test_nothing_is_wrong_with_an_offer_that_is_too_old_or_has_no_card(open_as: Open) -> None:
    team = make_team(days=1)
    price = Price.objects.get(pk=accounts.price_id("growth", 2_500)).pk
    quoted = accounts.quote(team, QuoteRequest(kind="change_plan", price_id=price))
    page = open_as(team)
    assert faults_on(page, [f"{BILLING}/quotes/{quoted}"]) == {}
    clocks.advance(clock_id=team.clock_id, to=datetime(2027, 2, 23, 15, 0, tzinfo=UTC))
    page.reload()
    assert "This offer is too old." in page.locator(".banner.low").inner_text()
    assert faults(page) == []


def test_nothing_is_wrong_when_a_renewal_is_not_paid_and_after_it_is_suspended(open_as: Open) -> None:
    team = make_team(days=1)
    pay_with(team, "declined")
    page = open_as(team)
    for at, words in ((RESET, "Payment failed"), (RESET + timedelta(days=15), "Suspended")):
        clocks.advance(clock_id=team.clock_id, to=at)
        page.goto(BILLING)
        assert page.locator("main .pill.bad").inner_text() == words
        assert faults(page) == []
    said = page.locator("main").inner_text()
    assert "Sending has stopped: the renewal was not paid." in said
    assert "refills" not in said.partition("Questions")[0]


def test_a_trial_says_that_it_ends_and_charges_nothing(open_as: Open) -> None:
    team = make_team(days=0)
    Subscription.objects.filter(account_id=team.account_id).update(status="trialing")
    page = open_as(team)
    page.goto(BILLING)
    said = page.locator("main").inner_text().partition("Questions")[0]
    assert "The trial ends on 22 March 2027. Nothing is charged unless you choose a plan." in said
    assert "end 22 March" in said
    assert "refills" not in said
    assert faults(page) == []


def test_nothing_is_wrong_when_a_plan_is_scheduled_to_end_and_has_ended(open_as: Open) -> None:
    team = make_team(days=1)
    page = open_as(team)
    lower = QuoteRequest(kind="change_plan", price_id=accounts.price_id("growth", 500))
    for request, at in ((lower, None), (QuoteRequest(kind="cancel"), None), (None, RESET)):
        if request:
            order = accounts.order(team, request)
            assert faults_on(page, [f"{BILLING}/orders/{order}", BILLING, f"{BILLING}/manage"]) == {}
        if at:
            clocks.advance(clock_id=team.clock_id, to=at)
            assert faults_on(page, [BILLING, UPGRADE, f"{BILLING}/resets", f"{BILLING}/manage"]) == {}
            assert page.locator("main form button").inner_text() == "Come back to Growth 1,000"


def test_nothing_is_wrong_with_requests_and_their_answer(open_as: Open) -> None:
    team = make_team(days=1)
    for kind, role in (("credits", None), ("role", Role.ADMIN)):
        asking.ask(account_id=team.account_id, member_id=team.members[Role.MEMBER], kind=kind, role=role, note="Friday")
    assert faults_on(open_as(team), [BILLING, "/settings/requests"]) == {}
    assert faults_on(open_as(team, Role.MEMBER), ["/ask"]) == {}


def test_nothing_is_wrong_with_the_demo(open_as: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DEMO", True)
    page = open_as(make_team(days=1))
    page.goto("/settings/roles")
    page.click(".demo summary")
    assert faults(page) == []
    page.click("text='Send until dry'")
    assert faults(page) == []


def test_names_of_200_characters_and_amounts_of_twelve_digits_do_not_break_a_page(open_as: Open) -> None:
    standard.ensure()
    word = "Donaudampfschifffahrtsgesellschaftskapitän"
    plan = catalogue.add_plan(actor=OPERATOR, name=(word * 5)[:200], rank=1, livemode=None)
    prices = [
        catalogue.add_price(
            actor=OPERATOR, plan_id=plan, interval=interval, credits=credits, amount_minor=amount, currency="eur",
            livemode=None,
        )
        for interval, credits, amount in (
            ("month", 100_000_000, 100_000_000_000), ("month", 120_000_000, 120_000_000_000),
            ("year", 600_000_000, 999_999_999_999),
        )
    ]  # fmt: skip
    catalogue.add_pack(actor=OPERATOR, credits=123_456_789, amount_minor=123_456_789_000, currency="eur", livemode=None)
    long = make_team(
        days=0, name=(word * 5)[:200], owner_name=(word * 5)[:200], price=prices[0], currency="eur"
    )  # fmt: skip
    quoted = accounts.quote(long, QuoteRequest(kind="change_plan", price_id=prices[1]))
    page = open_as(long)
    page.goto(BILLING)
    page.click("#profile-menu summary")
    assert faults(page) == []
    assert "€1,000,000,000.00 a month" in page.locator("main").inner_text()
    run_dry(long)
    wide = {}
    for address in [*OWNER, *STATES, f"{BILLING}/quotes/{quoted}", "/ask"]:
        page.goto(address)
        wide[address] = [too_wide(page, width) for width in (320, 768, 1280)]
    assert {address: over for address, over in wide.items() if max(over) > 0} == {}
