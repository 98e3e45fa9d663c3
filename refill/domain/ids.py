"""Opaque prefixed ids: whole numbers in, text out, and back again without a lookup.

An id hides how many rows there are, not who may see one: doors still ask for the account on every read.
"""

from __future__ import annotations

from collections.abc import Callable

_KNOWN = (
    "acc usr mem inv plan price sub per quo ord chg gra hold ent msg bro inb num use pack ivt key pm evt whe"
    " clk req pol aud cn ref dis tax hlp cor cnv"
)
PREFIXES = frozenset(_KNOWN.split())
MAX_NUMBER = 2**63 - 1
CHARACTERS_PER_NUMBER = 13

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_MASK = 2**64 - 1
# Changing any of these three changes every id ever given out.
_START = 0x5851F42D4C957F2D
_FIRST = 0x9E3779B97F4A7C15
_SECOND = 0xD6E8FEB86659FD93
_FIRST_INVERSE = pow(_FIRST, -1, 2**64)
_SECOND_INVERSE = pow(_SECOND, -1, 2**64)
# Ten bits at a time: 64 bits are one character of four bits and six pairs of ten.
_PAIRS = tuple(high + low for high in _ALPHABET for low in _ALPHABET)
_PAIR_VALUES = {pair: value for value, pair in enumerate(_PAIRS)}
_HEAD_VALUES = {character: value for value, character in enumerate(_ALPHABET[:16])}
_STARTS = {prefix: f"{prefix}_" for prefix in PREFIXES}


class UnknownId(ValueError):
    """The text is not an id of this kind."""


def _write(number: int) -> str:
    if not 0 <= number <= MAX_NUMBER:
        raise ValueError(f"an id holds whole numbers from 0 to {MAX_NUMBER}")
    mixed = (number ^ _START) * _FIRST & _MASK
    mixed ^= mixed >> 32
    mixed = mixed * _SECOND & _MASK
    mixed ^= mixed >> 32
    return (
        _ALPHABET[mixed >> 60]
        + _PAIRS[mixed >> 50 & 1023]
        + _PAIRS[mixed >> 40 & 1023]
        + _PAIRS[mixed >> 30 & 1023]
        + _PAIRS[mixed >> 20 & 1023]
        + _PAIRS[mixed >> 10 & 1023]
        + _PAIRS[mixed & 1023]
    )


def _read(text: str, at: int) -> int:
    pairs = _PAIR_VALUES
    mixed = (
        _HEAD_VALUES[text[at]] << 60
        | pairs[text[at + 1 : at + 3]] << 50
        | pairs[text[at + 3 : at + 5]] << 40
        | pairs[text[at + 5 : at + 7]] << 30
        | pairs[text[at + 7 : at + 9]] << 20
        | pairs[text[at + 9 : at + 11]] << 10
        | pairs[text[at + 11 : at + 13]]
    )
    mixed ^= mixed >> 32
    mixed = mixed * _SECOND_INVERSE & _MASK
    mixed ^= mixed >> 32
    number = mixed * _FIRST_INVERSE & _MASK ^ _START
    if number > MAX_NUMBER:
        raise UnknownId("no such id")
    return number


def encode(prefix: str, *numbers: int) -> str:
    """Return the id of one or more whole numbers, each from 0 to 2**63 - 1, 13 characters for each.

    Raises ValueError for a prefix that is not in PREFIXES, for no number, and for a number out of range.
    """
    start = _STARTS.get(prefix)
    if start is None or not numbers:
        raise ValueError("an id needs a known prefix and at least one number")
    if len(numbers) == 1:
        return start + _write(numbers[0])
    return start + "".join(map(_write, numbers))


def encoder(prefix: str, first: int) -> Callable[[int], str]:
    """Return `encode` of two numbers of which the first stays, for many at once."""
    start = encode(prefix, first)
    return lambda second: start + _write(second)


def decode(prefix: str, text: str, count: int = 1) -> tuple[int, ...]:
    """Return the `count` numbers that `encode` was given; every number has exactly one spelling.

    Raises UnknownId for any text that `encode` cannot have written for this prefix and count.
    """
    start = _STARTS.get(prefix)
    if start is None or count < 1:
        raise ValueError("an id needs a known prefix and at least one number")
    offset = len(start)
    if len(text) != offset + CHARACTERS_PER_NUMBER * count or not text.startswith(start):
        raise UnknownId("no such id")
    try:
        if count == 1:
            return (_read(text, offset),)
        return tuple(_read(text, at) for at in range(offset, len(text), CHARACTERS_PER_NUMBER))
    except KeyError:
        raise UnknownId("no such id") from None
