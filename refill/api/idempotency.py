"""One request, once: the Idempotency-Key header, what it is compared by, and kept answers.

Spends and holds carry their key in the ledger; all other POSTs keep their answer by services.answers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse

from refill.api.access import KeyRule
from refill.api.callers import Caller
from refill.api.wire import Reply
from refill.domain import ids
from refill.domain.errors import IdempotencyKeyMissing, Invalid
from refill.services import answers

HEADER = "Idempotency-Key"
MAX_KEY_CHARACTERS = 255
_PRINTABLE = re.compile(r"[\x20-\x7e]+")
_ESCAPED = re.compile(r'\\(["\\])')
_encoder = msgspec.json.Encoder(order="deterministic")


def read_key(request: HttpRequest, rule: KeyRule) -> str | None:
    """The key of a POST, quoted or not. Raises IdempotencyKeyMissing where one is required, Invalid for a bad one."""
    if rule == "none":
        return None
    written = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if written is None:
        if rule == "required":
            raise IdempotencyKeyMissing(f"Send an {HEADER} header: a retry must not happen twice.", param=HEADER)
        return None
    return plain_key(written, HEADER)


def plain_key(written: str, param: str) -> str:
    """The key itself. Raises Invalid unless it is 1 to 255 printable ASCII characters."""
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


def scope_of(caller: Caller) -> str:
    """Keys are told apart by account; without one, by the platform key that acts."""
    if caller.account_id is not None:
        return ids.encode("acc", caller.account_id)
    return ids.encode("key", caller.key_id)


def once(
    request: HttpRequest, caller: Caller, key: str | None, body: Any, act: Callable[[], Reply], *, secret: bool = False
) -> Reply:
    """Act, or give the kept answer again, which is kept encrypted if `secret`. A refusal or fault frees the key.

    Raises IdempotencyMismatch, IdempotencyInFlight, and whatever `act` raises.
    """
    if key is None:
        return act()
    scope = scope_of(caller)
    mark = fingerprint(request.method or "", request.path_info, body)
    kept = answers.begin(scope=scope, key=key, fingerprint=mark)
    if kept is not None:
        response: Reply = HttpResponse(kept.body, status=kept.status, content_type=kept.content_type)
        response["Idempotent-Replayed"] = "true"
        return response
    try:
        response = act()
    except BaseException:
        answers.free(scope=scope, key=key)
        raise
    answers.keep(
        scope=scope, key=key, status=response.status_code, body=response.content,
        content_type=response["Content-Type"], secret=secret,
    )  # fmt: skip
    return response
