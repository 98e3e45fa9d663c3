"""Asking who may, and the answer in one click."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page

from refill.domain.errors import NothingToDo, TooMany
from refill.domain.records import QuoteRequest
from refill.domain.roles import Role
from refill.models import Asking, AuditRow, Membership
from refill.services.team import asking
from tests.letters import mails_of
from tests.web.accounts import make_team, order

Open = Callable[..., Page]


def test_a_member_asks_for_credits_and_an_admin_answers_with_one_click(open_as: Open) -> None:
    team = make_team(days=1)
    member, admin = open_as(team, Role.MEMBER), open_as(team, Role.ADMIN)
    member.goto("/settings/billing")
    member.click("main >> text='Ask an admin'")
    member.fill("textarea", "380 for the Friday reminders")
    member.click("text='Send the request'")
    assert "Asked." in member.locator(".banner.done").inner_text()
    asked = [(mail.to, mail.subject) for mail in mails_of(team.account_id, "request_asked")]
    told = [team.emails[Role.OWNER], team.emails[Role.ADMIN]]
    assert asked == [(email, "Dan Mensah asks for more credits") for email in told]
    assert '"380 for the Friday reminders"' in mails_of(team.account_id, "request_asked")[0].words
    admin.goto("/settings/billing")
    banner = admin.locator(".banner:has-text('Dan Mensah')").inner_text()
    assert "asks for more credits." in banner
    assert "“380 for the Friday reminders”" in banner
    admin.click("text='Yes, buy credits'")
    assert admin.url.endswith("/settings/billing/buy")
    assert Asking.objects.get(account_id=team.account_id).state == "granted"
    (answer,) = mails_of(team.account_id, "request_answered")
    assert (answer.to, answer.subject) == (team.emails[Role.MEMBER], "Yes: your request for more credits")
    assert "Ben Ruiz said yes to your request for more credits." in answer.words
    admin.goto("/settings/billing")
    assert admin.locator(".banner:has-text('Dan Mensah')").count() == 0


def test_an_observer_asks_for_a_role_and_has_it_with_the_answer(open_as: Open) -> None:
    team = make_team(days=1)
    order(team, QuoteRequest(kind="add_seats", quantity=2))
    asking.ask(account_id=team.account_id, member_id=team.members[Role.OBSERVER], kind="role", role=Role.MEMBER)
    owner = open_as(team, Role.OWNER)
    owner.goto("/settings/requests")
    owner.click("text='Make Eve Park a Member'")
    assert Membership.objects.get(pk=team.members[Role.OBSERVER]).role == "member"
    changes = AuditRow.objects.filter(account_id=team.account_id, action="member.role_changed")
    assert [(row.before, row.after) for row in changes] == [("observer", "member")]


def test_an_admin_cannot_make_an_owner_of_anybody() -> None:
    team = make_team(days=1)
    number = asking.ask(account_id=team.account_id, member_id=team.members[Role.MEMBER], kind="role", role=Role.ADMIN)
    admin = team.actor(Role.ADMIN)
    asking.answer(account_id=team.account_id, asking_id=number, actor=admin, granted=True, may_give_role=True)
    assert Membership.objects.get(pk=team.members[Role.MEMBER]).role == "admin"
    assert Membership.objects.filter(account_id=team.account_id, role="owner").count() == 1


def test_the_same_is_asked_once_and_at_most_five_things_a_day() -> None:
    team = make_team(days=1)
    member, owner = team.members[Role.MEMBER], team.actor(Role.OWNER)
    for count in range(5):
        number = asking.ask(account_id=team.account_id, member_id=member, kind="credits", note=str(count))
        with pytest.raises(NothingToDo if count < 4 else TooMany):
            asking.ask(account_id=team.account_id, member_id=member, kind="credits")
        asking.answer(account_id=team.account_id, asking_id=number, actor=owner, granted=False)
    with pytest.raises(TooMany):
        asking.ask(account_id=team.account_id, member_id=member, kind="plan")
    assert Asking.objects.filter(account_id=team.account_id).count() == 5


def test_giving_a_role_needs_a_sign_in_of_the_last_fifteen_minutes(client_of: Callable[..., Client]) -> None:
    team = make_team(days=1)
    number = asking.ask(account_id=team.account_id, member_id=team.members[Role.MEMBER], kind="role", role=Role.MANAGER)
    late = client_of(team, Role.OWNER, hours_ago=1).post("/settings/requests/role", {"request": str(number)})
    assert late.headers["Location"].startswith("/user/reauthenticate/")
    sneaky = {"request": str(number), "kind": "credits", "answer": "yes"}
    client_of(team, Role.OWNER, hours_ago=1).post("/settings/requests/answer", sneaky)
    assert Membership.objects.get(pk=team.members[Role.MEMBER]).role == "member"
