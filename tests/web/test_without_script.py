"""What the story does not walk through, without script: cards, accounts, roles, profile, statement."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from refill.domain.roles import Role
from refill.models import Membership, PaymentMethod, User
from refill.services.team import asking, people
from tests.web.accounts import OPERATOR, make_team

Open = Callable[..., Page]


def test_a_card_is_added_charged_from_now_on_and_the_other_one_removed(open_as: Open) -> None:
    team = make_team(days=1)
    page = open_as(team, script=False)
    page.goto("/settings/cards")
    page.click("text='Add a card'")
    page.check("label:has-text('3155') input")
    page.click("text='Keep this card'")
    assert "The card is kept." in page.locator(".banner.done").inner_text()
    for row, deed in (("3155", "Charge this card"), ("4242", "Remove")):
        with page.expect_navigation():
            page.click(f"tr:has-text('{row}') >> button:has-text('{deed}')")
    kept = PaymentMethod.objects.filter(account_id=team.account_id, removed_at=None)
    assert list(kept.values_list("last4", "is_default")) == [("3155", True)]


def test_the_card_of_an_offer_is_changed_at_its_row(open_as: Open) -> None:
    team = make_team(days=1)
    page = open_as(team)
    page.goto("/settings/billing/buy")
    page.click("text='Review purchase'")
    assert not page.locator("#pay-with").is_visible()
    page.click(".facts >> text='Change'")
    page.click("#pay-with >> text='Add a card'")
    page.check("label:has-text('3155') input")
    page.click("text='Keep this card'")
    assert "ending 3155" in page.locator(".facts").inner_text()


def test_who_belongs_to_two_accounts_switches_between_them(open_as: Open) -> None:
    team, other = make_team(days=0), make_team(days=0, name="Second Practice")
    email = other.emails[Role.OWNER]
    people.add_member(account_id=team.account_id, actor=OPERATOR, email=email, name="Ann Okafor", role=Role.OBSERVER)
    page = open_as(other, script=False)
    page.goto("/settings/profile")
    page.click("#profile-menu summary")
    page.click("#profile-menu button:has-text('Northwind Dental')")
    page.goto("/settings/billing")
    assert "an Observer of Northwind Dental" in page.locator("main .head").inner_text()


def test_a_role_is_asked_for_and_given(open_as: Open) -> None:
    team = make_team(days=0)
    asking.ask(account_id=team.account_id, member_id=team.members[Role.MEMBER], kind="role", role=Role.MANAGER)
    page = open_as(team, Role.ADMIN, script=False)
    page.goto("/settings/billing")
    with page.expect_navigation():
        page.click("text='Make Dan Mensah a Manager'")
    assert Membership.objects.get(pk=team.members[Role.MEMBER]).role == "manager"


def test_a_name_is_changed(open_as: Open) -> None:
    team = make_team(days=0)
    page = open_as(team, Role.MEMBER, script=False)
    page.goto("/settings/profile")
    page.fill("[name=name]", "Dan O'Mensah")
    with page.expect_navigation():
        page.click("text='Save'")
    assert User.objects.get(email=team.emails[Role.MEMBER]).name == "Dan O'Mensah"


def test_the_statement_is_filtered_and_the_filter_stands_in_the_address(open_as: Open) -> None:
    team = make_team(days=4, pack=250)
    page = open_as(team, script=False)
    page.goto("/statement")
    page.select_option("[name=family]", label="Added")
    page.click("text='Show'")
    assert "family=added" in page.url
    assert page.locator("section:has(h2:has-text('Movements')) tbody tr:not(.group)").count() == 2
