"""The page that closes an account: what happens first, then the name, then the deed."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from refill.domain.roles import Role
from refill.models import Account
from tests.web.accounts import make_team
from tests.web.looking import faults

Open = Callable[..., Page]


def test_the_owner_closes_the_account_after_typing_its_name(open_as: Open) -> None:
    team = make_team(days=1, pack=0, name="Ibis Clinic")
    page = open_as(team)
    page.goto("/settings/profile")
    page.click("text='See what happens'")
    assert "970 plan credits end now." in page.locator("main").inner_text()
    assert faults(page) == []
    page.fill("[name=name]", "Ibis")
    page.click("button.ends")
    assert Account.objects.get(pk=team.account_id).status == "active"
    assert faults(page) == []
    page.fill("[name=name]", "Ibis Clinic")
    page.click("button.ends")
    assert page.locator(".banner.done").inner_text() == "Ibis Clinic is closed. You can come back from this page."
    assert Account.objects.get(pk=team.account_id).status == "canceled"


def test_an_admin_reads_who_can_close_it(open_as: Open) -> None:
    page = open_as(make_team(days=0, a_day=0), Role.ADMIN)
    page.goto("/settings/profile")
    assert page.locator("text='See what happens'").count() == 0
    page.goto("/settings/close")
    assert "one has to be Owner" in page.locator("main").inner_text()
