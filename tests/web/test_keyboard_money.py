"""The pages of money by keyboard alone, each stop seen; nothing for axe to find on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from playwright.sync_api import Page

from refill.models import BillingDetails, PaymentMethod, Recharge
from refill.services.chores import clocks
from tests.web.accounts import Team, make_team, pay_with
from tests.web.looking import faults
from tests.web.walking import press, to

Open = Callable[..., Page]
RESET = datetime(2027, 3, 22, 13, 0, tzinfo=UTC)


def overdue() -> Team:
    """A team whose renewal was declined, and which has a card that pays by now."""
    team = make_team(days=1)
    pay_with(team, "declined")
    clocks.advance(clock_id=team.clock_id, to=RESET)
    pay_with(team, "visa_ok")
    return team


def test_a_card_is_added_and_the_other_one_removed(open_as: Open) -> None:
    team = make_team(days=0)
    page = open_as(team)
    page.goto("/settings/cards")
    press(page, "Add a card")
    assert faults(page) == []
    to(page, field="card")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    chosen = page.locator("[name=card]:checked").input_value()
    to(page, field="default")
    page.keyboard.press("Space")
    press(page, "Keep this card")
    assert "The card is kept." in page.locator(".banner.done").inner_text()
    assert faults(page) == []
    kept = PaymentMethod.objects.filter(account_id=team.account_id, removed_at=None).order_by("pk")
    assert list(kept.values_list("reference", "is_default")) == [("visa_ok", False), (chosen, True)]
    press(page, "Remove Visa ending 4242")
    assert list(kept.values_list("reference", flat=True)) == [chosen]


def test_auto_recharge_is_set_agreed_to_and_turned_off(open_as: Open) -> None:
    team = make_team(days=0)
    page = open_as(team)
    page.goto("/settings/billing")
    press(page, "Set it up")
    to(page, field="threshold")
    page.keyboard.press("Control+a")
    page.keyboard.type("600")
    press(page, "Review")
    assert "When credits fall below 600" in page.locator(".agreed").inner_text()
    press(page, "Agree and turn on")
    rule = Recharge.objects.get(account_id=team.account_id)
    assert (rule.enabled, rule.threshold) == (True, 600)
    page.goto("/settings/auto-recharge")
    press(page, "Turn off")
    rule.refresh_from_db()
    assert rule.enabled is False


def test_what_is_overdue_is_paid_now(open_as: Open) -> None:
    team = overdue()
    page = open_as(team)
    page.goto("/settings/billing")
    press(page, "Pay $35.00")
    assert faults(page) == []
    press(page, "Review and pay $35.00")
    assert faults(page) == []
    press(page, "Pay $35.00 now")
    assert faults(page) == []
    page.goto("/settings/billing")
    assert page.locator("main .pill.bad").count() == 0


def test_an_invoice_and_its_pdf_are_opened(open_as: Open) -> None:
    page = open_as(make_team(days=0))
    page.goto("/settings/invoices")
    press(page, "TEST-")
    press(page, "All invoices")
    press(page, "TEST-")
    address = page.url
    to(page, "PDF")
    with page.expect_response(f"{address}/pdf") as answer:
        page.keyboard.press("Enter")
    assert (answer.value.status, answer.value.headers["content-type"]) == (200, "application/pdf")


def test_billing_details_are_corrected_where_they_are_wrong_and_saved(open_as: Open) -> None:
    team = make_team(days=0)
    page = open_as(team)
    page.goto("/settings/invoices")
    press(page, "Billing details")
    to(page, "Name on invoices")
    page.keyboard.type("Northwind Dental GmbH")
    to(page, "Country")
    page.keyboard.type("Germany")
    to(page, "Tax id")
    page.keyboard.type("none at all")
    press(page, "Save billing details")
    page.wait_for_selector("#faults:focus")
    assert faults(page) == []
    to(page, field="tax_id")
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    press(page, "Save billing details")
    kept = BillingDetails.objects.get(account_id=team.account_id)
    assert (kept.name, kept.country, kept.tax_id) == ("Northwind Dental GmbH", "DE", "")
