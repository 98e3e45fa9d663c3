"""Contacts: the list, its search and pages, a name; and who sees whom."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page

from refill.domain import ids
from refill.domain.roles import Role
from refill.models import AuditRow, Contact, Conversation, Inbox, Number
from refill.queries.pages import contacts as listed
from refill.services.messages import contacts
from tests.texting import BLOCKED, FINE, REPLIES
from tests.web import texting
from tests.web.accounts import Team, make_team
from tests.web.looking import faults

ClientOf = Callable[..., Client]
ADDRESS = "/conversations/contacts"


@pytest.fixture(scope="module")
def talked(database: str) -> tuple[Team, dict[str, str]]:
    team = make_team(days=0)
    talks = texting.talk_with(team, texting.give_number(team))
    Contact.objects.filter(account_id=team.account_id, e164=FINE).update(name="Ines Marlow")
    Contact.objects.filter(account_id=team.account_id, e164=REPLIES).update(name="adam brandt " + "von Au " * 26)
    return team, talks


def test_the_list_has_names_first_is_searched_and_leads_to_the_conversation(
    open_as: Callable[..., Page], talked: tuple[Team, dict[str, str]]
) -> None:
    team, talks = talked
    page = open_as(team, Role.OBSERVER)
    page.goto("/conversations")
    page.click(".tabs >> text='Contacts'")
    said = page.locator(".thread-list b").all_inner_texts()
    assert (said[0][:11], said[1], len(said)) == ("adam brandt", "Ines Marlow", 5)
    assert page.locator(".thread-list li", has_text="said STOP").count() == 1
    assert faults(page) == []
    for asked, found in (("ines", ["Ines Marlow"]), ("206-555-0123", ["Ines Marlow"]), ("12", []), ("%", [])):
        page.fill("[name=q]", asked)
        with page.expect_navigation():
            page.press("[name=q]", "Enter")
        assert page.locator(".thread-list b").all_inner_texts() == found
    assert page.locator("h2").inner_text() == "Nobody found"
    assert faults(page) == []
    page.goto(f"{ADDRESS}?q=ines")
    page.click(".thread-list a")
    assert page.url.endswith(talks[FINE])


def test_there_are_pages(
    client_of: ClientOf, talked: tuple[Team, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listed, "PER_PAGE", 2)
    monkeypatch.setattr("refill.web.views.contacts.PER_PAGE", 2)
    client = client_of(talked[0], Role.MEMBER)
    first, last = client.get(ADDRESS), client.get(ADDRESS, {"page": "2"})
    assert (len(first.context["rows"]), first.context["next"]) == (2, 1)
    assert (len(last.context["rows"]), last.context["next"]) == (1, None)
    assert client.get(ADDRESS, {"page": "x", "q": "("}).status_code == 200


def test_a_contact_is_named_by_who_may_send_and_a_forgotten_one_by_nobody(open_as: Callable[..., Page]) -> None:
    team = make_team(days=0)
    number = texting.give_number(team)
    texting.say(team, number, BLOCKED, "Hello")
    texting.work(team)
    talk = ids.encode("cnv", Conversation.objects.get(account_id=team.account_id).pk)
    page = open_as(team, Role.MEMBER)
    page.goto(f"/conversations/{talk}/contact")
    page.fill("[name=name]", "  Jonah   Wells ")
    with page.expect_navigation():
        page.click("text='Keep the name'")
    contact = Contact.objects.get(account_id=team.account_id)
    assert contact.name == page.locator("h1").inner_text() == "Jonah Wells"
    assert AuditRow.objects.filter(account_id=team.account_id, action="contact.named").count() == 1
    contacts.forget(account_id=team.account_id, contact_id=contact.pk, actor=team.actor(Role.OWNER), typed=contact.e164)
    page.goto(f"/conversations/{talk}/contact")
    assert page.locator("[name=name]").count() == 0
    page.goto("/conversations")
    assert page.locator(".thread-list b").inner_text() == "Forgotten contact"
    page.goto(ADDRESS)
    assert page.locator("h2").inner_text() == "No contacts yet"


def test_whom_only_anothers_personal_inbox_knows_is_not_listed(client_of: ClientOf) -> None:
    team = make_team(days=0)
    number = texting.give_number(team)
    texting.say(team, number, FINE, "Hello", role=Role.MANAGER)
    texting.work(team)
    inbox = Inbox.objects.create(
        account_id=team.account_id, kind="personal", name="Mine", member_id=team.members[Role.MANAGER],
        created_at=Number.objects.get(pk=number).created_at,
    )  # fmt: skip
    Number.objects.filter(pk=number).update(inbox=inbox)
    seen = {role: len(client_of(team, role).get(ADDRESS).context["rows"]) for role in Role}
    assert seen == {Role.OWNER: 1, Role.ADMIN: 1, Role.MANAGER: 1, Role.MEMBER: 0, Role.OBSERVER: 0}
