"""A mail as it leaves the house."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

MOST_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one address. `number` is the outbox row's: the same for a repeat, so that receivers may tell."""

    number: int
    to: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)


def one_line(words: str) -> str:
    """Words of anyone, safe in a mail's header: one line, no controls, none of the marks that turn text around."""
    plain = "".join(" " if unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp") else sign for sign in words)
    return " ".join(plain.split())
