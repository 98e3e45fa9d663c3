"""Cards entered on the provider's page, and a payment confirmed at the bank, in a browser (RULES §9.6; B14)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page
from pytest_django import Settings

from refill.models import Charge
from refill.queries import verification
from tests.cards.conftest import Town, stripe, town
from tests.web.accounts import Team, make_team
from tests.web.looking import faults

__all__ = ["stripe", "town"]
Open = Callable[..., Page]


@pytest.fixture
def shopper(database: str) -> Team:
    """An account that began with a sandbox card."""
    return make_team(days=1)


@pytest.fixture
def shop(shopper: Team, town: Town, settings: Settings, site_url: str) -> Town:
    """What leads back to us leads to this session's server."""
    settings.BASE_URL = site_url
    return town


def add_card(page: Page, kind: str) -> None:
    """From the page before the provider's, there and back."""
    page.click("text=Go to the card page")
    page.click(f"button[value={kind}]")


def waiting(team: Team) -> Charge:
    return Charge.objects.filter(account_id=team.account_id).latest("id")


@pytest.mark.parametrize("script", [True, False])
def test_a_card_is_added_on_the_providers_page_with_and_without_script(
    shopper: Team, shop: Town, open_as: Open, script: bool
) -> None:
    page = open_as(shopper, script=script)
    page.goto("/settings/cards")
    page.click("text=Add a card")
    assert page.locator("input[name*=card], input[name*=number]").count() == 0
    page.check("[name=default]")
    add_card(page, "authenticate")
    assert page.url.endswith("/settings/cards")
    assert page.locator("tbody tr").count() == 2
    assert "plan and packs" in page.locator("tr", has_text="Visa ending 3184").inner_text()
    page.go_back()
    page.goto("/settings/cards")
    assert page.locator("tbody tr").count() == 2


def test_B14_a_payment_that_the_bank_asks_about_is_finished_there(shopper: Team, shop: Town, open_as: Open) -> None:
    page = open_as(shopper)
    page.goto("/settings/cards/new")
    page.check("[name=default]")
    add_card(page, "authenticate")
    page.goto("/settings/billing/buy")
    page.click("main form button >> nth=0")
    page.click("main button.go")
    page.click("a.go >> text=with your bank")
    assert page.locator("h1").inner_text() == "Your bank wants to confirm this payment"
    page.click("text=Go to the bank")
    page.click("button[value=yes]")
    assert page.locator("h1").inner_text() == "Paid"
    assert Client().get(page.url.partition(page.url.split("/pay/")[0])[2]).status_code == 200
    page.click("text=Open the order")
    assert page.locator("h1").inner_text() == "The credits are there"
    assert verification.mismatches(shopper.account_id) == []


def test_B14_its_link_works_later_and_without_a_sign_in(shopper: Team, shop: Town, open_as: Open) -> None:
    page = open_as(shopper, script=False)
    page.goto("/settings/cards/new")
    page.check("[name=default]")
    add_card(page, "authenticate")
    page.goto("/settings/billing/buy")
    page.click("main form button >> nth=0")
    page.click("main button.go")
    link = waiting(shopper).action_url
    stranger = open_as(None, script=False)
    stranger.goto(link)
    stranger.click("text=Go to the bank")
    stranger.wait_for_url("**/3ds/**")
    stranger.goto(f"{link}?back=1")
    assert stranger.locator("h1").inner_text() == "Your bank wants to confirm this payment"
    stranger.click("text=Go to the bank")
    stranger.click("button[value=no]")
    assert stranger.locator("h1").inner_text() == "This payment was not made"
    assert stranger.locator("text=Go to the bank").count() == 0
    assert waiting(shopper).state == "declined"
    assert Client().post(f"/pay/{link.rpartition('/')[2]}").status_code == 200
    for wrong in ("chg_none.x", f"{link.rpartition('/')[2]}x", "x"):
        assert Client().get(f"/pay/{wrong}").status_code == 404


def test_a_provider_that_is_down_is_a_calm_word_and_changes_nothing(shopper: Team, shop: Town, open_as: Open) -> None:
    page = open_as(shopper)
    page.goto("/settings/cards/new")
    shop.fake.script.next("500_before", "POST /v1/customers")
    page.click("text=Go to the card page")
    assert "nothing was changed" in page.locator("main").inner_text()
    page.goto("/settings/cards/new")
    page.click("text=Go to the card page")
    shop.fake.script.next("500_before", "GET /v1/checkout")
    page.click("button[value=ok]")
    assert "by itself" in page.locator("main").inner_text()
    shop.deliver(shop.fake.events)
    page.goto("/settings/cards")
    assert page.locator("tbody tr").count() == 2


def test_nothing_is_wrong_with_these_pages_in_any_state(shopper: Team, shop: Town, open_as: Open) -> None:
    page = open_as(shopper)
    page.goto("/settings/cards/new")
    found = {"card": faults(page)}
    page.route(f"{shop.fake.url}/**", lambda route: route.fulfill(status=204))
    page.click("text=Go to the card page")
    page.wait_for_selector("text=Open it now")
    found["leaving"] = faults(page)
    page.unroute(f"{shop.fake.url}/**")
    page.goto("/settings/cards/new")
    page.check("[name=default]")
    add_card(page, "authenticate")
    page.goto("/settings/billing/buy")
    page.click("main form button >> nth=0")
    page.click("main button.go")
    charge = waiting(shopper)
    for state in ("needs_action", "unknown", "declined", "succeeded"):
        Charge.objects.filter(pk=charge.pk).update(state=state)
        page.goto(charge.action_url)
        found[state] = faults(page)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
