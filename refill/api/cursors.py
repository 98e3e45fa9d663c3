"""Lists: newest first, a page at a time, with an opaque cursor that says where the next page starts."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Generic, TypeVar

from django.conf import settings

from refill.api.callers import ApiRequest
from refill.domain import ids
from refill.domain.errors import Invalid

Row = TypeVar("Row")
# A cursor is an id of no kind of thing, and a mark of its list and account: nobody shall read or make one, and one of
# another list would start a page anywhere.
_PREFIX, _MARK_CHARACTERS = "req", 8
CURSOR = f"^[0-9a-hjkmnp-tv-z]{{13}}[0-9a-f]{{{_MARK_CHARACTERS}}}$"


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    rows: list[Row]
    next_cursor: str | None


def _marked(request: ApiRequest, place: str) -> str:
    """The place with the mark that it bears in this list of this account."""
    who = f"{request.path_info} {request.caller.account_id} {request.caller.livemode} {place}"
    key = blake2b(settings.SECRET_KEY.encode()).digest()
    return place + blake2b(who.encode(), key=key, digest_size=_MARK_CHARACTERS // 2).hexdigest()


def before_of(request: ApiRequest, cursor: str | None) -> int | None:
    """The number below which the page starts. Raises Invalid for what is not a cursor of this list and account."""
    if cursor is None:
        return None
    place = cursor[:-_MARK_CHARACTERS]
    try:
        if not hmac.compare_digest(_marked(request, place).encode(), cursor.encode()):
            raise ids.UnknownId(cursor)
        return ids.decode(_PREFIX, f"{_PREFIX}_{place}")[0]
    except ids.UnknownId:
        raise Invalid("This is not a cursor of this list.", param="cursor") from None


def page_of(request: ApiRequest, rows: list[Row], limit: int, number: Callable[[Row], int]) -> Page[Row]:
    """A page of at most `limit` from rows of which one more was read."""
    if len(rows) <= limit:
        return Page(rows, None)
    place = ids.encode(_PREFIX, number(rows[limit - 1]))[len(_PREFIX) + 1 :]
    return Page(rows[:limit], _marked(request, place))
