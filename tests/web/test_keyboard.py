"""Upgrade, buy and cancel by keyboard alone; each stop on the way can be seen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.web.accounts import make_team

MOST_STOPS = 60


@pytest.mark.parametrize(
    ("presses", "heading"),
    [
        (("Upgrade", "Review upgrade", "Pay $"), "Paid, and done"),
        (("Buy credits", "Review purchase", "Pay $12.50 and add the credits"), "The credits are there"),
        (("Change or cancel plan", "Review cancellation", "Cancel the plan on"), "The plan is cancelled"),
        (("Change or cancel plan", "Review cancellation", "Cancel the plan on", "Undo"), "Plan & Billing"),
        (("Upgrade", "−", "−", "Review downgrade", "Schedule the change", "Undo"), "Plan & Billing"),
    ],
)
def test_a_flow_works_by_keyboard_alone(open_as: Callable[..., Page], presses: tuple[str, ...], heading: str) -> None:
    page = open_as(make_team(days=1))
    page.goto("/settings/billing")
    for words in presses:
        _tab_to(page, words)
        with page.expect_navigation():
            page.keyboard.press("Enter")
    assert page.locator("h1").inner_text() == heading


def test_the_slider_moves_by_keyboard_and_the_menu_opens_and_closes(open_as: Callable[..., Page]) -> None:
    page = open_as(make_team(days=1))
    page.goto("/settings/billing/upgrade")
    _tab_to(page, "Profile menu", by="getAttribute('aria-label') || ''")
    page.keyboard.press("Enter")
    assert page.locator("#profile-menu").get_attribute("open") is not None
    page.keyboard.press("Escape")
    assert page.locator("#profile-menu").get_attribute("open") is None
    _tab_to(page, "2,500 credits", by="getAttribute('aria-valuetext') || ''")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**credits=5000")


def _tab_to(page: Page, words: str, by: str = "innerText || ''") -> None:
    """Press Tab until what says these words has the focus."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        text, outline = page.evaluate(
            f"[document.activeElement.{by}, getComputedStyle(document.activeElement).outlineStyle]"
        )
        in_main = page.evaluate("document.activeElement.closest('main, .who') !== null")
        # The page itself has the focus for a moment after it has loaded, and needs no ring.
        assert outline != "none" or page.evaluate("document.activeElement.matches('body, .choices *')")
        if in_main and text.startswith(words):
            return
    raise AssertionError(f"nothing says {words!r} within {MOST_STOPS} stops")
