"""Texts by keyboard alone: written, sent to many, looked up in the statement; inboxes and numbers; help."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from playwright.sync_api import Page

from refill.domain.opening import ALWAYS
from refill.domain.roles import Role
from refill.models import Broadcast, HelpMessage, Inbox, Message, Number
from refill.services.places import inboxes
from tests.web import texting
from tests.web.accounts import make_team
from tests.web.walking import heading, press, to, write

Open = Callable[..., Page]


def test_a_text_is_written_and_sent(open_as: Open) -> None:
    team = make_team(days=1)
    texting.give_number(team)
    page = open_as(team, Role.MEMBER)
    page.goto("/conversations")
    press(page, "New text")
    write(page, "to", "(206) 555-0123")
    write(page, "body", "It is ready.")
    press(page, "Send")
    text = Message.objects.get(account_id=team.account_id)
    assert (text.body, text.state, text.member_id) == ("It is ready.", "accepted", team.members[Role.MEMBER])


def test_a_broadcast_is_written_checked_and_sent(open_as: Open) -> None:
    team = make_team(days=1)
    texting.give_number(team)
    page = open_as(team, Role.MEMBER)
    page.goto("/broadcasts")
    press(page, "New broadcast")
    write(page, "name", "Spring recall")
    write(page, "body", "It is time for your check-up.")
    write(page, "rows", "phone\n2065550123\n2065550124")
    press(page, "Check the sum")
    press(page, "Send 2 texts for 2 credits")
    assert Broadcast.objects.get(account_id=team.account_id).state != "draft"


def test_an_inbox_and_a_number_are_removed_in_two_steps_and_taken_back(open_as: Open) -> None:
    team = make_team(days=1)
    number = Number.objects.get(pk=texting.give_number(team))
    inboxes.create(
        account_id=team.account_id, actor=team.actor(Role.OWNER), name="Recalls", kind="shared",
        member_ids=[team.members[Role.MEMBER]],
    )  # fmt: skip
    page = open_as(team)
    page.goto("/settings/inboxes")
    for words in ("Change Recalls", "Remove this inbox", "Remove Recalls"):
        press(page, words)
    assert Inbox.objects.get(account_id=team.account_id).removed_at is not None
    for words in ("Change +1", "Delete this number"):
        press(page, words)
    write(page, "typed", number.e164)
    press(page, "Delete +1")
    number.refresh_from_db()
    assert number.removed_at is not None
    press(page, "Take back Recalls")
    assert Inbox.objects.get(account_id=team.account_id).removed_at is None


def test_help_is_asked_in_a_chat(open_as: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "HELP_HOURS", ALWAYS)
    team = make_team(days=0)
    page = open_as(team, Role.MEMBER)
    page.goto("/help")
    write(page, "body", "Why did one text cost 3?")
    to(page, field="along")
    page.keyboard.press("Space")
    press(page, "Start the chat")
    write(page, "body", "It was a short one.")
    press(page, "Send")
    said = HelpMessage.objects.filter(thread__account_id=team.account_id).order_by("id")
    assert list(said.values_list("body", flat=True)) == ["Why did one text cost 3?", "It was a short one."]


def test_the_statement_is_narrowed_and_one_movement_explained(open_as: Open) -> None:
    page = open_as(make_team(days=3))
    page.goto("/statement")
    to(page, field="from")
    page.keyboard.type("02222027")
    to(page, field="family")
    page.keyboard.type("Added")
    press(page, "Show")
    assert "from=2027-02-22" in page.url
    assert "family=added" in page.url
    press(page, "Plan credits")
    assert heading(page) == "Plan credits"
