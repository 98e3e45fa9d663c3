"""How an open page asks for news: soon while something happens, then seldom, then no more until a person looks again.

A page that nobody looks at does not ask (static/refill/page.js).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlencode
from zlib import crc32

from django.http import HttpRequest

from refill.gateways import clock
from refill.web.addresses import whole

SOON_SECONDS, SELDOM_SECONDS = 3, 20
SELDOM_AFTER_SECONDS, ENDS_AFTER_SECONDS = 120, 3_600


class Word(Enum):
    """What a page is told: there is news, nothing is new, ask less often, ask no more."""

    NEWS = 200
    NOTHING = 204
    SELDOM = 203
    END = 286


@dataclass(frozen=True, slots=True)
class Poll:
    """What a page has seen, since when nothing else was, and how often it asks."""

    seen: str
    since: int
    every: int = SOON_SECONDS

    @property
    def query(self) -> str:
        """What it asks with."""
        return urlencode({"seen": self.seen, "since": self.since, "every": self.every})


def begin(seen: object) -> Poll:
    """A page has just seen this: any value that is written the same as long as nothing has changed."""
    return Poll(f"{crc32(repr(seen).encode()):08x}", _now())


def word_on(request: HttpRequest, seen: object) -> tuple[Word, Poll]:
    """What a page that asks is told, and how it asks from then on."""
    fresh, asked = begin(seen), request.GET
    if asked.get("seen") != fresh.seen:
        return Word.NEWS, fresh
    since = whole(asked.get("since"), most=2**40)
    quiet = _now() - since
    if quiet > ENDS_AFTER_SECONDS:
        return Word.END, fresh
    if quiet > SELDOM_AFTER_SECONDS and asked.get("every") != str(SELDOM_SECONDS):
        return Word.SELDOM, Poll(fresh.seen, since, SELDOM_SECONDS)
    return Word.NOTHING, fresh


def _now() -> int:
    return int(clock.now().timestamp())
