"""From an outbox row to the letter: its templates say its facts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import css_inline
from django.conf import settings
from django.template import Context
from django.template.loader import get_template

from refill.domain import ids
from refill.domain.letters import Letter, one_line
from refill.models import Mail

# A mail that another part of Django wrote already (sign-in, passwords): its facts are forgotten once it is sent.
WRITTEN = "written"
# A line that a template left empty joins its neighbours.
_BLANKS = re.compile(r"[ \t]*\n([ \t]*\n)+")
_LINK = re.compile(r"https?://\S+")
# All other words are of one line: whose name is put into a subject must not write more than that.
_LINES_KEPT = ("text", "note", "body")
_WHY = {
    "owner": "You get this as the Owner of {name}.",
    "admin": "You get this as an Admin of {name}.",
    "billing": "You get this because invoices of {name} come to this address.",
    "named": "This was sent to {to} about {name}.",
}


def letter_of(mail: Mail) -> Letter:
    """Say a mail's facts. Raises whatever a template that does not fit them raises."""
    words = context_of(mail)
    if mail.kind == WRITTEN:
        html = get_template("mail/written.html").render({**words, "blocks": blocks_of(words["text"])})
        return Letter(mail.pk, mail.to, words["subject"], words["text"], inlined(html))
    headers = {"Reply-To": words["reply_to"]} if "reply_to" in words else {}
    text = get_template(f"mail/{mail.kind}.txt").template.render(Context(words, autoescape=False))  # type: ignore[attr-defined]
    subject, _, body = text.strip().partition("\n")
    html = get_template(f"mail/{mail.kind}.html").render({**words, "subject": subject})
    body = _BLANKS.sub("\n\n", body.strip()) + "\n"
    return Letter(mail.pk, mail.to, subject.strip(), body, inlined(html), headers)


def blocks_of(text: str) -> list[dict[str, Any]]:
    """The paragraphs of a plain text, and which of them are nothing but a link."""
    found = [block.strip() for block in text.replace("\r\n", "\n").split("\n\n")]
    return [{"words": block, "is_link": bool(_LINK.fullmatch(block))} for block in found if block]


def inlined(html: str) -> str:
    """Styles moved onto the elements, for the mail programs that read no style sheet; media queries stay."""
    done: str = css_inline.inline(html, keep_style_tags=True, load_remote_stylesheets=False)
    return done


def context_of(mail: Mail) -> dict[str, Any]:
    """What every template knows besides its facts."""
    account = mail.account
    name = one_line(account.name) if account else ""
    return {
        **typed(mail.facts),
        "at": mail.at,
        "account": name,
        "account_code": ids.encode("acc", account.pk) if account else "",
        "zone": account.timezone if account else "UTC",
        "is_test": account is not None and not account.livemode,
        "base": settings.BASE_URL,
        "support": settings.SUPPORT_EMAIL,
        "why": _WHY[mail.why].format(name=name, to=one_line(mail.to)) if account else "",
    }


def typed(facts: Any, name: str = "") -> Any:
    """JSON's texts back as what they are: names ending in _at are instants, in _on days."""
    if isinstance(facts, Mapping):
        return {key: typed(value, key) for key, value in facts.items()}
    if isinstance(facts, list):
        return [typed(value, name) for value in facts]
    if isinstance(facts, str) and name.endswith("_at"):
        return datetime.fromisoformat(facts)
    if isinstance(facts, str) and name.endswith("_on"):
        return date.fromisoformat(facts)
    return one_line(facts) if isinstance(facts, str) and name not in _LINES_KEPT else facts
