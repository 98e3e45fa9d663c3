"""Answers by mail, back into the help thread whose secret address they came to.

The mail server (or a few lines beside it) posts the whole message as it came, with the secret of
REFILL_HELP_MAIL_SECRET as the bearer: `curl --data-binary @- -H "Authorization: Bearer …" …/hooks/help-mail`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from hashlib import sha256
from hmac import compare_digest
from html.parser import HTMLParser

from django.conf import settings
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from refill.domain.card_numbers import without_card_numbers
from refill.domain.errors import Refusal
from refill.domain.mail_words import own_words
from refill.services import helping

MOST_BYTES = 1_000_000
_SECRET = re.compile(r"\+([0-9a-f]{32})@")
_WHERE = ("to", "cc", "delivered-to", "x-original-to", "envelope-to")
_MACHINES = ("bulk", "junk", "list")
_BLOCKS = frozenset({"p", "div", "br", "li", "tr", "blockquote", "h1", "h2", "h3"})


@dataclass(frozen=True, slots=True)
class Arrived:
    """What of a mail matters here."""

    secrets: tuple[str, ...]
    sender: str
    words: str
    message_id: str
    is_automatic: bool


@csrf_exempt
@require_POST
def help_mail(request: HttpRequest) -> JsonResponse:
    """Take one mail. 200 also for what is not kept, with the reason, so that no server sends it again for ever."""
    if not settings.HELP_MAIL_SECRET:
        raise Http404
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not compare_digest(given.encode(), settings.HELP_MAIL_SECRET.encode()):
        return JsonResponse({"taken": False, "why": "not authorised"}, status=401)
    raw = request.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        return JsonResponse({"taken": False, "why": "larger than 1 MB"}, status=413)
    arrived = read_mail(raw)
    why = _why_not(arrived)
    return JsonResponse({"taken": not why} | ({"why": why} if why else {}))


def _why_not(arrived: Arrived) -> str:
    """Put the mail into its thread; or say why not."""
    if arrived.is_automatic:
        return "sent by a machine"
    for secret in arrived.secrets:
        try:
            taken = helping.receive_mail(
                secret=secret, sender=arrived.sender, words=arrived.words, message_id=arrived.message_id
            )
        except Refusal as refusal:
            return refusal.detail
        if taken:
            return ""
    return "no such conversation"


def read_mail(raw: bytes) -> Arrived:
    """Read a message of anyone: nothing in it is believed but the secret of the address it came to."""
    message = message_from_bytes(raw.replace(b"\0", b""), policy=policy.default)
    assert isinstance(message, EmailMessage)
    # As they came: over some headers that nobody would write in earnest the library's own reading of them falls.
    headers: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        headers.setdefault(name.lower(), []).append(str(value).encode(errors="replace").decode().strip())

    def first(name: str) -> str:
        return headers.get(name, [""])[0]

    found = (_SECRET.findall(value) for name in _WHERE for value in headers.get(name, ()))
    senders = getaddresses([first("from")])
    automatic = first("auto-submitted").lower() not in ("", "no") or first("precedence").lower() in _MACHINES
    words = own_words(_text_of(message, raw))[: helping.MOST_CHARACTERS].replace("\0", "")
    return Arrived(
        tuple(dict.fromkeys(secret for secrets in found for secret in secrets))[:5],
        senders[0][1][:254] if senders else "", without_card_numbers(words),
        # A mail without an id of its own is known by its bytes.
        first("message-id") or sha256(raw).hexdigest(), automatic,
    )  # fmt: skip


def _text_of(message: EmailMessage, raw: bytes) -> str:
    """What was written, as text; of a message in no known form all that stands below its headers."""
    try:
        part = message.get_body(preferencelist=("plain", "html"))
        if part is None:
            return ""
        payload = part.get_payload(decode=True)
        written = payload if isinstance(payload, bytes) else b""
        try:
            text = written.decode(part.get_content_charset("utf-8"), "replace")
        except LookupError:
            # A character set that nobody knows.
            text = written.decode(errors="replace")
        return _plain(text) if part.get_content_subtype() == "html" else text
    except Exception:
        # Headers or markup that the library's readers fall over: still somebody's words.
        return raw.replace(b"\r\n", b"\n").partition(b"\n\n")[2].decode(errors="replace")


class _Words(HTMLParser):
    """The words of an HTML mail, a line for each block; styles, scripts and quotes are no words."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("style", "script", "head", "blockquote"):
            self.silent += 1
        if tag in _BLOCKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "script", "head", "blockquote") and self.silent:
            self.silent -= 1

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.words.append(data)


def _plain(html: str) -> str:
    reader = _Words()
    reader.feed(html)
    lines = (" ".join(line.split()) for line in "".join(reader.words).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
