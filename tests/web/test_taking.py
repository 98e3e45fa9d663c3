"""Copies to take along: an account's as JSON, a contact's, and what is held about whoever asks; a contact forgotten."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.test import Client
from playwright.sync_api import Page

from refill.domain import ids
from refill.domain.errors import Conflict, Invalid
from refill.domain.roles import Role
from refill.models import AuditRow, Contact, Conversation, Entry, HelpThread, Message, Number, OptOut
from refill.services import helping
from refill.services.messages import contacts
from refill.services.places import inboxes
from refill.services.team import people
from tests.texting import FINE
from tests.web.accounts import PASSWORD, Team, make_team
from tests.web.looking import faults
from tests.web.texting import give_number, hear, say, work

ClientOf = Callable[..., Client]
FORMULA = '=1+1 Grüße,\n"you"'


def talked(team: Team) -> str:
    """A conversation with FINE, who said STOP; its public id."""
    number = give_number(team)
    say(team, number, FINE, FORMULA)
    say(team, number, FINE, "From the owner", Role.OWNER)
    work(team)
    hear(team, number, FINE, "STOP", "taking")
    talk = Conversation.objects.get(account_id=team.account_id, contact__e164=FINE)
    return f"/conversations/{ids.encode('cnv', talk.pk)}/contact"


def read(answer: object) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = json.loads(b"".join(answer))  # type: ignore[call-overload]
    return found


def test_an_account_is_taken_along_as_json_with_the_same_rows_as_csv(client_of: ClientOf) -> None:
    team = make_team(days=2)
    talked(team)
    with ZipFile(BytesIO(b"".join(client_of(team, Role.OWNER).post("/settings/export", {"form": "json"})))) as archive:
        found = {name: json.loads(archive.read(name)) for name in archive.namelist()}
    assert list(found) == [f"{name}.json" for name in (
        "account", "members", "inboxes", "numbers", "contacts", "texts", "statement", "invoices", "credit_notes",
        "audit",
    )]  # fmt: skip
    assert found["texts.json"][0]["body"] == FORMULA  # JSON opens in no spreadsheet
    assert found["inboxes.json"] == []
    assert len(found["statement.json"]) == Entry.objects.filter(account_id=team.account_id).count()
    assert found["account.json"][0]["id"] == ids.encode("acc", team.account_id)


def test_people_take_what_is_held_about_themselves_and_of_nobody_else(client_of: ClientOf) -> None:
    team = make_team(days=2)
    talked(team)
    people.give_logins(emails=[team.emails[Role.MEMBER]], password=PASSWORD)
    dan = team.user(Role.MEMBER)
    helping.start(user_id=dan.pk, account_id=team.account_id, channel="chat", body="Why 3?", context=[], once="t" * 32)
    answer = client_of(team, Role.MEMBER).post("/settings/profile/data")
    assert answer["Content-Disposition"] == f'attachment; filename="refill-{ids.encode("usr", dan.pk)}.json"'
    found = read(answer)
    assert list(found) == ["login", "mail_addresses", "authenticators", "sessions", "accounts", "requests", "help",
                           "mails", "deeds", "texts"]  # fmt: skip
    assert (found["login"][0]["email"], found["accounts"][0]["role"]) == (dan.email, "member")
    assert [row["body"] for row in found["help"]] == ["Why 3?"]
    assert [(row["to"], row["body"]) for row in found["texts"]] == [(FINE, FORMULA)]
    words = json.dumps(found)
    assert not [secret for secret in (dan.password, HelpThread.objects.get(user=dan).secret, "From the owner",
                                      team.emails[Role.OWNER]) if secret in words]  # fmt: skip


def test_a_contacts_copy_is_whole_for_a_manager_and_their_own_for_a_member(client_of: ClientOf) -> None:
    team = make_team(days=0)
    address = talked(team)
    whole = read(client_of(team, Role.MANAGER).post(f"{address}/copy"))
    assert list(whole) == ["contact", "opt_outs", "texts", "lists"]
    assert [row["body"] for row in whole["texts"]][:2] == [FORMULA, "From the owner"]
    assert whole["opt_outs"][0]["word"] == "STOP"
    assert [row["body"] for row in read(client_of(team, Role.MEMBER).post(f"{address}/copy"))["texts"]] == [FORMULA]
    assert client_of(team, Role.OBSERVER).post(f"{address}/copy").status_code == 403
    assert client_of(make_team(days=0), Role.OWNER).get(address).status_code == 404


def test_a_managers_copy_holds_no_texts_of_somebody_elses_personal_inbox(client_of: ClientOf) -> None:
    team = make_team(days=0)
    address = talked(team)
    inbox = inboxes.create(
        account_id=team.account_id, actor=team.actor(Role.OWNER), name="Mine", kind="personal",
        member_ids=[team.members[Role.MEMBER]],
    )  # fmt: skip
    number = give_number(team)
    Number.objects.filter(pk=number).update(inbox_id=inbox)
    hear(team, number, FINE, "Between us", "personal")
    for role, is_seen in ((Role.OWNER, True), (Role.ADMIN, True), (Role.MANAGER, False)):
        client = client_of(team, role)
        bodies = [row["body"] for row in read(client.post(f"{address}/copy"))["texts"]]
        assert ("Between us" in bodies, FORMULA in bodies) == (is_seen, True), role
        assert f"<dt>Texts</dt><dd>{len(bodies)}</dd>" in client.get(address).content.decode()


def test_an_admin_forgets_a_contact_in_two_steps_and_the_sum_and_the_stop_stay(open_as: Callable[..., Page]) -> None:
    team = make_team(days=0)
    address = talked(team)
    before = list(Message.objects.filter(account_id=team.account_id).order_by("id").values_list("state", "charged"))
    page = open_as(team, Role.ADMIN)
    page.goto(address)
    assert faults(page) == []
    page.click("text='See what goes'")
    assert "this number said STOP stays" in page.locator("main").inner_text()
    page.fill("[name=typed]", "+1 206 555 0100")
    page.click("button.ends")
    page.wait_for_selector("#faults")
    assert faults(page) == []
    page.fill("[name=typed]", "+1 206-555-0123")
    with page.expect_navigation():
        page.click("button.ends")
    texts = Message.objects.filter(account_id=team.account_id).order_by("id")
    assert list(texts.values_list("state", "charged")) == before
    assert set(texts.values_list("body", flat=True)) == {None}
    contact = Contact.objects.get(account_id=team.account_id)
    assert (contact.e164, contact.name) == (f"gone {contact.pk}", "")
    assert OptOut.objects.filter(account_id=team.account_id, e164=FINE, lifted_at=None).exists()
    assert AuditRow.objects.filter(account_id=team.account_id, action="contact.forgotten").count() == 1
    page.goto(address)
    assert page.locator("h1").inner_text() == "Forgotten"
    assert faults(page) == []


def test_nobody_is_forgotten_while_a_text_to_them_waits_or_by_a_wrong_number(client_of: ClientOf) -> None:
    team = make_team(days=0)
    number = give_number(team)
    say(team, number, FINE, "On its way")
    contact = Contact.objects.get(account_id=team.account_id)
    facts = {"account_id": team.account_id, "contact_id": contact.pk, "actor": team.actor(Role.OWNER)}
    with pytest.raises(Conflict):
        contacts.forget(**facts, typed=FINE)
    work(team)
    with pytest.raises(Invalid):
        contacts.forget(**facts, typed="+12065550100")
    assert Message.objects.get(account_id=team.account_id).body == "On its way"
    assert client_of(team, Role.MANAGER).post(
        f"/conversations/{ids.encode('cnv', Conversation.objects.get(account_id=team.account_id).pk)}/contact/forget",
        {"typed": FINE},
    ).status_code == 403  # fmt: skip
    contacts.forget(**facts, typed=FINE)
    assert Message.objects.get(account_id=team.account_id).body is None
