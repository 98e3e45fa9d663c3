"""Invoices, credit notes, billing details and the operator's refunds, in a browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client
from playwright.sync_api import Page

from refill.domain import ids
from refill.domain.billing_details import BillTo
from refill.domain.roles import Role
from refill.models import CreditNote, Invoice, Order
from refill.services.invoicing import billing_details, taxes
from refill.services.money import refunds
from refill.services.selling import catalogue
from tests.web.accounts import OPERATOR, Team, buy, make_operator, make_team
from tests.web.looking import faults_on


def taxed_team(currency: str = "usd", **facts: object) -> Team:
    """A business in Åland, whose tax is 25.5 % on top, with a pack that was bought and given back."""
    alv = taxes.Wanted(
        country="AX", name="ALV", rate_basis_points=2_550, inclusive=False, reverse_charge=False,
        starts_at=datetime(2026, 1, 1, tzinfo=UTC), livemode=None,
    )  # fmt: skip
    taxes.put_rate(actor=OPERATOR, wanted=alv)
    team = make_team(days=1, currency=currency, **facts)  # type: ignore[arg-type]
    details = BillTo(name="Praxis Nord", line1="Hafenstr. 3", postal_code="22100", city="Mariehamn", country="AX")
    billing_details.save(account_id=team.account_id, actor=OPERATOR, details=details)
    return team


def bought(team: Team, credits: int = 1_000) -> Order:
    buy(team, credits)
    return Order.objects.filter(account_id=team.account_id, kind="buy_credits").latest("id")


def given_back(team: Team) -> tuple[str, str]:
    """The addresses of the pack's invoice and of its credit note."""
    order = bought(team)
    refunds.make(account_id=team.account_id, order_id=order.pk, reason="customer", actor=OPERATOR)
    invoice = Invoice.objects.get(order=order)
    note = CreditNote.objects.get(invoice=invoice)
    return (
        f"/settings/invoices/{ids.encode('inv', invoice.pk)}", f"/settings/invoices/credit/{ids.encode('cn', note.pk)}"
    )  # fmt: skip


def test_invoice_and_credit_note_say_parties_lines_taxes_and_each_other(open_as: Callable[..., Page]) -> None:
    team = taxed_team()
    invoice, note = given_back(team)
    page = open_as(team, script=False)
    page.goto("/settings/invoices")
    assert "$50.20 given back by credit note" in page.locator("main").inner_text()
    page.goto(invoice)
    said = page.locator("main").inner_text()
    for words in ("Praxis Nord", "Hafenstr. 3", "22100 Mariehamn", "Åland", "ALV 25.5 %", "$10.20", "$50.20"):
        assert words in said
    page.click("text=/TEST-C-/")
    page.wait_for_url(f"**{note}")
    said = page.locator("main").inner_text()
    assert "refund at the customer's wish" in said
    assert "Total credited\t$50.20" in said


@pytest.mark.parametrize("address", ["invoice", "note"])
def test_the_pdf_is_one_press_away(client_of: Callable[..., Client], address: str) -> None:
    team = taxed_team()
    invoice, note = given_back(team)
    client = client_of(team, Role.ADMIN)
    answer = client.get(f"{invoice if address == 'invoice' else note}/pdf")
    assert (answer.status_code, answer["Content-Type"], answer.content[:5]) == (200, "application/pdf", b"%PDF-")
    assert answer["Content-Disposition"].startswith('inline; filename="')
    assert client_of(team, Role.MANAGER).get(f"{invoice}/pdf").status_code == 403


def test_billing_details_are_saved_or_say_what_is_wrong(open_as: Callable[..., Page]) -> None:
    team = make_team(days=1)
    page = open_as(team, script=False)
    page.goto("/settings/invoices")
    page.click("text=Billing details")
    page.select_option("select[name=country]", "DE")
    page.fill("input[name=tax_id]", "DE 136 695 977")
    page.fill("textarea[name=emails]", "books@nord.example\nana@nord.example")
    page.click("text=Save billing details")
    assert "Tax id: This is not a tax id of Germany" in page.locator("#faults").inner_text()
    assert page.input_value("textarea[name=emails]") == "books@nord.example\nana@nord.example"
    page.fill("input[name=tax_id]", "DE 136 695 976")
    page.click("text=Save billing details")
    assert page.input_value("input[name=tax_id]") == "DE136695976"
    kept = billing_details.of(team.account_id)
    assert (kept.country, kept.emails) == ("DE", ("books@nord.example", "ana@nord.example"))


