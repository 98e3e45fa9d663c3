"""Help threads: a user writes, operators answer, by chat or by mail. Instants are real time."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from refill.domain import ids
from refill.domain.card_numbers import has_card_number
from refill.domain.errors import Invalid, TooMany, Unknown
from refill.domain.mail_words import ANSWER_ABOVE
from refill.domain.records import Actor
from refill.gateways import clock
from refill.models import HelpMessage, HelpThread, User
from refill.services.mail import mails
from refill.services.recording import audit

MOST_CHARACTERS = 5_000
PER_TEN_MINUTES = 20
THREADS_PER_DAY = 10
# Whoever has not looked for so long is told of an answer by mail.
AWAY_AFTER = timedelta(seconds=45)


def start(
    *, user_id: int, account_id: int | None, channel: str, body: str, context: Sequence[tuple[str, str]], once: str
) -> int:
    """Begin a thread with its first message; `context` is what the user saw and let go along. Returns its id.

    Raises Invalid for an empty, too long or unfit text, TooMany above 10 threads a day or 20 messages in ten minutes.
    """
    words = _fit(body)
    if channel not in HelpThread.Channel.values:
        raise Invalid("Choose chat or mail.", param="channel")
    now = clock.now()
    with transaction.atomic():
        # The user's row is the lock: a form sent twice at the same instant is one thread.
        User.objects.select_for_update().get(pk=user_id)
        known = HelpMessage.objects.filter(once=once, thread__user_id=user_id, author="user").first()
        if known is not None:
            return known.thread_id
        own = HelpThread.objects.filter(user_id=user_id, created_at__gt=now - timedelta(days=1))
        if own.count() >= THREADS_PER_DAY:
            raise TooMany("You have begun ten conversations today. Go on in one of them.")
        thread = HelpThread.objects.create(
            user_id=user_id, account_id=account_id, channel=channel, secret=secrets.token_hex(16),
            context=[list(pair) for pair in context][:20], created_at=now, last_at=now, user_seen_at=now,
        )  # fmt: skip
        _add_from_user(thread, words, once, now)
    return thread.pk


def say(*, thread_id: int, user_id: int, body: str, once: str) -> None:
    """Add the user's message; a closed thread is open again. Raises as `start`, and Unknown for another's thread."""
    words = _fit(body)
    with transaction.atomic():
        _add_from_user(_own(thread_id, user_id), words, once, clock.now())


def answer(*, thread_id: int, operator: Actor, body: str, once: str) -> None:
    """Add an operator's message. It goes by mail too where the user waits for mail, or is not looking.

    Raises Invalid for an empty, too long or unfit text, Unknown.
    """
    words = _fit(body)
    now = clock.now()
    with transaction.atomic():
        thread = HelpThread.objects.select_for_update().select_related("user").filter(pk=thread_id).first()
        if thread is None:
            raise Unknown()
        message = _add(thread, HelpMessage.Author.OPERATOR, operator.user_id, words, once, now)
        if message is None:
            return
        thread.unread_by_user, thread.unread_by_office, thread.waiting_since = thread.unread_by_user + 1, 0, None
        thread.last_at, thread.state = now, HelpThread.State.OPEN
        thread.save()
        audit(thread.account_id, now, operator, "help.answered", subject=ids.encode("hlp", thread.pk))
        if thread.channel == HelpThread.Channel.MAIL or thread.user_seen_at < now - AWAY_AFTER:
            _mail(thread, "help_answer", message.pk, {"body": words, "channel": thread.channel})


def close(*, thread_id: int, operator: Actor | None = None, user_id: int | None = None) -> None:
    """Close a thread, by its user or by an operator; a further message opens it again. Raises Unknown."""
    with transaction.atomic():
        thread = _own(thread_id, user_id) if user_id is not None else _any(thread_id)
        HelpThread.objects.filter(pk=thread.pk).update(state=HelpThread.State.CLOSED, waiting_since=None)
        if operator is not None:
            audit(thread.account_id, clock.now(), operator, "help.closed", subject=ids.encode("hlp", thread.pk))


def send_transcript(*, thread_id: int, user_id: int) -> None:
    """Mail the whole thread to its user, once for each state of it. Raises Unknown."""
    with transaction.atomic():
        thread = _own(thread_id, user_id)
        rows = list(thread.messages.order_by("id"))
        lines = [
            {"who": "You" if row.author == "user" else "Refill", "sent_at": row.at.isoformat(), "body": row.body}
            for row in rows
        ]
        _mail(thread, "help_transcript", rows[-1].pk, {"messages": lines})


def seen(*, thread_id: int, user_id: int | None) -> None:
    """The user (or, without one, the office) looks at the thread now."""
    found = HelpThread.objects.filter(pk=thread_id)
    if user_id is None:
        found.filter(unread_by_office__gt=0).update(unread_by_office=0)
    else:
        found.filter(user_id=user_id).update(unread_by_user=0, user_seen_at=clock.now())


def receive_mail(*, secret: str, sender: str, words: str, message_id: str) -> bool:
    """Add what came by mail to the thread whose address it came to; false where there is no such thread.

    The same message twice is one. Raises Invalid, TooMany as `say`.
    """
    with transaction.atomic():
        thread = HelpThread.objects.select_for_update().filter(secret=secret).first()
        if thread is None:
            return False
        _add_from_user(thread, _fit(words), f"mail {message_id}"[:255], clock.now(), sender=sender[:254])
    return True


def address_of(secret: str) -> str:
    """The address that comes back into the thread: help+<secret>@…, made from the support address."""
    local, _, host = settings.SUPPORT_EMAIL.rpartition("@")
    return f"{local}+{secret}@{host}"


def _fit(body: str) -> str:
    words = body.replace("\r\n", "\n").strip()
    if not words:
        raise Invalid("Write what it is about.", param="body")
    if len(words) > MOST_CHARACTERS or "\x00" in words:
        raise Invalid(f"At most {MOST_CHARACTERS:,} characters.", param="body")
    if has_card_number(words):
        raise Invalid("This looks like a card number. Take it out: nobody here needs it.", param="body")
    return words


def _own(thread_id: int, user_id: int) -> HelpThread:
    found = HelpThread.objects.select_for_update().filter(pk=thread_id, user_id=user_id).first()
    if found is None:
        raise Unknown()
    return found


def _any(thread_id: int) -> HelpThread:
    found = HelpThread.objects.select_for_update().filter(pk=thread_id).first()
    if found is None:
        raise Unknown()
    return found


def _add_from_user(thread: HelpThread, words: str, once: str, now: datetime, sender: str = "") -> None:
    lately = HelpMessage.objects.filter(
        thread__user_id=thread.user_id, author="user", at__gt=now - timedelta(minutes=10)
    )
    if lately.count() >= PER_TEN_MINUTES:
        raise TooMany("That is twenty messages in ten minutes. Wait a little; we have all of them.")
    message = _add(thread, HelpMessage.Author.USER, thread.user_id, words, once, now, sender)
    if message is None:
        return
    HelpThread.objects.filter(pk=thread.pk).update(
        unread_by_office=F("unread_by_office") + 1, last_at=now, user_seen_at=now, state=HelpThread.State.OPEN,
        waiting_since=thread.waiting_since or now,
    )  # fmt: skip
    facts = {"body": words, "link": f"{settings.BASE_URL}/office/help/{ids.encode('hlp', thread.pk)}"}
    mails.post(
        kind="help_asked", account_id=thread.account_id, at=now, to=[settings.SUPPORT_EMAIL], facts=facts,
        once=f"help {message.pk}",
    )  # fmt: skip


def _add(
    thread: HelpThread, author: str, user_id: int | None, words: str, once: str, now: datetime, sender: str = ""
) -> HelpMessage | None:
    """The message, or nothing where it is there already."""
    try:
        with transaction.atomic():
            return HelpMessage.objects.create(
                thread=thread, author=author, user_id=user_id, sender=sender, body=words, once=once, at=now
            )
    except IntegrityError:
        return None


def _mail(thread: HelpThread, kind: str, message_id: int, facts: dict[str, object]) -> None:
    email = User.objects.values_list("email", flat=True).get(pk=thread.user_id)
    facts |= {
        "marker": ANSWER_ABOVE,
        "reply_to": address_of(thread.secret),
        "link": f"{settings.BASE_URL}/help/threads/{ids.encode('hlp', thread.pk)}",
    }
    mails.post(
        kind=kind, account_id=thread.account_id, at=clock.now(), to=[email], facts=facts,
        once=f"{kind} {message_id}",
    )  # fmt: skip
