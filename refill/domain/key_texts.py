"""API keys: the scopes that narrow them, and their text: mode, 160 random bits, and a checksum by which a mistyped key
is known without a lookup.
"""

from __future__ import annotations

import re
import zlib
from typing import Literal, get_args

KeyScope = Literal["read", "send", "billing", "develop", "operate"]
KEY_SCOPES: tuple[KeyScope, ...] = get_args(KeyScope)

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
RANDOM_BYTES = 20
PREFIX_CHARACTERS = len("rf_test_") + 6
_MADE_HERE = re.compile(rf"(rf_(?:live|test)_[{ALPHABET}]{{32}})_([{ALPHABET}]{{7}})")


def _base32(number: int, characters: int) -> str:
    return "".join(ALPHABET[number >> 5 * at & 31] for at in reversed(range(characters)))


def write(random: bytes, *, livemode: bool) -> str:
    """The key for 20 random bytes: `rf_test_` or `rf_live_`, 32 characters, and 7 that are their checksum."""
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"a key is made of {RANDOM_BYTES} random bytes")
    body = f"rf_{'live' if livemode else 'test'}_{_base32(int.from_bytes(random, 'big'), 32)}"
    return f"{body}_{_base32(zlib.crc32(body.encode()), 7)}"


def is_mistyped(text: str) -> bool:
    """Whether this has the form of a key made here and not its own checksum. Chosen keys have no such form."""
    found = _MADE_HERE.fullmatch(text)
    return found is not None and _base32(zlib.crc32(found[1].encode()), 7) != found[2]


def prefix_of(text: str) -> str:
    """What is kept to be recognised by: the mode and the first six characters."""
    return text[:PREFIX_CHARACTERS]