def test_a_quote_whose_tax_has_changed_meanwhile_is_shown_anew(open_as: Callable[..., Page]) -> None:
    team = taxed_team()
    page = open_as(team, script=False)
    page.goto("/settings/billing/buy")
    page.click("text=Review purchase")
    assert "ALV 25.5 %" in page.locator("main").inner_text()
    billing_details.save(account_id=team.account_id, actor=OPERATOR, details=BillTo(country="US"))
    page.locator("form .button.go").click()
    assert "Nothing was charged: the tax changed since." in page.locator("main").inner_text()
    assert "ALV" not in page.locator("table").first.inner_text()


def test_an_operator_previews_a_refund_and_does_exactly_that(open_as: Callable[..., Page]) -> None:
    team = taxed_team()
    order = bought(team)
    page = open_as(make_operator(), script=False)
    address = f"/office/accounts/{ids.encode('acc', team.account_id)}/orders/{ids.encode('ord', order.pk)}/refund"
    page.goto(address)
    page.check("input[value=operator]")
    page.fill("input[name=amount]", "60")
    page.click("text=See what it does")
    assert "At most 5,020 minor units" in page.locator("#faults").inner_text()
    page.fill("input[name=amount]", "12.55")
    page.check("input[name=keep_credits]")
    page.click("text=See what it does")
    said = page.locator("main").inner_text()
    assert "Tax within it\n$2.55" in said
    page.click("text=Give back $12.55")
    assert "$12.55 go back." in page.locator("main").inner_text()
    page.goto(address)
    assert "$12.55" in page.locator("main").inner_text()
    # Somebody else gives back the rest between look and deed.
    page.check("input[value=customer]")
    page.click("text=See what it does")
    refunds.make(account_id=team.account_id, order_id=order.pk, reason="operator", amount_minor=100, actor=OPERATOR)
    page.click("text=/^Give back \\$/")
    assert "Nothing was done: something changed since." in page.locator("main").inner_text()
    assert [note.total_minor for note in CreditNote.objects.filter(account_id=team.account_id).order_by("id")] == [
        1_255, 100,
    ]  # fmt: skip


def test_axe_and_320_pixels_of_the_new_pages(open_as: Callable[..., Page]) -> None:
    team = taxed_team()
    invoice, note = given_back(team)
    assert faults_on(open_as(team), [invoice, note, "/settings/invoices", "/settings/billing/details"]) == {}
    order = bought(team, 250)
    address = f"/office/accounts/{ids.encode('acc', team.account_id)}/orders/{ids.encode('ord', order.pk)}/refund"
    office = open_as(make_operator())
    assert faults_on(office, [address, f"{address}?reason=customer", f"{address}?reason=operator&amount=x"]) == {}


@pytest.mark.parametrize(("currency", "pack_minor", "said"), [("jpy", 5_980, "¥5,980"), ("kwd", 12_345, "KWD 12.345")])
def test_yen_and_dinars_through_the_pages(
    open_as: Callable[..., Page], currency: str, pack_minor: int, said: str
) -> None:
    team = in_currency(currency, pack_minor)
    page = open_as(team, script=False)
    page.goto("/settings/billing/buy")
    assert said in page.locator("main").inner_text().replace("\u00a0", " ")
    page.click("text=Review purchase")
    assert said in page.locator("main").inner_text().replace("\u00a0", " ")
    page.locator("form .button.go").click()
    page.click("text=Open the invoice")
    assert f"Total\t{said}" in page.locator("main").inner_text().replace("\u00a0", " ")
    page.goto("/settings/billing/upgrade")
    page.click("text=Review upgrade")
    page.locator("form .button.go").click()
    assert page.locator("h1").inner_text() == "Paid, and done"
    for order in Order.objects.filter(account_id=team.account_id, status="succeeded"):
        assert order.currency == currency


def in_currency(currency: str, pack_minor: int) -> Team:
    """A team that pays in another currency, for which two steps of a plan and a pack are sold."""
    plan_id = catalogue.add_plan(
        actor=OPERATOR,
        name="Growth",
        rank=2,
        features=["broadcasts"],
        limits={"seats": 3, "numbers": 2},
        livemode=False,
    )
    prices = [
        catalogue.add_price(
            actor=OPERATOR, plan_id=plan_id, interval="month", credits=credits, amount_minor=amount_minor,
            currency=currency, livemode=False,
        )
        for credits, amount_minor in ((1_000, 5_251), (2_500, 11_253))
    ]  # fmt: skip
    catalogue.add_pack(actor=OPERATOR, credits=1_000, amount_minor=pack_minor, currency=currency, livemode=False)
    return make_team(days=1, currency=currency, price=prices[0])
