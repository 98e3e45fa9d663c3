"""What makes a request happen once: its key, and the content that the key stands for."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import msgspec

from refill.domain.errors import Invalid

MAX_KEY_CHARACTERS = 255
_PRINTABLE = re.compile(r"[\x20-\x7e]+")
_ESCAPED = re.compile(r'\\(["\\])')
_encoder = msgspec.json.Encoder(order="deterministic")


def plain_key(written: str, param: str) -> str:
    """The key itself, which may be quoted. Raises Invalid unless it is 1 to 255 printable ASCII characters."""
    key = written.strip(" ")
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = _ESCAPED.sub(r"\1", key[1:-1])
    if not 1 <= len(key) <= MAX_KEY_CHARACTERS or not _PRINTABLE.fullmatch(key):
        raise Invalid(f"A key is 1 to {MAX_KEY_CHARACTERS} printable ASCII characters.", param=param)
    return key


def fingerprint(method: str, path: str, body: Any) -> bytes:
    """What makes two requests the same: method, path, and the parsed body, however it was spelled."""
    return hashlib.sha256(f"{method} {path}\n".encode() + _encoder.encode(body)).digest()


def fingerprint_number(method: str, path: str, body: Any) -> int:
    """The same as a whole number of 63 bits, as the ledger keeps it."""
    return int.from_bytes(fingerprint(method, path, body)[:8], "big") >> 1
