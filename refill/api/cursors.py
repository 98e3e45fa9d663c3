"""Lists: newest first, a page at a time, with an opaque cursor that says where the next page starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from refill.domain import ids
from refill.domain.errors import Invalid

Row = TypeVar("Row")
DEFAULT_LIMIT, MAX_LIMIT = 20, 100
# A cursor is an id of no kind of thing: nobody shall read or make one.
_PREFIX = "req"
CURSOR = "^[0-9a-hjkmnp-tv-z]{13}$"


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    rows: list[Row]
    next_cursor: str | None


def before_of(cursor: str | None) -> int | None:
    """The number below which the page starts. Raises Invalid for what is not a cursor of ours."""
    if cursor is None:
        return None
    try:
        return ids.decode(_PREFIX, f"{_PREFIX}_{cursor}")[0]
    except ids.UnknownId:
        raise Invalid("This is not a cursor of this list.", param="cursor") from None


def page_of(rows: list[Row], limit: int, number: Callable[[Row], int]) -> Page[Row]:
    """A page of at most `limit` from rows of which one more was read."""
    if len(rows) <= limit:
        return Page(rows, None)
    return Page(rows[:limit], ids.encode(_PREFIX, number(rows[limit - 1]))[len(_PREFIX) + 1 :])
