"""Paying what is overdue without script."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from refill.models import Order
from tests.web.test_keyboard_money import overdue

Open = Callable[..., Page]


def test_what_is_overdue_is_paid_for_the_rest_or_as_a_new_period(open_as: Open) -> None:
    for button in ("Review and pay $35.00", "Review a new period"):
        team = overdue()
        page = open_as(team, script=False, width=320)
        page.goto("/settings/billing")
        page.click("text='Pay $35.00'")
        page.click(f"text='{button}'")
        with page.expect_navigation():
            page.click("main form button:has-text('Pay $')")
        page.goto("/settings/billing")
        assert page.locator("main .pill.bad").count() == 0
        paid = Order.objects.filter(account_id=team.account_id, status="succeeded", kind="pay_overdue")
        assert paid.count() == 1
