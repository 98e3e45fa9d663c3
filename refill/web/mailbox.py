"""The demo's mailbox: the mails that the product sent, read back from its folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

MOST = 100


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it arrived: its text, and the same as HTML."""

    key: str
    to: str
    subject: str
    at: datetime
    text: str
    html: str


def read_mails(folder: Path) -> list[Mail]:
    """Return the newest mails, newest first; none where there is no folder."""
    if not folder.is_dir():
        return []
    # The names begin with the instant.
    files = sorted(folder.glob("*.eml"), key=lambda path: path.name, reverse=True)[:MOST]
    return [_mail(path.stem, path.read_bytes()) for path in files]


def _mail(key: str, raw: bytes) -> Mail:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return Mail(
        key, str(message["To"]), str(message["Subject"]), parsedate_to_datetime(str(message["Date"])),
        _body(message, "plain"), _body(message, "html"),
    )  # fmt: skip


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return part.get_content() if part else ""
