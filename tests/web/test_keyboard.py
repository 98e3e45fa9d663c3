"""Plan & Billing by keyboard alone: upgrade, downgrade, buy, cancel, come back, and undo."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page

from refill.domain.records import QuoteRequest
from refill.models import Subscription
from refill.services.chores import clocks
from tests.web.accounts import make_team, order
from tests.web.walking import heading, open_menu, press, to

Open = Callable[..., Page]


@pytest.mark.parametrize(
    ("presses", "said"),
    [
        (("Upgrade", "Review upgrade", "Pay $"), "Paid, and done"),
        (("Buy credits", "Review purchase", "Pay $12.50 and add the credits"), "The credits are there"),
        (("Change or cancel plan", "Review cancellation", "Cancel the plan on"), "The plan is cancelled"),
        (("Change or cancel plan", "Review cancellation", "Cancel the plan on", "Undo"), "Plan & Billing"),
        (("Upgrade", "−", "−", "Review downgrade", "Schedule the change", "Undo"), "Plan & Billing"),
    ],
)
def test_a_flow_works_by_keyboard_alone(open_as: Open, presses: tuple[str, ...], said: str) -> None:
    page = open_as(make_team(days=1))
    page.goto("/settings/billing")
    for words in presses:
        press(page, words if words != "−" else "Fewer credits")
    assert heading(page) == said


def test_who_cancelled_comes_back_by_keyboard_alone(open_as: Open) -> None:
    team = make_team(days=1)
    order(team, QuoteRequest(kind="cancel"))
    clocks.advance(clock_id=team.clock_id, to=datetime(2027, 3, 22, 13, 0, tzinfo=UTC))
    page = open_as(team)
    page.goto("/settings/billing")
    for words in ("Choose a plan", "Review coming back", "Pay $"):
        press(page, words)
    assert heading(page) == "Paid, and done"
    assert Subscription.objects.filter(account_id=team.account_id).latest("pk").status == "active"


def test_the_slider_moves_by_keyboard_and_the_menu_opens_and_closes(open_as: Open) -> None:
    page = open_as(make_team(days=1))
    page.goto("/settings/billing/upgrade")
    open_menu(page)
    page.keyboard.press("Escape")
    assert page.locator("#profile-menu").get_attribute("open") is None
    to(page, "2,500 credits")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**credits=5000")


@pytest.mark.parametrize("width", [1280, 390])
def test_shift_and_tab_lead_the_same_way_back(open_as: Open, width: int) -> None:
    page = open_as(make_team(days=1), width=width)
    page.goto("/settings/billing")
    to(page, "Change or cancel plan")
    to(page, "Buy credits", key="Shift+Tab")
    to(page, "Upgrade", key="Shift+Tab")
