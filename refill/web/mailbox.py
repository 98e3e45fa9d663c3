"""The demo's mailbox: the mails that the product wrote, read back from its folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

MOST = 100
_END = re.compile(rb"\n-{79}\n")


@dataclass(frozen=True, slots=True)
class Mail:
    key: str
    to: str
    subject: str
    at: datetime
    text: str

    @property
    def links(self) -> list[str]:
        return re.findall(r"https?://[^\s<>]+", self.text)


def read_mails(folder: Path) -> list[Mail]:
    """Return the newest mails, newest first; none where there is no folder."""
    if not folder.is_dir():
        return []
    files = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime_ns, reverse=True)[:MOST]
    found = []
    for path in files:
        for index, part in enumerate(_END.split(path.read_bytes())):
            if part.strip():
                found.append(_mail(f"{path.stem}-{index}", part))
    return sorted(found, key=lambda mail: mail.at, reverse=True)[:MOST]


def _mail(key: str, raw: bytes) -> Mail:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(preferencelist=("plain",))
    return Mail(
        key, str(message["To"]), str(message["Subject"]), parsedate_to_datetime(str(message["Date"])),
        body.get_content() if body else "",
    )  # fmt: skip
