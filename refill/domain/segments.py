"""How a text is cut into parts, and which characters make it dear (RULES §7.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from refill.domain.texts_gsm import BASIC, EXTENSION, PLAIN_BY_HAND, decompose

Encoding = Literal["gsm7", "ucs2"]

ALONE: dict[Encoding, int] = {"gsm7": 160, "ucs2": 70}
IN_PARTS: dict[Encoding, int] = {"gsm7": 153, "ucs2": 67}
_GSM = BASIC | EXTENSION


class BrokenText(ValueError):
    """The text holds half of a surrogate pair, which no carrier can send. `index` counts code points."""

    def __init__(self, index: int) -> None:
        super().__init__(f"the character at {index} is half of a surrogate pair")
        self.index = index


@dataclass(frozen=True, slots=True)
class Offence:
    """A character outside GSM-7. `index` counts code points from 0; `suggestion` is a plain text in GSM-7
    ("" where the character is best left out), or None where nothing plain says the same."""

    index: int
    character: str
    suggestion: str | None


@dataclass(frozen=True, slots=True)
class Measure:
    """`units` are septets for gsm7 (extension characters are 2) and UTF-16 code units for ucs2; headers of
    parts are not counted. `characters` are code points. An empty text has 0 parts."""

    encoding: Encoding
    parts: int
    characters: int
    units: int
    offending: tuple[Offence, ...]


def measure(body: str) -> Measure:
    """Return encoding, parts, characters, units and what is at fault. RULES §7.1. Raises BrokenText."""
    characters = len(body)
    if BASIC.issuperset(body):
        return Measure("gsm7", _parts_of_ones("gsm7", characters), characters, characters, ())
    if _GSM.issuperset(body):
        units = characters + sum(map(EXTENSION.__contains__, body))
        parts = 1 if units <= ALONE["gsm7"] else 1 + sum(1 for _ in _cuts(_widths(body, "gsm7"), "gsm7"))
        return Measure("gsm7", parts, characters, units, ())
    _demand_whole(body)
    units = characters + sum(character > "\uffff" for character in body)
    if units == characters:
        parts = _parts_of_ones("ucs2", units)
    else:
        parts = 1 if units <= ALONE["ucs2"] else 1 + sum(1 for _ in _cuts(_widths(body, "ucs2"), "ucs2"))
    return Measure("ucs2", parts, characters, units, tuple(_offences(body)))


def split(body: str) -> list[str]:
    """Return the text of each part; joined they are the body again (RULES §7.1). Raises BrokenText."""
    encoding: Encoding = "gsm7" if _GSM.issuperset(body) else "ucs2"
    if encoding == "ucs2":
        _demand_whole(body)
    if not body:
        return []
    widths = list(_widths(body, encoding))
    if sum(widths) <= ALONE[encoding]:
        return [body]
    edges = [0, *_cuts(widths, encoding), len(body)]
    return [body[start:end] for start, end in pairwise(edges)]


def plain(body: str) -> str:
    """Return the body with every suggestion of `measure` taken; what has none stays. Raises BrokenText."""
    if _GSM.issuperset(body):
        return body
    _demand_whole(body)
    return "".join(_said_plainly(character) for character in body)


@lru_cache(maxsize=4096)
def suggest(character: str) -> str | None:
    """Return a plain GSM-7 text for one character outside it, or None. Only ever offered, never applied to
    what a person sends (RULES §7.1, no silent substitution)."""
    if character in PLAIN_BY_HAND:
        return PLAIN_BY_HAND[character]
    simpler = decompose(character)
    return simpler if simpler and _GSM.issuperset(simpler) else None


def _said_plainly(character: str) -> str:
    if character in _GSM:
        return character
    suggestion = suggest(character)
    return character if suggestion is None else suggestion


def _offences(body: str) -> Iterator[Offence]:
    for index, character in enumerate(body):
        if character not in _GSM:
            yield Offence(index, character, suggest(character))


def _demand_whole(body: str) -> None:
    for index, character in enumerate(body):
        if "\ud800" <= character <= "\udfff":
            raise BrokenText(index)


def _parts_of_ones(encoding: Encoding, units: int) -> int:
    """Count parts when every character is one unit wide."""
    if units <= ALONE[encoding]:
        return 1 if units else 0
    return -(-units // IN_PARTS[encoding])


def _widths(body: str, encoding: Encoding) -> Iterator[int]:
    if encoding == "gsm7":
        return (2 if character in EXTENSION else 1 for character in body)
    return (2 if character > "\uffff" else 1 for character in body)


def _cuts(widths: Iterable[int], encoding: Encoding) -> Iterator[int]:
    """Yield where each further part starts: a character that does not fit whole opens the next part."""
    limit, filled = IN_PARTS[encoding], 0
    for index, width in enumerate(widths):
        filled += width
        if filled > limit:
            yield index
            filled = width
