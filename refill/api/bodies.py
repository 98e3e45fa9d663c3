"""Reading what comes in: size, JSON, and text that no column can hold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.request import UnreadablePostError

from refill.api.refusals import BodyTooLarge, MalformedBody
from refill.domain.errors import Invalid

MAX_BODY_BYTES = 8 * 1024 * 1024
MOST_IGNORED_BYTES = 32 * 1024 * 1024
_TOO_LARGE = "Bodies are at most 8 MB."


def read_bytes(request: HttpRequest) -> bytes:
    """The body, or an empty object where there is none. Raises BodyTooLarge before reading more than allowed."""
    try:
        announced = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        announced = 0
    if announced > MAX_BODY_BYTES:
        _let_it_come(request, announced)
        raise BodyTooLarge(_TOO_LARGE)
    try:
        body: bytes = request.body
    except RequestDataTooBig:
        raise BodyTooLarge(_TOO_LARGE) from None
    except UnreadablePostError:
        raise MalformedBody("The body broke off.") from None
    if len(body) > MAX_BODY_BYTES:
        raise BodyTooLarge(_TOO_LARGE)
    if len(body) < announced:
        raise MalformedBody("The body broke off.")
    return body or b"{}"


def _let_it_come(request: HttpRequest, announced: int) -> None:
    """Who is still sending would hear no refusal, only a closed connection; who asked first (Expect) hears it."""
    if announced > MOST_IGNORED_BYTES or "HTTP_EXPECT" in request.META:
        return
    with suppress(OSError):
        while announced > 0 and (part := request.META["wsgi.input"].read(min(announced, 65_536))):
            announced -= len(part)


def _texts(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        here = waiting.pop()
        if isinstance(here, str):
            yield here
        elif isinstance(here, dict):
            waiting += here.keys()
            waiting += here.values()
        elif isinstance(here, list):
            waiting += here


def demand_plain(body: bytes, value: Any) -> None:
    """Refuse NUL in any text. In JSON it can only be written as an escape, so most bodies are not walked."""
    if b"\\u0000" in body and any("\0" in text for text in _texts(value)):
        raise Invalid("A text holds a NUL character.")


def read_json(body: bytes) -> Any:
    """The parsed body, integers exact. Raises MalformedBody for what is not JSON (also halves of surrogate
    pairs, NaN, bytes that are not UTF-8), Invalid for numbers out of range and NUL characters."""
    try:
        value = msgspec.json.decode(body)
    except msgspec.ValidationError as fault:
        raise Invalid(f"{fault}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise MalformedBody(f"{fault}.") from None
    except RecursionError:
        raise MalformedBody("The body is nested too deeply.") from None
    demand_plain(body, value)
    return value
