"""The team, its inboxes and numbers, as people use them: in a browser, with and without script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page

from refill.domain import ids
from refill.domain.policies import as_dict
from refill.domain.records import QuoteRequest
from refill.domain.roles import Role
from refill.models import AuditRow, CreditNote, Inbox, Invitation, Mail, Membership, Number, Period
from refill.services import credits, periods
from refill.services.mail import letters
from refill.services.places import inboxes, numbers
from refill.services.team import invitations, seats
from tests.web.accounts import Team, make_team, order
from tests.web.looking import faults, faults_on, too_wide

Open = Callable[..., Page]
TEAM, PLACES = "/settings/team", "/settings/inboxes"
HOSTILE = [
    '<script>alert("x")</script>',
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}'\"</td>",
    "=1+1|calc",
    "\u202egnirts",
]


def get_number(team: Team, phone: str, inbox: int | None = None) -> Number:
    order(team, QuoteRequest(kind="add_number", phone=phone, phone_kind=numbers.kind_of(phone), inbox_id=inbox))
    return Number.objects.get(account_id=team.account_id, e164=phone, released_at=None)


def link_to(email: str) -> str:
    letter = letters.letter_of(Mail.objects.filter(kind="invitation", to=email).latest("id"))
    return "/join/" + letter.text.split("/join/")[1].split()[0]


def test_people_are_invited_seats_are_bought_on_the_way_and_a_new_login_joins(open_as: Open) -> None:
    team = make_team(days=1)  # three seats, four taken
    page = open_as(team, Role.ADMIN)
    page.goto(TEAM)
    page.click("text='Invite people'")
    page.fill("[name=emails]", "gina@join.example, hank@join.example")
    page.click("text='Send the invitations'")
    assert "3 more are needed" in page.locator(".banner.low").inner_text()
    assert page.input_value("[name=emails]") == "gina@join.example, hank@join.example"
    page.click("text='Review 3 seats'")
    page.click("button.go")
    page.goto(f"{TEAM}/invite")
    page.fill("[name=emails]", "gina@join.example\nhank@join.example")
    page.click("text='Send the invitations'")
    assert "2 invitations are on the way." in page.locator(".banner.done").inner_text()
    guest = open_as(None, script=False)
    guest.goto(link_to("gina@join.example"))
    guest.fill("[name=name]", "Gina Guest")
    guest.fill("[name=password]", "a long enough password")
    guest.click("text='Make my login and join'")
    assert "Welcome to Northwind Dental." in guest.locator(".banner.done").inner_text()
    member = Membership.objects.get(account_id=team.account_id, user__email="gina@join.example")
    assert (member.role, member.user.name) == ("member", "Gina Guest")


def test_an_invitation_is_not_for_whoever_happens_to_be_signed_in(open_as: Open) -> None:
    team, other = make_team(days=0), make_team(days=0)
    invitations.invite(
        account_id=team.account_id, actor=team.actor(Role.OWNER), emails=[other.emails[Role.MEMBER]], role=Role.OBSERVER
    )
    link = link_to(other.emails[Role.MEMBER])
    wrong = open_as(other, Role.MANAGER)
    wrong.goto(link)
    assert f"This invitation is for {other.emails[Role.MEMBER]}" in wrong.locator(".banner.low").inner_text()
    assert wrong.locator("text='Join Northwind Dental' >> button").count() == 0
    right = open_as(other, Role.MEMBER)
    right.goto(link)
    right.click("button:has-text('Join Northwind Dental')")
    assert "You are an Observer of Northwind Dental." in right.locator("main").inner_text()


def test_a_role_changes_with_what_it_gives_and_takes_shown_before(open_as: Open) -> None:
    team = make_team(days=0)
    page = open_as(team, script=False)
    page.goto(f"{TEAM}/members/{ids.encode('mem', team.members[Role.MEMBER])}")
    page.check("[value=manager]")
    page.click("text='Review the change'")
    rows = page.locator("table tbody tr")
    assert [row.replace("\n", " ").replace("\t", " ") for row in rows.all_inner_texts()] == [
        "Create and edit inboxes – yes", "Statement and export own yes",
    ]  # fmt: skip
    page.click("text='Make Dan Mensah a Manager'")
    assert Membership.objects.get(pk=team.members[Role.MEMBER]).role == "manager"


def test_a_member_is_removed_with_an_heir_and_the_seat_dropped(open_as: Open) -> None:
    team = make_team(days=0)
    order(team, QuoteRequest(kind="add_seats", quantity=1))
    inbox = inboxes.create(
        account_id=team.account_id, actor=team.actor(Role.OWNER), name="Dan", kind="personal",
        member_ids=[team.members[Role.MEMBER]],
    )  # fmt: skip
    page = open_as(team)
    page.goto(f"{TEAM}/members/{ids.encode('mem', team.members[Role.MEMBER])}/remove")
    page.select_option("[name=successor]", ids.encode("mem", team.members[Role.MANAGER]))
    page.check("[value=drop]")
    page.click("button.ends")
    assert "Dan Mensah was removed." in page.locator(".banner.done").inner_text()
    assert Inbox.objects.get(pk=inbox).member_id == team.members[Role.MANAGER]
    assert "1, none from the renewal" in page.locator("main").inner_text()
    page.click("text='Keep paying for 1 that ends'")
    assert "used by nobody" in page.locator("main").inner_text()


def test_ownership_is_offered_accepted_and_the_owner_is_an_admin_then(open_as: Open) -> None:
    team = make_team(days=0)
    owner, admin = open_as(team), open_as(team, Role.ADMIN)
    owner.goto(TEAM)
    owner.click("text='Hand ownership over'")
    owner.select_option("[name=member]", ids.encode("mem", team.members[Role.ADMIN]))
    owner.click("text='Offer ownership'")
    admin.goto(TEAM)
    admin.click("text='Look at it'")
    admin.click("text='Become the Owner'")
    assert "You are the Owner now." in admin.locator(".banner.done").inner_text()
    assert Membership.objects.get(pk=team.members[Role.OWNER]).role == "admin"
    assert AuditRow.objects.filter(account_id=team.account_id, action="ownership.accepted").count() == 1


def test_a_number_is_chosen_checked_and_there_and_a_further_one_says_its_price_first(open_as: Open) -> None:
    team = make_team(days=0, plan="starter", credits_=1_000)
    page = open_as(team)
    page.goto("/settings/numbers/new?area=604")
    assert "This number costs nothing more." in page.locator("main").inner_text()
    page.goto("/settings/numbers/new?kind=toll_free")
    page.click("text='Check and take it'")
    page.click("text='Take the number'")
    page.click("text='Inboxes & numbers' >> nth=0")
    assert "Toll-free" in page.locator("main").inner_text()
    page.click("text='Add a number'")
    assert "A further number is $5.00 a month" in page.locator("main").inner_text()
    page.click("text='Review the price'")
    assert page.locator("button.go").inner_text() == "Pay $5.00 and take the number"
    page.click("button.go")
    assert Number.objects.filter(account_id=team.account_id, bought_at__isnull=False).count() == 2


def test_a_number_is_deleted_in_two_steps_typed_and_taken_back(open_as: Open) -> None:
    team = make_team(days=0)
    number = get_number(team, "+15145550160")
    page = open_as(team, Role.ADMIN, script=False)
    page.goto(PLACES)
    page.click("tr:has-text('555-0160') >> a")
    page.click("text='Delete this number'")
    page.fill("[name=typed]", "(514) 555-0161")
    page.click("button.ends")
    assert "Type the number as it stands above, to confirm." in page.locator("#faults").inner_text()
    page.fill("[name=typed]", "(514) 555-0160")
    page.click("button.ends")
    assert "For 30 days you can take it back here." in page.locator(".banner.done").inner_text()
    page.click("button:has-text('Take back')")
    number.refresh_from_db()
    assert number.removed_at is None


def test_what_is_unused_of_a_deleted_numbers_place_goes_back_where_the_policy_credits_it(open_as: Open) -> None:
    team = make_team(days=0, plan="starter", credits_=1_000)
    get_number(team, "+15145550164")
    get_number(team, "+15145550165")
    version = periods.latest_policy()
    version.values = as_dict(periods.policy_of(version)) | {"add_on_removal": "credit"}
    version.pk = -team.account_id  # below all others, so that it is nobody else's newest
    version.save(force_insert=True)
    Period.objects.filter(account_id=team.account_id).update(policy=version)
    page = open_as(team, script=False)
    page.goto(PLACES)
    page.click("tr:has-text('555-0165') >> a")
    page.click("text='Delete this number'")
    page.check("[value=credit]")
    page.fill("[name=typed]", "12")
    page.click("button.ends")
    assert page.is_checked("[value=credit]")
    page.fill("[name=typed]", "(514) 555-0165")
    page.click("button.ends")
    # 28 days of the period, of which a number is paid for at least 7.
    assert page.locator("main form button.button").last.inner_text() == "Remove it and get $3.75 back"
    page.goto(PLACES)
    page.click("text='Give it up now, and get back what is unused'")
    page.click("text='Remove it and get $3.75 back'")
    assert CreditNote.objects.get(account_id=team.account_id).total_minor == 375
    assert seats.places_of(team.account_id, "number").paid == 0


def test_an_inbox_is_removed_with_what_it_touches_and_its_number_moved(open_as: Open) -> None:
    team = make_team(days=0)
    owner = team.actor(Role.OWNER)
    desk = inboxes.create(
        account_id=team.account_id, actor=owner, name="Front desk", member_ids=[team.members[Role.MEMBER]]
    )
    other = inboxes.create(account_id=team.account_id, actor=owner, name="Reminders")
    number = get_number(team, "+15145550161", desk)
    page = open_as(team)
    page.goto(f"{PLACES}/{ids.encode('inb', desk)}/remove")
    assert "Members who work in it\n1" in page.locator("main").inner_text()
    page.select_option("[name=move_to]", ids.encode("inb", other))
    page.click("button.ends")
    number.refresh_from_db()
    assert number.inbox_id == other
    manager = open_as(team, Role.MANAGER)
    manager.goto(f"{PLACES}/{ids.encode('inb', other)}/remove")
    assert "one has to be Owner or Admin" in manager.locator("main").inner_text()
    assert "Ask an admin" in manager.locator("main").inner_text()


def addresses(team: Team) -> list[str]:
    """Every page of the team and its places, with something on it."""
    owner, account_id = team.actor(Role.OWNER), team.account_id
    order(team, QuoteRequest(kind="add_seats", quantity=3))
    inbox = inboxes.create(
        account_id=account_id, actor=owner, name="Front desk", member_ids=[team.members[Role.MEMBER]]
    )
    (invited,) = invitations.invite(account_id=account_id, actor=owner, emails=["kim@web.example"], role=Role.MEMBER)
    one, two = get_number(team, "+16045550162", inbox), get_number(team, "+16045550163")
    numbers.delete(account_id=account_id, actor=owner, number_id=two.pk, typed=two.e164)
    member, box, line = (
        ids.encode("mem", team.members[Role.MANAGER]),
        ids.encode("inb", inbox),
        ids.encode("num", one.pk),
    )
    return [
        TEAM, f"{TEAM}/invite", f"{TEAM}/invitations/{ids.encode('ivt', invited)}", f"{TEAM}/members/{member}",
        f"{TEAM}/members/{member}?role=observer", f"{TEAM}/members/{member}/remove", f"{TEAM}/ownership",
        f"{TEAM}/leave", PLACES, f"{PLACES}/new", f"{PLACES}/{box}", f"{PLACES}/{box}/remove",
        "/settings/numbers/new", f"/settings/numbers/{line}", f"/settings/numbers/{line}/delete",
    ]  # fmt: skip


def test_nothing_is_wrong_with_the_pages_of_team_and_places(open_as: Open) -> None:
    team = make_team(days=0)
    pages = addresses(team)
    assert faults_on(open_as(team), pages) == {}
    assert faults_on(open_as(team, Role.MEMBER), [TEAM, f"{TEAM}/ownership", f"{TEAM}/leave", PLACES]) == {}
    guest = open_as(None)
    assert faults_on(guest, [link_to("kim@web.example")]) == {}
    Invitation.objects.filter(account_id=team.account_id).update(version=2)
    guest.goto(link_to("kim@web.example"))
    assert "A newer mail was sent" in guest.locator("main").inner_text()
    assert faults(guest) == []


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_show_as_text_and_break_no_page(open_as: Open, name: str) -> None:
    team = make_team(days=0, owner_name=name, name=name)
    inbox = inboxes.create(account_id=team.account_id, actor=team.actor(Role.OWNER), name=name)
    page = open_as(team)
    page.goto(PLACES)
    assert name.split("\u202e")[-1] in page.locator("main").inner_text()
    for address in (TEAM, f"{PLACES}/{ids.encode('inb', inbox)}/remove", f"{TEAM}/ownership"):
        page.goto(address)
        assert page.locator("main script, main img").count() == 0
        assert too_wide(page) <= 0
    invitations.invite(
        account_id=team.account_id, actor=team.actor(Role.OWNER), emails=["ivy@web.example"], role=Role.OBSERVER
    )
    letter = letters.letter_of(Mail.objects.filter(account_id=team.account_id, kind="invitation").latest("id"))
    assert "<script" not in letter.html
    assert "<img" not in letter.html
    assert "\n" not in letter.subject
    guest = open_as(None)
    guest.goto(link_to("ivy@web.example"))
    assert guest.locator("main script, main img").count() == 0


def test_the_statement_is_narrowed_by_inbox_and_by_number_and_names_both(client_of: Callable[..., Client]) -> None:
    team = make_team(days=0)
    desk = inboxes.create(account_id=team.account_id, actor=team.actor(Role.OWNER), name="=Front desk")
    other = inboxes.create(account_id=team.account_id, actor=team.actor(Role.OWNER), name="Reminders")
    number = get_number(team, "+16045550164", desk)
    for key, inbox_id in (("a", desk), ("b", other)):
        credits.spend(
            account_id=team.account_id, credits=3 if key == "a" else 5, key=key, fingerprint=1, kind="text",
            inbox_id=inbox_id, number_id=number.pk if key == "a" else None,
        )  # fmt: skip
    client = client_of(team, Role.MANAGER)
    for query in (f"inbox={ids.encode('inb', desk)}", f"number={ids.encode('num', number.pk)}"):
        text = client.get(f"/statement?{query}").content.decode()
        assert "=Front desk · <span" in text
        assert "<dt>Used</dt><dd>−3</dd>" in text
        (_, row, _) = client.get(f"/statement.csv?{query}").getvalue().decode().split("\r\n")
        assert ",'=Front desk,+16045550164," in row
