"""What a text weighs and costs, and the words that carriers define (RULES §6.3, §7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from refill.domain.policies import Policy, rate
from refill.domain.policy_specs import Direction
from refill.domain.segments import Measure, measure

MOST_PARTS = 10
MOST_MEDIA = 10
MOST_MEDIA_CHARACTERS = 2_000
# For so long a text that waits for credits is sent by itself when they come; later it takes a person's word.
WAITS_BY_ITSELF = timedelta(minutes=30)
# When a carrier that tells by itself is asked what became of a text that it took, counted from its sending.
NEWS_AFTER_SECONDS = (600, 3_600, 21_600, 86_400)
# When a text is offered again to a carrier that was busy, counted from the first time.
AGAIN_AFTER_SECONDS = (5, 30, 120, 600, 3_600)

_STOP = frozenset(["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"])
_START = frozenset(["START", "YES", "UNSTOP"])
_HELP = frozenset(["HELP", "INFO"])
Word = Literal["stop", "start", "help"]


@dataclass(frozen=True, slots=True)
class Weight:
    """A text's measure, kind and price in credits."""

    measure: Measure
    kind: Literal["text", "mms"]
    credits: int


def weigh(policy: Policy, body: str, media: Sequence[str], country: str | None, direction: Direction = "out") -> Weight:
    """Return parts and price by the rate card (RULES §7.1, §7.2). Raises segments.BrokenText."""
    measured = measure(body)
    kind: Literal["text", "mms"] = "mms" if media else "text"
    credits = rate(policy, kind=kind, direction=direction, country=country, parts=measured.parts)
    return Weight(measured, kind, credits)


def word_of(body: str, *, is_opted_out: bool = False) -> Word | None:
    """The carriers' word that a text consists of, whatever its case and the blanks around it. YES opts in again, and
    means nothing else where nobody had opted out."""
    said = body.strip().upper()
    if said in _STOP:
        return "stop"
    if said in _START and (said != "YES" or is_opted_out):
        return "start"
    return "help" if said in _HELP else None
