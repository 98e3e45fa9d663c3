"""What of a body may be kept in a log: its form, numbers, ids and instants; no words of anybody."""

from __future__ import annotations

import re
from typing import Any

from refill.domain.card_numbers import MASK, has_card_number

# Values of these names are words of ours: kinds, codes, states.
OURS = frozenset(
    {"kind", "kinds", "mode", "source", "interval", "currency", "outcome", "status", "role", "scopes", "code", "type"}
    | {"state", "sandbox", "expand", "param", "changed"}
)
_WORD = re.compile(r"[a-z0-9_.*]{1,40}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}", re.ASCII)
MOST_ITEMS, MOST_DEPTH = 20, 8
_PLAIN = re.compile(
    r"[a-z]{2,5}_(?:[0-9a-hjkmnp-tv-z]{13}){1,2}|\d{4}-\d\d-\d\d(?:[Tt][\d:.]+(?:[Zz]|[+-]\d\d:\d\d))?|", re.ASCII
)


def redact(value: Any, name: str = "", depth: int = 0) -> Any:
    """The value with every text replaced by its length, but ids, dates, and what OURS names; a number that looks like
    a card's by a word."""
    if isinstance(value, str | int | float) and has_card_number(str(value)):
        return MASK
    if isinstance(value, str):
        is_word = name in OURS and _WORD.fullmatch(value)
        return value if is_word or _PLAIN.fullmatch(value) else f"[{len(value)} characters]"
    if depth >= MOST_DEPTH:
        return "…"
    if isinstance(value, dict):
        kept = [(_name(str(key)), redact(item, str(key), depth + 1)) for key, item in list(value.items())[:MOST_ITEMS]]
        return dict(kept) | ({"…": len(value) - MOST_ITEMS} if len(value) > MOST_ITEMS else {})
    if isinstance(value, list):
        kept_items = [redact(item, name, depth + 1) for item in value[:MOST_ITEMS]]
        return kept_items + ([f"… {len(value) - MOST_ITEMS} more"] if len(value) > MOST_ITEMS else [])
    return value


def _name(name: str) -> str:
    """A field's name where it is one; anybody's words, and what a database cannot keep, are not."""
    return name if _NAME.fullmatch(name) and not has_card_number(name) else f"[{len(name)} characters]"
