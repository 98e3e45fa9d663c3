"""The resets in one's own calendar: an address that is shown once, renewed and stopped by who may."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client
from playwright.sync_api import Page

from refill.domain.roles import Role
from refill.models import AuditRow, CalendarAddress
from tests.web.accounts import make_team
from tests.web.looking import faults

RESETS = "/settings/billing/resets"


def _answer(address: str) -> int:
    return Client().get("/v1/" + address.partition("/v1/")[2]).status_code


def test_an_admin_makes_renews_and_stops_the_address(open_as: Callable[..., Page]) -> None:
    team = make_team(days=1)
    page = open_as(team, Role.ADMIN)
    page.goto(RESETS)
    page.click("text='Make the address'")
    first = page.locator("code.secret").inner_text()
    assert faults(page) == []
    assert _answer(first) == 200
    page.reload()
    assert page.locator("code.secret").count() == 0
    page.click("text='Renew the address'")
    second = page.locator("code.secret").inner_text()
    assert (_answer(first), _answer(second)) == (404, 200)
    page.click("text='Stop it'")
    assert "The address is dead" in page.locator(".banner.done").inner_text()
    assert _answer(second) == 404
    assert page.locator("text='Make the address'").count() == 1
    rows = AuditRow.objects.filter(account_id=team.account_id, action__startswith="calendar.").order_by("id")
    assert [row.action for row in rows] == ["calendar.made", "calendar.made", "calendar.revoked"]


def test_the_address_is_copied_at_one_press(open_as: Callable[..., Page]) -> None:
    page = open_as(make_team(days=1))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(RESETS)
    page.click("text='Make the address'")
    page.click("text='Copy'")
    page.wait_for_selector("text='Copied.'")
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("code.secret").inner_text()


def test_two_presses_make_one_address(client_of: Callable[..., Client]) -> None:
    team = make_team(days=1)
    client = client_of(team, Role.OWNER)
    assert [client.post(f"{RESETS}/address", {"once": "a", "deed": "make"}).status_code for _ in range(2)] == [302, 302]
    assert AuditRow.objects.filter(account_id=team.account_id, action="calendar.made").count() == 1


def test_others_see_the_dates_and_whom_to_ask(client_of: Callable[..., Client]) -> None:
    team = make_team(days=1)
    for role in (Role.MANAGER, Role.MEMBER, Role.OBSERVER):
        client = client_of(team, role)
        text = client.get(RESETS).content.decode()
        assert "Make the address" not in text
        assert 'href="/ask?for=change"' in text
        assert client.post(f"{RESETS}/address", {"once": role.value, "deed": "make"}).status_code == 403
    assert not CalendarAddress.objects.filter(account_id=team.account_id).exists()
