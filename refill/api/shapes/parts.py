"""Parts that many shapes share: strict numbers, texts, instants, ids and money."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
)

from refill.api.cursors import CURSOR, Page
from refill.domain import ids
from refill.domain.card_numbers import has_card_number
from refill.domain.errors import Invalid, Unknown
from refill.domain.money import EXPONENTS

MAX_CREDITS = 1_000_000_000
MAX_AMOUNT_MINOR = 10**12
EARLIEST, LATEST = datetime(1980, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


class In(BaseModel):
    """A body. What it does not name is refused."""

    model_config = ConfigDict(extra="forbid")


class Out(BaseModel):
    """An answer."""

    model_config = ConfigDict(extra="forbid")


class Nothing(In):
    """An empty object."""


def _read_instant(value: Any) -> datetime:
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError("an instant as in 2027-03-22T13:00:00Z")
    try:
        instant = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("there is no such instant") from None
    if not EARLIEST <= instant < LATEST:
        raise ValueError("an instant from 1980 to 2199")
    return instant


def _read_day_or_instant(value: Any) -> date | datetime:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return _read_instant(value)
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise ValueError("there is no such day") from None
    if not EARLIEST.date() <= day < LATEST.date():
        raise ValueError("a day from 1980 to 2199")
    return day


def _write_instant(instant: datetime) -> str:
    """With microseconds only where there are some."""
    utc = instant.astimezone(UTC)
    spec = "seconds" if utc.microsecond == 0 else "microseconds"
    return utc.replace(tzinfo=None).isoformat(timespec=spec) + "Z"


def _read_currency(value: Any) -> str:
    if not isinstance(value, str) or value not in EXPONENTS:
        raise ValueError("a lower-case ISO 4217 code, as in usd")
    return value


def _without_card_number(text: str) -> str:
    """Notes and names are read by people; a card is entered on the provider's page alone (RULES §9.6)."""
    if has_card_number(text):
        raise ValueError("this looks like a card number, which is entered on the provider’s page alone")
    return text


def words(*known: str) -> WithJsonSchema:
    """Say in the document which words an answer can hold; the database holds no other."""
    return WithJsonSchema({"type": "string", "enum": list(known)})


_INSTANT_SCHEMA = {"type": "string", "format": "date-time", "examples": ["2027-03-22T13:00:00Z"]}
InstantIn = Annotated[datetime, BeforeValidator(_read_instant), WithJsonSchema(_INSTANT_SCHEMA)]
DayOrInstantIn = Annotated[
    date | datetime, PlainValidator(_read_day_or_instant),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date", "examples": ["2027-03-22"]}, _INSTANT_SCHEMA]}),
]  # fmt: skip
Instant = Annotated[
    datetime, PlainSerializer(_write_instant, return_type=str), WithJsonSchema(_INSTANT_SCHEMA, mode="serialization")
]
Currency = Annotated[
    str, BeforeValidator(_read_currency), WithJsonSchema({"type": "string", "enum": sorted(EXPONENTS)})
]
CreditsIn = Annotated[int, Field(strict=True, ge=1, le=MAX_CREDITS)]
CreditsOrNone = Annotated[int, Field(strict=True, ge=0, le=MAX_CREDITS)]
Quantity = Annotated[int, Field(strict=True, ge=1, le=10_000)]
NoCardNumber = AfterValidator(_without_card_number)
Name = Annotated[str, Field(strict=True, min_length=1, max_length=200, pattern=r"\S"), NoCardNumber]
Reason = Annotated[str, Field(strict=True, min_length=1, max_length=500, pattern=r"\S"), NoCardNumber]
E164 = Annotated[str, Field(strict=True, max_length=16, pattern=r"^\+[1-9][0-9]{3,14}$", examples=["+12125550123"])]
IdText = Annotated[str, Field(strict=True, max_length=64)]


class Paging(BaseModel):
    """Which page of a list."""

    limit: int = Field(20, ge=1, le=100, description="How many rows, 1 to 100.")
    cursor: str | None = Field(
        None, max_length=64, description="next_cursor of the page before.", json_schema_extra={"pattern": CURSOR}
    )


class Money(Out):
    """Whole minor units: 4000 usd are $40.00."""

    amount: int
    currency: str


class MoneyIn(In):
    """Whole minor units: 4000 usd are $40.00."""

    amount: Annotated[int, Field(strict=True, ge=0, le=MAX_AMOUNT_MINOR)]
    currency: Currency


Row = TypeVar("Row")
Shown = TypeVar("Shown")


class Listed(Out, Generic[Row]):
    """A page of a list, the newest first."""

    data: list[Row]
    has_more: bool = False
    next_cursor: str | None = None


def listed(shape: type[Listed[Row]], page: Page[Shown], show: Callable[[Shown], Row]) -> Listed[Row]:
    """A page of records in the shape of a list."""
    return shape(
        data=[show(row) for row in page.rows],
        has_more=page.next_cursor is not None,
        next_cursor=page.next_cursor,
    )


def money(amount_minor: int, currency: str) -> Money:
    return Money(amount=amount_minor, currency=currency)


def is_none(value: object) -> bool:
    """For members that are left out where there is nothing to say."""
    return value is None


def id_or_none(prefix: str, number: int | None) -> str | None:
    return None if number is None else ids.encode(prefix, number)


def number_of(prefix: str, text: str, param: str | None = None) -> int:
    """The number behind an id. Raises Unknown; or Invalid where it is the value of `param`, and no id at all."""
    try:
        return ids.decode(prefix, text)[0]
    except ids.UnknownId:
        if param is not None:
            raise Invalid(f"This is not an id that begins with {prefix}_.", param=param) from None
        raise Unknown("There is no such thing here.") from None


def number_or_none(prefix: str, text: str | None, param: str | None = None) -> int | None:
    return None if text is None else number_of(prefix, text, param)
