"""Help: questions with the account's own numbers, chat and mail, the desk in the office."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from email.message import EmailMessage

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page

from refill.domain import ids
from refill.domain.errors import Invalid, TooMany, Unknown
from refill.domain.opening import ALWAYS, read_hours
from refill.domain.records import Actor
from refill.domain.roles import Role
from refill.models import AuditRow, HelpMessage, HelpThread, Mail
from refill.services import helping
from tests.web.accounts import Team, make_operator, make_team
from tests.web.looking import faults, faults_on

Open = Callable[..., Page]
SECRET = "a long secret of the mail server"


@pytest.fixture(autouse=True)
def open_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "HELP_HOURS", ALWAYS)
    monkeypatch.setattr(settings, "HELP_MAIL_SECRET", SECRET)


def _start(team: Team, body: str = "Why 3 credits?", channel: str = "chat", once: str = "a" * 32) -> HelpThread:
    user = team.user(Role.MEMBER)
    thread_id = helping.start(
        user_id=user.pk, account_id=team.account_id, channel=channel, body=body, context=[], once=once
    )
    return HelpThread.objects.get(pk=thread_id)


def _operator() -> Actor:
    return Actor("operator of the test", None, make_operator().pk)


def test_a_chat_is_begun_without_script_answered_in_the_office_and_read(open_as: Open) -> None:
    team = make_team(days=1)
    page = open_as(team, Role.MEMBER, script=False)
    page.goto("/settings/billing")
    page.click("footer >> text='Help'")
    facts = page.locator("form .facts").inner_text()
    assert re.sub(r"\s+", " ", facts).endswith("Your role Member State of the account Active Credits left 970 The page"
                                               " you came from /settings/billing")  # fmt: skip
    page.fill("[name=body]", "Why did <b>one</b> text cost 3?")
    page.check("[name=along]")
    page.click("text='Start the chat'")
    assert page.locator("h1").inner_text() == "Chat with us"
    assert page.locator(".talk .own .mail").inner_text() == "Why did <b>one</b> text cost 3?"

    office = open_as(make_operator(), script=False)
    office.goto("/office/help")
    office.click("text='Why did <b>one</b> text cost 3?'")
    assert "970" in office.locator("main .facts").inner_text()
    office.fill("[name=body]", "It has three parts.")
    office.click("main form .button.ink")
    assert office.locator(".talk article").count() == 2

    page.goto("/settings/billing")
    assert page.locator(".top nav").inner_text().split("\n")[-1].endswith("1")
    page.click(".top nav >> text='Help'")
    page.click(".talks a")
    assert page.locator(".talk .theirs .mail").inner_text() == "It has three parts."
    page.goto("/settings/billing")
    assert page.locator(".top nav .pill").count() == 0


def test_nothing_is_wrong_with_conversations_on_either_side(open_as: Open) -> None:
    team = make_team(days=0, a_day=0)
    thread = _start(team, body="Donaudampfschifffahrtsgesellschaft" * 9 + "\n\nhttps://example.com/" + "x" * 200)
    helping.answer(thread_id=thread.pk, operator=_operator(), body="It has three parts.", once="b" * 32)
    own, code = open_as(team, Role.MEMBER), ids.encode("hlp", thread.pk)
    assert faults_on(own, ["/help", "/settings/billing", f"/help/threads/{code}"]) == {}
    own.fill("[name=body]", "4242424242424242")
    own.click("main form .button.ink")
    own.wait_for_selector("#faults:focus")
    assert faults(own) == []
    assert faults_on(open_as(make_operator()), ["/office/help", f"/office/help/{code}"]) == {}


def test_an_open_chat_shows_an_answer_by_itself(open_as: Open) -> None:
    team = make_team(days=1)
    thread = _start(team)
    page = open_as(team, Role.MEMBER)
    page.goto(f"/help/threads/{ids.encode('hlp', thread.pk)}")
    helping.answer(thread_id=thread.pk, operator=_operator(), body="It has three parts.", once="b" * 32)
    page.wait_for_selector(".talk .theirs")
    assert page.locator(".talk article").count() == 2
    assert Mail.objects.filter(once__startswith="help_answer", account_id=team.account_id).count() == 0


def test_an_open_chat_asks_seldom_where_nothing_is_said_and_after_an_hour_no_more(
    client_of: Callable[..., Client], operator_client: Callable[..., Client]
) -> None:
    team = make_team(days=1, a_day=0)
    code = ids.encode("hlp", _start(team).pk)
    for client, address in ((client_of(team, Role.MEMBER), f"/help/threads/{code}"),
                            (operator_client(), f"/office/help/{code}")):  # fmt: skip
        asked = _asks(client.get(address).content.decode())
        assert client.get(asked).status_code == 204
        seldom = client.get(_earlier(asked, 130))
        assert (seldom.status_code, "<article" in seldom.content.decode()) == (200, False)
        asked = _asks(seldom.content.decode())
        assert ("every=20" in asked, client.get(asked).status_code) == (True, 204)
        rested = client.get(_earlier(asked, 3_600))
        assert (rested.status_code, "hx-get" in rested.content.decode()) == (286, False)
        assert f'<a href="{address}">Refresh</a>' in rested.content.decode()


def _asks(text: str) -> str:
    found = re.search(r'hx-get="([^"]+)"', text)
    assert found is not None
    return html.unescape(found[1])


def _earlier(asked: str, seconds: int) -> str:
    return re.sub(r"since=(\d+)", lambda found: f"since={int(found[1]) - seconds}", asked)


def test_nothing_goes_along_that_was_not_ticked(client_of: Callable[..., Client]) -> None:
    team = make_team(days=1)
    client = client_of(team, Role.MEMBER)
    text = client.get("/help?from=/statement").content.decode()
    sealed = re.search(r'name="sealed" value="([^"]+)"', text)
    assert sealed is not None
    sent = {"body": "Hello", "once": "c" * 32, "channel": "mail", "sealed": sealed.group(1)}
    client.post("/help/threads", sent)
    client.post("/help/threads", {**sent, "once": "d" * 32, "along": "on"})
    client.post("/help/threads", {**sent, "once": "e" * 32, "along": "on", "sealed": sealed.group(1)[:-2]})
    found = HelpThread.objects.filter(account_id=team.account_id).order_by("id")
    assert [[name for name, _ in thread.context] for thread in found] == [
        [],
        ["Your name", "Mail address", "Account", "Your role", "State of the account", "Credits left",
         "The page you came from"],
    ]  # fmt: skip


def test_a_form_with_a_fault_still_says_which_page_one_came_from(client_of: Callable[..., Client]) -> None:
    client = client_of(make_team(days=0), Role.OWNER)
    action = client.get("/help?from=/statement%3Fkind=text").content.decode().partition('action="/help/threads')[2]
    address = "/help/threads" + html.unescape(action.partition('"')[0])
    answer = client.post(address, {"body": "", "channel": "chat"})
    assert answer.status_code == 422
    assert ["The page you came from", "/statement?kind=text"] in answer.context["facts"]


def test_a_message_sent_twice_is_one() -> None:
    team = make_team(days=1, a_day=0)
    thread = _start(team)
    assert _start(team) == thread
    for _ in range(2):
        helping.say(thread_id=thread.pk, user_id=thread.user_id, body="And?", once="f" * 32)
    assert list(HelpMessage.objects.filter(thread=thread).order_by("id").values_list("body", flat=True)) == [
        "Why 3 credits?",
        "And?",
    ]


def test_others_of_the_account_do_not_see_a_thread(client_of: Callable[..., Client]) -> None:
    team = make_team(days=1, a_day=0)
    thread = _start(team)
    address = f"/help/threads/{ids.encode('hlp', thread.pk)}"
    statuses = {role: client_of(team, role).get(address).status_code for role in Role}
    assert statuses == dict.fromkeys(Role, 404) | {Role.MEMBER: 200}
    with pytest.raises(Unknown):
        helping.say(thread_id=thread.pk, user_id=team.user(Role.OWNER).pk, body="Hm", once="0" * 32)


@pytest.mark.parametrize("body", ["", "   ", "x" * 5_001, "a\x00b", "my card 4242 4242 4242 4242"])
def test_what_does_not_fit_is_refused_and_nothing_is_kept(body: str) -> None:
    team = make_team(days=0, a_day=0)
    with pytest.raises(Invalid):
        _start(team, body)
    assert HelpThread.objects.filter(account_id=team.account_id).count() == 0


def test_the_twenty_first_message_in_ten_minutes_is_refused() -> None:
    team = make_team(days=0, a_day=0)
    thread = _start(team)
    for count in range(19):
        helping.say(thread_id=thread.pk, user_id=thread.user_id, body="Hm", once=f"{count:032x}")
    with pytest.raises(TooMany):
        helping.say(thread_id=thread.pk, user_id=thread.user_id, body="Hm", once="9" * 32)


def test_out_of_hours_the_chat_is_a_message_that_is_left(
    open_as: Open, monkeypatch: pytest.MonkeyPatch, team: Team
) -> None:
    closed = read_hours("Mon 00:00-00:01 Pacific/Kiritimati")
    monkeypatch.setattr(settings, "HELP_HOURS", closed)
    page = open_as(team, Role.OWNER)
    page.goto("/help")
    assert page.locator("main form .button.ink").inner_text() == "Leave a message"
    assert "We are back" in page.locator("main").inner_text()
    assert faults(page) == []


def test_an_answer_to_a_mail_comes_back_into_the_thread(client: Client) -> None:
    team = make_team(days=1, a_day=0)
    thread = _start(team, channel="mail")
    helping.answer(thread_id=thread.pk, operator=_operator(), body="It has three parts.", once="b" * 32)
    mail = Mail.objects.get(kind="help_answer", account_id=team.account_id)
    assert mail.to == team.emails[Role.MEMBER]
    assert mail.facts["reply_to"] == f"support+{thread.secret}@refill.example"
    answer = EmailMessage()
    answer["From"], answer["To"] = f"Dan <{mail.to}>", f"Refill <{mail.facts['reply_to']}>"
    answer["Message-ID"] = "<one@dan.example>"
    answer.set_content("I see, thanks. 4242424242424242\n\nOn Monday, Refill wrote:\n> It has three parts.")
    for _ in range(2):
        assert _post(client, bytes(answer)) == (200, {"taken": True})
    messages = list(HelpMessage.objects.filter(thread=thread).order_by("id").values_list("author", "sender", "body"))
    assert messages[2:] == [("user", mail.to, "I see, thanks. [card number removed]")]
    thread.refresh_from_db()
    assert thread.waiting_since is not None


def _post(client: Client, raw: bytes, secret: str = SECRET) -> tuple[int, dict[str, object]]:
    answer = client.post(
        "/hooks/help-mail", raw, content_type="message/rfc822", headers={"Authorization": f"Bearer {secret}"}
    )
    return answer.status_code, answer.json()


def test_a_mail_that_is_not_for_us_changes_nothing(client: Client) -> None:
    thread = _start(make_team(days=0, a_day=0), channel="mail")
    letter = EmailMessage()
    letter["From"], letter["To"] = "dan@web.example", f"support+{thread.secret}@refill.example"
    letter.set_content("Hello")
    elsewhere = bytes(letter).replace(thread.secret.encode(), b"0" * 32)
    assert _post(client, bytes(letter), "wrong")[0] == 401
    assert _post(client, elsewhere) == (200, {"taken": False, "why": "no such conversation"})
    machine = b"Auto-Submitted: auto-replied\r\n" + bytes(letter)
    assert _post(client, machine) == (200, {"taken": False, "why": "sent by a machine"})
    assert _post(client, b"x" * 1_000_001)[0] == 413
    assert _post(client, b"\x00\xff: \r\n\r\n\xfe")[0] == 200
    assert HelpMessage.objects.filter(thread=thread).count() == 1


@pytest.mark.parametrize(
    "headers",
    [
        b'From: dan@web.example\r\nMessage-ID: <\r\nCc: "',
        b"From: dan@web.example\r\nCc: undisclosed-recipients:;(\r\nContent-Type: text/plain; charset=a\0b",
        b"From: a\0b@web.example\r\nMessage-ID: <1\0@x>\r\nContent-Type: text/html; charset=no-such",
        b"From: dan@web.example\r\nTo: =?utf-8?q?=0A?=@",
    ],
)
def test_whatever_stands_in_the_headers_of_a_mail_its_words_arrive(client: Client, headers: bytes) -> None:
    thread = _start(make_team(days=0, a_day=0), channel="mail")
    to = f"\r\nDelivered-To: support+{thread.secret}@refill.example".encode()
    assert _post(client, headers + to + b"\r\n\r\nIt was <![odd] fine.") == (200, {"taken": True})
    assert "fine." in HelpMessage.objects.filter(thread=thread).latest("id").body


def test_without_a_secret_there_is_no_hook(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "HELP_MAIL_SECRET", "")
    answer = client.post("/hooks/help-mail", b"x", content_type="message/rfc822", headers={"Authorization": "Bearer "})
    assert answer.status_code == 404


def test_html_mails_are_read_as_words(client: Client) -> None:
    thread = _start(make_team(days=0, a_day=0), channel="mail")
    letter = EmailMessage()
    letter["From"], letter["To"] = "dan@web.example", f"support+{thread.secret}@refill.example"
    letter.set_content(
        "<style>p {}</style><p>Hello <b>you</b></p><p>Bye<script>alert(1)</script></p><blockquote>It</blockquote>",
        subtype="html",
    )
    assert _post(client, bytes(letter)) == (200, {"taken": True})
    assert HelpMessage.objects.filter(thread=thread).latest("id").body == "Hello you\nBye"


def test_who_left_the_chat_is_told_by_mail_and_may_have_all_of_it(client_of: Callable[..., Client]) -> None:
    team = make_team(days=1, a_day=0)
    thread = _start(team)
    HelpThread.objects.filter(pk=thread.pk).update(user_seen_at="2020-01-01T00:00:00Z")
    helping.answer(thread_id=thread.pk, operator=_operator(), body="It has three parts.", once="b" * 32)
    client = client_of(team, Role.MEMBER)
    for _ in range(2):
        client.post(f"/help/threads/{ids.encode('hlp', thread.pk)}/copy")
    kinds = Mail.objects.filter(account_id=team.account_id, kind__startswith="help").order_by("id")
    assert [(mail.kind, mail.to) for mail in kinds] == [
        ("help_asked", "support@refill.example"),
        ("help_answer", team.emails[Role.MEMBER]),
        ("help_transcript", team.emails[Role.MEMBER]),
    ]
    assert [line["body"] for line in kinds[2].facts["messages"]] == ["Why 3 credits?", "It has three parts."]


def test_an_operators_answer_and_close_leave_audit_rows(operator_client: Callable[..., Client]) -> None:
    team = make_team(days=0, a_day=0)
    thread = _start(team)
    address = f"/office/help/{ids.encode('hlp', thread.pk)}"
    client = operator_client()
    client.post(address, {"body": "Yes.", "once": "b" * 32})
    client.post(f"{address}/close")
    rows = AuditRow.objects.filter(account_id=team.account_id, action__startswith="help.").order_by("id")
    assert [row.action for row in rows] == ["help.answered", "help.closed"]
    assert all(row.actor.startswith("operator usr_") for row in rows)
    assert HelpThread.objects.get(pk=thread.pk).state == "closed"
    helping.say(thread_id=thread.pk, user_id=thread.user_id, body="One more", once="1" * 32)
    assert HelpThread.objects.get(pk=thread.pk).state == "open"


def test_questions_on_the_help_page_have_the_accounts_own_numbers(
    client_of: Callable[..., Client], client: Client, team: Team
) -> None:
    own = client_of(team, Role.OWNER).get("/help").content.decode()
    assert "the 520 that are left are replaced by 1,000 new ones" in own
    anybodys = client.get("/help").content.decode()
    assert "Do credits roll over?" in anybodys
    assert "replaced by" not in anybodys


def test_a_chatwoot_of_the_operators_own_is_framed_and_its_host_alone(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "CHATWOOT_URL", "https://chat.operator.example")
    monkeypatch.setattr(settings, "CHATWOOT_TOKEN", "tok")
    answer = client.get("/help")
    assert 'src="https://chat.operator.example/widget?website_token=tok"' in answer.content.decode()
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-src https://chat.operator.example" in policy
    assert "script-src 'self'" in policy
    assert "chat.operator.example" not in client.get("/user/login/").headers["Content-Security-Policy"]
