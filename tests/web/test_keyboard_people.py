"""People by keyboard alone: another account, an invitation, a role, and a request answered with one press."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from refill.domain.roles import Role
from refill.models import Asking, Membership
from refill.services.team import people
from tests.web.accounts import OPERATOR, PASSWORD, make_team
from tests.web.test_team import link_to
from tests.web.walking import heading, open_menu, press, to, write

Open = Callable[..., Page]


def test_another_account_is_switched_to(open_as: Open) -> None:
    team, other = make_team(days=0), make_team(days=0, name="Second Practice")
    email = other.emails[Role.OWNER]
    people.add_member(account_id=team.account_id, actor=OPERATOR, email=email, name="Ann Okafor", role=Role.OBSERVER)
    page = open_as(other)
    page.goto("/settings/billing")
    open_menu(page)
    press(page, "Northwind Dental")
    assert "an Observer of Northwind Dental" in page.locator("main .head").inner_text()


def test_somebody_is_invited_as_an_observer_and_joins(open_as: Open) -> None:
    team, email = make_team(days=1), "iris@keyboard.example"
    page, guest = open_as(team, Role.ADMIN), open_as(None)
    page.goto("/settings/team")
    press(page, "Invite people")
    write(page, "emails", email)
    to(page, field="role")
    page.keyboard.press("ArrowDown")
    press(page, "Send the invitations")
    guest.goto(link_to(email))
    write(guest, "name", "Iris Sand")
    write(guest, "password", PASSWORD)
    press(guest, "Make my login and join")
    member = Membership.objects.get(account_id=team.account_id, user__email=email)
    assert (member.role, member.user.name) == ("observer", "Iris Sand")


def test_a_role_is_given(open_as: Open) -> None:
    team = make_team(days=0)
    page = open_as(team)
    page.goto("/settings/team")
    press(page, "Change Dan Mensah")
    to(page, field="role")
    page.keyboard.press("ArrowUp")
    press(page, "Review the change")
    press(page, "Make Dan Mensah a Manager")
    assert Membership.objects.get(pk=team.members[Role.MEMBER]).role == "manager"


def test_credits_are_asked_for_and_the_answer_is_one_press(open_as: Open) -> None:
    team = make_team(days=1)
    member, admin = open_as(team, Role.MEMBER), open_as(team, Role.ADMIN)
    member.goto("/settings/billing")
    press(member, "Ask an admin")
    write(member, "note", "380 for the Friday reminders")
    press(member, "Send the request")
    assert "Asked." in member.locator(".banner.done").inner_text()
    admin.goto("/settings/billing")
    press(admin, "Yes, buy credits")
    assert heading(admin) == "Buy credits"
    assert Asking.objects.get(account_id=team.account_id).state == "granted"
