"""Signing up, verifying the mail address, starting an account; profile and switching."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page

from refill.domain import ids
from refill.domain.roles import Role
from refill.models import Mail, Membership, User
from refill.services.team import people
from refill.worker.chores import answer_door
from tests.web.accounts import OPERATOR, PASSWORD, Team, make_team

Open = Callable[..., Page]


@pytest.mark.parametrize("script", [True, False])
def test_a_stranger_signs_up_confirms_the_mail_and_starts_an_account(open_as: Open, script: bool) -> None:
    page, email = open_as(None, script=script), f"grace{script:d}@signup.example"
    page.goto("/user/signup/")
    page.fill("[name=name]", "Grace Njeri")
    page.fill("[name=email]", email)
    page.fill("[name=password1]", PASSWORD)
    page.click("text='Make my login'")
    assert page.locator("h1").inner_text() == "Look into your mail"
    answer_door()
    letter = Mail.objects.get(to=email).facts
    assert letter["subject"] == "Confirm your mail address"
    found = re.search(r"https?://[^/]+(/user/\S+)", letter["text"])
    assert found is not None
    page.goto(found.group(1))
    page.click("text='Yes, confirm it'")
    page.goto("/user/login/")
    if page.locator("[name=login]").count():
        page.fill("[name=login]", email)
        page.fill("[name=password]", PASSWORD)
        page.click("main button.ink")
    assert page.locator("h1").inner_text() == "Welcome, Grace Njeri"
    page.fill("[name=team]", "Njeri Physio")
    page.click("text='Start the account'")
    assert page.locator("h1").inner_text() == "Upgrade"
    user = User.objects.get(email=email)
    assert Membership.objects.get(user=user).role == "owner"
    page.click(".plans > section:has(h2:has-text('Starter')) >> button:has-text('Review upgrade')")
    page.click("text=/Add a card and pay/")
    page.click("text='Keep this card'")
    page.click("main form .button.go")
    assert page.locator("h1").inner_text() == "Paid, and done"


def test_a_wrong_password_says_so_beside_a_summary_that_has_the_focus(open_as: Open, team: Team) -> None:
    page = open_as(None)
    page.goto("/user/login/")
    page.fill("[name=login]", team.emails[Role.OWNER])
    page.fill("[name=password]", "not this one at all")
    page.click("main button.ink")
    page.wait_for_selector("#faults:focus")
    assert page.title().startswith("Error: ")


def test_a_name_is_changed_on_the_profile_page(open_as: Open) -> None:
    team = make_team(days=1)
    page = open_as(team, Role.MEMBER)
    page.goto("/settings/profile")
    page.fill("[name=name]", "  Dan  O'Mensah ")
    page.click("text='Save'")
    assert User.objects.get(email=team.emails[Role.MEMBER]).name == "Dan O'Mensah"
    assert page.locator("#profile-menu summary b").inner_text() == "Dan O'Mensah"


def test_who_belongs_to_two_accounts_switches_between_them(open_as: Open, team: Team) -> None:
    other = make_team(days=1, name="Second Practice")
    email = other.emails[Role.OWNER]
    people.add_member(account_id=team.account_id, actor=OPERATOR, email=email, name="Ann Okafor", role=Role.OBSERVER)
    page = open_as(other, Role.OWNER)
    page.goto("/settings/billing")
    page.click("#profile-menu summary")
    page.click("#profile-menu button:has-text('Northwind Dental')")
    assert "an Observer of Northwind Dental" in page.locator("main .head").inner_text()


def test_another_account_cannot_be_switched_to(client_of: Callable[..., Client], team: Team, dry_team: Team) -> None:
    client = client_of(team, Role.OWNER)
    assert client.post("/switch", {"account": ids.encode("acc", dry_team.account_id)}).status_code == 404
    assert client.post("/switch", {"account": ids.encode("acc", team.account_id)}).status_code == 302
    assert "Northwind Dental" in client.get("/settings/billing").content.decode()
