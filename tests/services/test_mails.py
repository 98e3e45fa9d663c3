"""The outbox: posted with the deed, sent at least once, and a server in trouble keeps nobody waiting (F6, F26, F40)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction

from refill.domain.letters import Letter
from refill.gateways.mail import MailRefused, mail_gateway, written
from refill.models import Mail
from refill.services.mail import letters, mailing, mails
from refill.services.mail.outbox import OutboxBackend
from tests.smtp import Postbox, postbox

AT = datetime(2027, 3, 22, 13, 0, tzinfo=UTC)


@pytest.fixture
def server(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Postbox]:
    """A mail server, and an outbox of the test's own."""
    with postbox() as box:
        monkeypatch.setattr(settings, "REFILL_MAIL_GATEWAY", "refill.gateways.mail.SmtpMail")
        monkeypatch.setattr(settings, "EMAIL_HOST", "127.0.0.1")
        monkeypatch.setattr(settings, "EMAIL_PORT", box.port)
        monkeypatch.setattr(mailing, "_paused_until", 0.0)
        mail_gateway.cache_clear()
        yield box
        mail_gateway.cache_clear()


def post(to: list[str], once: str = "one", text: str = "Hello", subject: str = "News", **facts: Any) -> None:
    facts = {"subject": subject, "text": text} | facts
    mails.post(kind=letters.WRITTEN, account_id=None, at=AT, to=to, facts=facts, once=once)


def pass_time(seconds: int) -> None:
    """What waits has waited so much longer."""
    with connection.cursor() as cursor:
        cursor.execute("update refill_mail set send_at = send_at - make_interval(secs => %s)", [seconds])
    mailing._paused_until = 0.0


def states() -> list[tuple[str, bool, int, str]]:
    """(to, waiting, tries, fault) of what was not sent."""
    rows = Mail.objects.filter(sent_at=None).order_by("pk")
    return [(mail.to, mail.send_at is not None, mail.tries, mail.fault) for mail in rows]


def subjects(box: Postbox) -> list[tuple[str, str]]:
    return [(str(message["To"]), str(message["Subject"])) for message in box.taken]


def test_an_address_in_letters_that_the_server_does_not_take_keeps_no_other_mail_waiting(server: Postbox) -> None:
    post(["ann@müller.example", "änn@mail.example", "bob@mail.example"])
    mailing.send_due()
    assert subjects(server) == [("ann@xn--mller-kva.example", "News"), ("bob@mail.example", "News")]
    ((to, is_waiting, _, fault),) = states()
    assert (to, is_waiting) == ("änn@mail.example", False)
    assert "SMTPUTF8" in fault


def test_a_mail_is_sent_once_and_then_forgets_its_secrets(server: Postbox) -> None:
    post(["ann@mail.example"], text="Set it here:\n\nhttp://127.0.0.1/reset/abc")
    assert mailing.send_due() == 1
    assert mailing.send_due() == 0
    (message,) = server.taken
    assert (str(message["To"]), str(message["Subject"])) == ("ann@mail.example", "News")
    assert message["Auto-Submitted"] == "auto-generated"
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert "http://127.0.0.1/reset/abc" in plain.get_content()
    assert 'href="http://127.0.0.1/reset/abc"' in html.get_content()
    sent = Mail.objects.get()
    assert (sent.facts, sent.send_at, sent.sent_at is not None) == ({}, None, True)


def test_a_deed_that_is_undone_leaves_no_mail(server: Postbox) -> None:
    class Undone(Exception):
        pass

    @transaction.atomic
    def do_and_undo() -> None:
        post(["ann@mail.example"])
        raise Undone

    with pytest.raises(Undone):
        do_and_undo()
    assert (mailing.send_due(), server.taken) == (0, [])


def test_an_address_is_told_the_same_thing_once(server: Postbox) -> None:
    post(["ann@mail.example"])
    post(["ann@mail.example", "ben@mail.example"], subject="Again")
    mailing.send_due()
    assert subjects(server) == [("ann@mail.example", "News"), ("ben@mail.example", "Again")]


