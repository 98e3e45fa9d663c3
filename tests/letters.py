"""The mails of an account, said as they are sent."""

from __future__ import annotations

import re
from dataclasses import dataclass

from refill.domain import ids
from refill.models import Mail
from refill.services.mail import letters
from refill.worker.chores import answer_door
from tests.life import Life


@dataclass(frozen=True)
class Said:
    """One mail: `words` is its text in one line, `shown` the same of its HTML."""

    kind: str
    to: str
    subject: str
    words: str
    shown: str


def said(mail: Mail) -> Said:
    letter = letters.letter_of(mail)
    body = letter.html.partition("<body")[2].partition(">")[2]
    shown = re.sub(r"<[^>]+>", " ", body).replace("&#x27;", "'").replace("&quot;", '"').replace("&amp;", "&")
    return Said(mail.kind, mail.to, letter.subject, " ".join(letter.text.split()), " ".join(shown.split()))


def mails_of(account: Life | int, kind: str = "") -> list[Said]:
    """The account's mails to its Owner and Admins, the oldest first; of one kind where it is named."""
    account_id = account if isinstance(account, int) else ids.decode("acc", account.id)[0]
    rows = Mail.objects.select_related("account").filter(account_id=account_id).order_by("pk")
    return [said(mail) for mail in rows if kind in ("", mail.kind)]


def subjects(account: Life | int, kind: str = "") -> list[str]:
    return [mail.subject for mail in mails_of(account, kind)]


def asked_for(email: str) -> Mail:
    """The last mail that was asked for at the door, where the worker answers: to confirm an address, or a password."""
    answer_door()
    return Mail.objects.filter(to=email, kind=letters.WRITTEN).latest("pk")


def link_in(mail: Mail) -> str:
    """The page of ours that its words lead to."""
    found = re.search(r"https?://[^/]+(/user/\S+)", mail.facts["text"])
    assert found is not None
    return found.group(1)
