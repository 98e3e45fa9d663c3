"""Conversations, the composer and broadcasts in a real browser: in every state, with and without script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from refill.domain import ids
from refill.domain.roles import Role
from refill.models import Asking, Balance, Broadcast, Message, Number, OptOut
from refill.services.places import inboxes
from tests.texting import FAILS, FINE, REPLIES
from tests.web import texting
from tests.web.accounts import Team, make_team, run_dry
from tests.web.looking import faults, faults_on

# On a busy machine the page's own calls take a while.
expect.set_options(timeout=20_000)
Open = Callable[..., Page]
Empty = tuple[Team, int]
Chatty = tuple[Team, int, dict[str, str]]


@pytest.fixture(scope="module")
def chatty(database: str) -> Chatty:
    """A team with conversations."""
    team = make_team(days=2, name="Northwind Dental")
    number_id = texting.give_number(team)
    return team, number_id, texting.talk_with(team, number_id)


@pytest.fixture(scope="module")
def empty(database: str) -> Empty:
    """A team without a credit."""
    team = make_team(days=1, name="Harbour Clinic")
    number_id = texting.give_number(team)
    run_dry(team)
    return team, number_id


def _talks(team: Team) -> list[tuple[str, str]]:
    rows = Message.objects.filter(account_id=team.account_id).order_by("id")
    return list(rows.values_list("body", "state"))


@pytest.mark.parametrize("role", [Role.OWNER, Role.OBSERVER])
def test_nothing_is_wrong_with_conversations_and_broadcasts(open_as: Open, chatty: Chatty, role: Role) -> None:
    team, number_id, talks = chatty
    drafted, done = texting.draft(team, number_id), texting.draft(team, number_id, 3)
    texting.send(team, done)
    texting.work(team)
    pages = [f"/conversations/{talks[FINE]}", f"/broadcasts/{drafted}"]
    if role is Role.OWNER:
        pages += ["/conversations", "/conversations?show=unread", "/conversations/new"]
        pages += [f"/conversations/{talks[to]}" for to in (FAILS, "+12065550177")]
        pages += ["/broadcasts", "/broadcasts/new", f"/broadcasts/{done}"]
    assert faults_on(open_as(team, role), pages) == {}


def test_nothing_is_wrong_where_there_is_nothing_yet_and_at_zero(open_as: Open, empty: Empty) -> None:
    team, number_id = empty
    bare = make_team(days=1)
    assert faults_on(open_as(bare), ["/conversations", "/conversations/new", "/broadcasts", "/broadcasts/new"]) == {}
    short = texting.draft(team, number_id)
    assert faults_on(open_as(team), ["/conversations/new", f"/broadcasts/{short}"]) == {}
    assert faults_on(open_as(team, Role.MEMBER), ["/conversations/new", f"/broadcasts/{short}"]) == {}


def test_a_text_is_written_with_its_price_in_sight_and_sent_by_keyboard(open_as: Open) -> None:
    team = make_team(days=1)
    texting.give_number(team)
    page = open_as(team, Role.MEMBER)
    page.goto("/conversations/new")
    page.fill("#id_to", "(206) 555-0123")
    page.locator("#id_body").press_sequentially("It’s ready")
    expect(page.locator("#weight")).to_contain_text("1 credit · 1 part · 10 characters")
    expect(page.locator("#weight")).to_contain_text("“’” (character 3) is outside the plain alphabet")
    page.get_by_role("button", name="Use plain characters").click()
    expect(page.locator("#id_body")).to_have_value("It's ready")
    page.locator("#id_body").press_sequentially(" " + "x" * 170)
    expect(page.locator("#weight")).to_contain_text("2 credits · 2 parts · 181 characters")
    page.get_by_role("button", name="Send", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Conversations")).to_be_visible()
    text = Message.objects.get(account_id=team.account_id)
    assert (text.state, text.credits, text.member_id) == ("accepted", 2, team.members[Role.MEMBER])
    texting.work(team)
    page.get_by_role("link", name="+1 206-555-0123").click()
    page.get_by_role("link", name="2 credits").click()
    expect(page.get_by_role("heading", name="Text, 2 parts")).to_be_visible()
    page.get_by_role("link", name="See it in its conversation").click()
    expect(page.get_by_role("log")).to_contain_text("It's ready")


def test_the_composer_works_without_script(open_as: Open) -> None:
    team = make_team(days=1)
    texting.give_number(team)
    page = open_as(team, script=False, width=320)
    page.goto("/conversations/new")
    page.fill("#id_to", FINE)
    page.fill("#id_body", "Café “Pier”")
    page.get_by_role("button", name="Count the credits").click()
    expect(page.locator("#weight")).to_contain_text("1 credit · 1 part · 11 characters")
    page.get_by_role("button", name="Use plain characters").click()
    expect(page.locator("#id_body")).to_have_value('Café "Pier"')
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("link", name="+1 206-555-0123").click()
    page.fill("#id_body", "And bring a friend.")
    page.get_by_role("button", name="Send", exact=True).click()
    assert _talks(team) == [('Café "Pier"', "accepted"), ("And bring a friend.", "accepted")]


def test_two_presses_are_one_text(client_of: Callable[..., Client]) -> None:
    team = make_team(days=1)
    number = texting.give_number(team)
    client = client_of(team, Role.OWNER)
    body = {"once": "o1", "number": number, "to": FINE, "body": "Once", "act": "send"}
    assert [client.post("/conversations/new", body).status_code for _ in range(2)] == [302, 302]
    assert _talks(team) == [("Once", "accepted")]


def test_what_cannot_be_sent_is_said_at_its_field(open_as: Open) -> None:
    team = make_team(days=1)
    texting.give_number(team)
    page = open_as(team)
    page.goto("/conversations/new")
    page.fill("#id_to", "12")
    page.fill("#id_body", "Hello")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Write the number as in +12025550123.")
    assert faults(page) == []
    assert _talks(team) == []


def test_at_zero_the_ways_stand_side_by_side_with_their_prices_or_the_text_waits(open_as: Open, empty: Empty) -> None:
    team, _ = empty
    page = open_as(team)
    page.goto("/conversations/new")
    page.fill("#id_to", REPLIES)
    page.fill("#id_body", "See you at nine.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("1 credit needed, 0 left: the text was not sent.")
    ways = page.locator("section", has=page.get_by_role("heading", name="1 credit more"))
    expect(ways).to_contain_text("Buy 250 credits")
    expect(ways).to_contain_text("$12.50 now")
    expect(ways).to_contain_text("Upgrade to")
    expect(ways).to_contain_text("Wait until")
    assert faults(page) == []
    page.get_by_label("If credits are short, keep it waiting").check()
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("link", name="See you at nine").click()
    expect(page.get_by_role("log")).to_contain_text("Waiting for credits")
    assert faults(page) == []
    page.get_by_role("button", name="Give it up").click()
    assert _talks(team) == [("See you at nine.", "failed")]


def test_at_zero_a_member_reads_who_can_and_asks_in_one_press(open_as: Open, empty: Empty) -> None:
    team, _ = empty
    page = open_as(team, Role.MEMBER)
    page.goto("/conversations/new")
    page.fill("#id_to", FINE)
    page.fill("#id_body", "Hello")
    page.get_by_role("button", name="Send", exact=True).click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Ann Okafor")
    expect(page.locator("main")).not_to_contain_text("$")
    alert.get_by_role("link", name="Ask an admin").click()
    page.locator("main button.ink").click()
    expect(page.get_by_text("Asked.")).to_be_visible()
    assert Asking.objects.filter(account_id=team.account_id, kind="credits").count() == 1


def test_an_observer_reads_and_finds_nothing_to_send_with(open_as: Open, chatty: Chatty) -> None:
    team, _, talks = chatty
    page = open_as(team, Role.OBSERVER)
    page.goto(f"/conversations/{talks[FINE]}")
    expect(page.get_by_role("log")).to_contain_text("Thank you! We are five minutes away.")
    assert page.locator("textarea").count() == 0
    assert page.get_by_role("link", name="1 credit").count() == 0
    expect(page.get_by_role("link", name="Ask for a role that sends")).to_be_visible()


def test_who_said_stop_has_no_composer_and_reading_marks_as_read(
    client_of: Callable[..., Client], chatty: Chatty
) -> None:
    team, _, talks = chatty
    client = client_of(team, Role.MANAGER)
    assert OptOut.objects.filter(account_id=team.account_id, e164="+12065550177").exists()
    page = client.get(f"/conversations/{talks['+12065550177']}").content.decode()
    assert "They said STOP." in page
    assert "<textarea" not in page
    client.get(f"/conversations/{talks[FINE]}")
    assert "1 new" not in client.get(f"/conversations/{talks[FINE]}").content.decode()


def test_another_teams_conversation_does_not_exist(
    client_of: Callable[..., Client], chatty: Chatty, empty: Empty
) -> None:
    _, _, talks = chatty
    assert client_of(empty[0], Role.OWNER).get(f"/conversations/{talks[FINE]}").status_code == 404


def test_a_broadcast_is_checked_with_its_sum_sent_and_followed_to_its_end(open_as: Open) -> None:
    team = make_team(days=1)
    texting.give_number(team)
    page = open_as(team)
    page.goto("/broadcasts/new")
    page.fill("#id_name", "Spring recall")
    page.fill("#id_body", "Hello {{first_name|there}}, see you soon.")
    page.fill("#id_rows", f"phone,first_name\n{FINE},Ana\n{REPLIES},\n12,Bo\n{FINE},Ana\n")
    page.get_by_role("button", name="Check the sum").click()
    expect(page.locator("main")).to_contain_text("Hello Ana, see you soon.")
    expect(page.locator("main")).to_contain_text("1 not a phone number")
    assert faults(page) == []
    page.get_by_role("button", name="Send 2 texts for 2 credits").click()
    expect(page.locator("#progress")).to_contain_text("0 of 2")
    texting.pass_a_minute(team)
    expect(page.locator("#progress")).to_contain_text("2 of 2")
    page.reload()
    expect(page.locator("#progress")).to_contain_text("Done")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    assert download.value.path().read_text().splitlines() == [
        "recipient,state,parts,credits,reason", f"{FINE},delivered,1,1,", f"{REPLIES},delivered,1,1,",
        "12,left out,0,0,invalid", f"{FINE},left out,0,0,duplicate",
    ]  # fmt: skip
    assert Balance.objects.get(account_id=team.account_id).held == 0


def test_a_broadcast_that_is_short_is_refused_whole_with_the_price_of_each_way(open_as: Open, empty: Empty) -> None:
    team, number_id = empty
    short = texting.draft(team, number_id)
    page = open_as(team, script=False)
    page.goto(f"/broadcasts/{short}")
    expect(page.locator("main")).to_contain_text("12 credits needed, 0 left: 12 credits short.")
    expect(page.locator("main")).to_contain_text("$12.50 now")
    expect(page.locator("main")).to_contain_text("Wait until")
    assert page.get_by_role("button", name="Send 12").count() == 0
    page.get_by_role("button", name="Do not send it").click()
    assert Broadcast.objects.filter(account_id=team.account_id).latest("id").state == "canceled"


def test_a_list_that_cannot_be_read_is_said_at_its_field(open_as: Open) -> None:
    team = make_team(days=1)
    texting.give_number(team)
    page = open_as(team, script=False)
    page.goto("/broadcasts/new")
    page.fill("#id_name", "x")
    page.fill("#id_body", "x")
    page.fill("#id_rows", "phone,first_name\n")
    page.get_by_role("button", name="Check the sum").click()
    expect(page.get_by_role("alert")).to_contain_text("The list has no recipients.")


def test_words_of_others_show_as_text(client_of: Callable[..., Client]) -> None:
    team = make_team(days=1)
    number_id = texting.give_number(team)
    evil = "<script>alert(1)</script>"
    texting.hear(team, number_id, FINE, evil, "x")
    made = texting.draft(team, number_id, 1, name=evil)
    client = client_of(team, Role.OWNER)
    for address in ("/conversations", "/broadcasts", f"/broadcasts/{made}"):
        page = client.get(address).content.decode()
        assert "&lt;script&gt;" in page
        assert evil not in page


def test_a_text_that_waits_in_a_personal_inbox_is_not_anothers_to_send_or_give_up(
    client_of: Callable[..., Client],
) -> None:
    team = make_team(days=0)
    number = texting.give_number(team)
    inbox = inboxes.create(
        account_id=team.account_id, actor=team.actor(Role.OWNER), name="Mine", kind="personal",
        member_ids=[team.members[Role.MEMBER]],
    )  # fmt: skip
    Number.objects.filter(pk=number).update(inbox_id=inbox)
    run_dry(team)
    text = texting.say(team, number, FINE, "Later", at_zero="wait")
    for role, act in ((Role.MANAGER, "cancel"), (Role.MANAGER, "send"), (Role.MEMBER, "cancel")):
        answer = client_of(team, role).post(f"/conversations/texts/{ids.encode('msg', text)}", {"act": act})
        expected = (302, "failed") if role is Role.MEMBER else (404, "waiting")
        assert (answer.status_code, Message.objects.get(pk=text).state) == expected