def test_f40_a_server_that_is_down_is_asked_again_later_and_nothing_else_waits(
    server: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(["ann@mail.example", "ben@mail.example"])
    monkeypatch.setattr(settings, "EMAIL_PORT", 1)
    # The first one finds out; the others are not even tried, and neither is it in the next rounds.
    assert [mailing.send_due(), mailing.send_due()] == [1, 0]
    assert [row[:3] for row in states()] == [("ann@mail.example", True, 1), ("ben@mail.example", True, 0)]
    monkeypatch.setattr(settings, "EMAIL_PORT", server.port)
    pass_time(60)
    assert mailing.send_due() == 2
    assert sorted(subjects(server)) == [("ann@mail.example", "News"), ("ben@mail.example", "News")]


def test_an_address_that_does_not_exist_is_given_up_and_the_others_get_theirs(server: Postbox) -> None:
    server.refused = {"gone@mail.example"}
    server.later = {"full@mail.example"}
    post(["gone@mail.example", "full@mail.example", "ann@mail.example", "no address at all"])
    assert mailing.send_due() == 4
    assert subjects(server) == [("ann@mail.example", "News")]
    assert states() == [
        ("gone@mail.example", False, 1, "550 nobody of that name"),
        ("full@mail.example", True, 1, "451 later"),
        ("no address at all", False, 1, "'no address at all' is no mail address"),
    ]
    gone = Mail.objects.get(to="gone@mail.example").pk
    server.refused, server.later = set(), set()
    assert [mailing.send_again(gone), mailing.send_again(gone)] == [True, False]
    pass_time(60)
    mailing.send_due()
    assert len(server.taken) == 3


@pytest.mark.parametrize(
    ("greeting", "to_sender"), [("554 not from your network", "250 ok"), ("220 postbox", "550 no sender of ours")]
)
def test_a_server_that_takes_nothing_from_us_is_asked_again_later(
    server: Postbox, greeting: str, to_sender: str
) -> None:
    server.greeting, server.to_sender = greeting, to_sender
    post(["ann@mail.example", "ben@mail.example"])
    assert [mailing.send_due(), mailing.send_due()] == [1, 0]
    assert [row[:3] for row in states()] == [("ann@mail.example", True, 1), ("ben@mail.example", True, 0)]
    server.greeting, server.to_sender = "220 postbox", "552 too large"
    pass_time(60)
    assert mailing.send_due() == 2
    assert [row[1] for row in states()] == [False, False]


def test_f26_a_mail_that_cannot_be_said_is_put_aside_and_the_next_one_is_sent(server: Postbox) -> None:
    mails.post(kind="no_such_kind", account_id=None, at=AT, to=["ann@mail.example"], facts={}, once="poison")
    post(["ben@mail.example"])
    assert mailing.send_due() == 2
    assert subjects(server) == [("ben@mail.example", "News")]
    for _ in range(mailing.MOST_FAULTS):
        pass_time(86_400)
        mailing.send_due()
    ((to, waiting, tries, fault),) = states()
    assert (to, waiting, tries) == ("ann@mail.example", False, mailing.MOST_FAULTS)
    assert fault.startswith("TemplateDoesNotExist")


def test_an_answer_that_is_lost_makes_one_repeat_with_the_same_message_id(server: Postbox) -> None:
    server.silent = 1
    post(["ann@mail.example"])
    mailing.send_due()
    pass_time(60)
    mailing.send_due()
    pass_time(60)
    assert mailing.send_due() == 0
    first, second = server.taken
    assert first["Message-ID"] == second["Message-ID"]


def test_f25_whoever_comes_back_after_its_lease_changes_nothing(server: Postbox) -> None:
    post(["ann@mail.example"])
    claimed = mailing._claim()
    assert claimed is not None
    assert mailing._claim() is None
    server.later = {"ann@mail.example"}
    pass_time(mailing.LEASE_SECONDS)
    again = mailing._claim()
    assert again == (claimed[0], 2)
    # The one that was late says that it failed; the lease is the other's.
    mailing._send(*claimed)
    assert [row[1:] for row in states()] == [(True, 2, "")]
    server.later = set()
    mailing._send(*again)
    assert states() == []


def test_many_workers_send_each_mail_once(server: Postbox) -> None:
    post([f"reader{number}@mail.example" for number in range(40)])

    def work() -> None:
        try:
            while mailing.send_due():
                pass
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(str(message["To"]) for message in server.taken) == sorted(
        f"reader{number}@mail.example" for number in range(40)
    )


@pytest.mark.parametrize(
    "name", ["Ann\r\nBcc: eve@evil.example", "Ann\nBcc: x\n\nbody", "Ann\x00\u202egnp", "=?utf-8?q?=0ABcc:_x?="]
)
def test_x_no_name_writes_a_header_of_its_own(name: str) -> None:
    message = written(Letter(7, "ben@mail.example", f"{name} invites you", "text\n", "<p>text</p>"))
    raw = bytes(message)
    head = raw.partition(b"\r\n\r\n")[0].decode()
    assert sorted(line.partition(":")[0] for line in head.split("\r\n") if not line.startswith(" ")) == [
        "Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To",
    ]  # fmt: skip
    assert "\u202e" not in str(message["Subject"])


@pytest.mark.parametrize(
    "to", ["ann@mail.example, eve@evil.example", "ann@mail.example\nBcc: eve@evil.example", "", "@", "<a@b>"]
)
def test_x_an_address_is_one_address(to: str) -> None:
    with pytest.raises(MailRefused):
        written(Letter(7, to, "Hello", "text\n", ""))


def test_what_django_writes_joins_the_outbox(server: Postbox) -> None:
    letter = EmailMultiAlternatives(
        "Set a new password", "Set it here:\n\nhttp://127.0.0.1/r", None, ["ann@mail.example"]
    )
    assert OutboxBackend().send_messages([letter]) == 1
    assert Mail.objects.get().posted_at - timedelta(minutes=1) < Mail.objects.get().at
    mailing.send_due()
    assert subjects(server) == [("ann@mail.example", "Set a new password")]
