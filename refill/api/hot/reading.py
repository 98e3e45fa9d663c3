"""What every hot call does first and last."""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec
from django.http import HttpRequest

from refill.api.bodies import demand_plain, read_bytes, read_json
from refill.api.refusals import MalformedBody, MethodNotAllowed
from refill.api.wire import Answer
from refill.domain.errors import Invalid

Body = TypeVar("Body")
_PLACE = re.compile(r"^(.*?)(?: - at (?:`key` in )?`\$\.?(.*)`)?$", re.DOTALL)
_NAMED = re.compile(r"field `([^`]*)`")
_encode = msgspec.json.Encoder().encode


def decoder_of(body: type[Body]) -> msgspec.json.Decoder[Body]:
    return msgspec.json.Decoder(body)


def read(request: HttpRequest, decoder: msgspec.json.Decoder[Body]) -> Body:
    """The body in its shape. Raises Invalid with the place of the first fault, MalformedBody, BodyTooLarge."""
    body = read_bytes(request)
    try:
        value = decoder.decode(body)
    except msgspec.ValidationError as fault:
        # The decoder stops at the first fault of either kind; what is no JSON at all is said first.
        read_json(body)
        raise _invalid(str(fault)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise MalformedBody(f"{fault}.") from None
    except RecursionError:
        raise MalformedBody("The body is nested too deeply.") from None
    if b"\\u0000" in body:
        demand_plain(body, read_json(body))
    return value


def _invalid(message: str) -> Invalid:
    found = _PLACE.match(message)
    words, place = (found[1], found[2] or "") if found else (message, "")
    if named := _NAMED.search(words):
        place = f"{place}.{named[1]}" if place else named[1]
    return Invalid(f"{words}.", param=place or None)


def write(value: Any, status: int, *, replayed: bool = False) -> Answer:
    """The answer as JSON."""
    response = Answer(_encode(value), status)
    if replayed:
        response["Idempotent-Replayed"] = "true"
    return response


def only_post(request: HttpRequest) -> None:
    if request.method != "POST":
        raise MethodNotAllowed(f"{request.method} is not taken here; POST is.", allowed=["POST"])
