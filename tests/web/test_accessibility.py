"""Nothing for axe to find, nothing wider than the window, and all of it by keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from refill.domain.roles import Role
from tests.web.accounts import Team, make_team

OWNER = [
    *(f"/settings/billing{page}" for page in ("", "/upgrade", "/buy", "/manage", "/resets")),
    *(f"/settings/{page}" for page in ("cards", "cards/new", "invoices", "roles", "requests", "profile", "security")),
    *("/statement", "/help", "/start", "/components", "/nowhere"),
    *("/user/email/", "/user/password/change/", "/user/sessions/"),
]
MEMBER = ["/settings/billing", "/settings/billing/upgrade", "/statement", "/ask", "/settings/roles"]
STRANGER = ["/user/login/", "/user/signup/", "/user/password/reset/", "/help"]
Open = Callable[..., Page]


def faults(page: Page) -> list[str]:
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{fault['id']}: {fault['nodes'][0]['html'][:160]}" for fault in found]


def found_on(page: Page, addresses: list[str]) -> dict[str, list[str]]:
    """What axe finds, and whether the page scrolls sideways, for each page that has any."""
    found: dict[str, list[str]] = {}
    for address in addresses:
        page.goto(address)
        wrong = faults(page)
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wrong or over > 0:
            found[address] = [*wrong, *([f"{over} px too wide"] if over > 0 else [])]
    return found


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("role", [Role.OWNER, Role.MEMBER])
def test_axe_finds_nothing_on_any_page(open_as: Open, team: Team, role: Role, dark: bool) -> None:
    assert found_on(open_as(team, role, dark=dark), OWNER if role is Role.OWNER else MEMBER) == {}


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_before_signing_in(open_as: Open, dark: bool) -> None:
    assert found_on(open_as(None, dark=dark), STRANGER) == {}


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_at_zero_and_in_the_open_menu(open_as: Open, dry_team: Team, dark: bool) -> None:
    page = open_as(dry_team, dark=dark)
    assert found_on(page, ["/settings/billing", "/settings/billing/upgrade"]) == {}
    page.click("#profile-menu summary")
    assert faults(page) == []


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_while_paying(open_as: Open, dark: bool) -> None:
    page = open_as(make_team(days=1), dark=dark)
    page.goto("/settings/billing/buy")
    page.click("text='Review purchase'")
    assert faults(page) == []
    page.click("main form .button.go")
    assert faults(page) == []
    page.click("text='Open the invoice'")
    assert faults(page) == []
    page.goto("/statement")
    page.click("tbody a >> nth=0")
    assert faults(page) == []


def test_nothing_scrolls_sideways_at_320_pixels(open_as: Open, team: Team) -> None:
    page = open_as(team, width=320)
    over = {}
    for address in OWNER:
        page.goto(address)
        over[address] = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert over == dict.fromkeys(OWNER, 0)


def test_a_name_of_200_characters_does_not_break_a_page(open_as: Open) -> None:
    long = make_team(days=1, name="Donaudampfschifffahrtsgesellschaft" * 5 + "x" * 30)
    page = open_as(long, width=320)
    for address in ("/settings/billing", "/settings/profile", "/settings/billing/upgrade"):
        page.goto(address)
        page.click("#profile-menu summary")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0


def test_an_upgrade_works_by_keyboard_alone(open_as: Open) -> None:
    page = open_as(make_team(days=1))
    page.goto("/settings/billing")
    for words in ("Upgrade", "Review upgrade", "Pay "):
        _tab_to(page, words)
        with page.expect_navigation():
            page.keyboard.press("Enter")
    assert page.locator("h1").inner_text() == "Paid, and done"


def _tab_to(page: Page, words: str) -> None:
    """Press Tab until the green button has the focus; each stop on the way can be seen."""
    for _ in range(60):
        page.keyboard.press("Tab")
        text, outline = page.evaluate(
            "[document.activeElement.innerText, getComputedStyle(document.activeElement).outlineStyle]"
        )
        green = page.evaluate("document.activeElement.classList.contains('go')")
        assert outline != "none"
        if green and text.startswith(words):
            return
    raise AssertionError(f"no button {words!r} within 60 stops")
