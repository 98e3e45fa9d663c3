"""Numbers that look like those of payment cards, which have no place in the product (RULES §9.6)."""

from __future__ import annotations

import re

# 15, 16 or 19 digits, perhaps in groups, that begin as cards of the great networks do. A phone number has a + or fewer.
_LOOKS_LIKE = re.compile(
    r"(?<![\d+\w])(?:3[47]\d{2}(?:[ -]?\d){11}|(?:4\d{3}|5[1-5]\d{2}|2[2-7]\d{2}|6(?:011|4[4-9]\d|5\d{2})|35\d{2})"
    r"(?:[ -]?\d){12}(?:(?:[ -]?\d){3})?)(?![\d\w])"
)
MASK = "[card number removed]"


def has_card_number(text: str) -> bool:
    """Say whether a card's number stands in the text: one of its form whose check digit is right."""
    return any(_checks(found.group()) for found in _LOOKS_LIKE.finditer(text))


def without_card_numbers(text: str) -> str:
    """Return the text with each card number replaced by a word."""
    return _LOOKS_LIKE.sub(lambda found: MASK if _checks(found.group()) else found.group(), text)


def _checks(text: str) -> bool:
    """Luhn: every second digit from the right doubled, its own digits summed; the sum ends in 0."""
    digits = [int(character) for character in reversed(text) if character.isdigit()]
    doubled = [digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
