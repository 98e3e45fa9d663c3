"""What stands in addresses and forms: ids, choices, numbers, days and sums, read back or refused."""

from __future__ import annotations

from collections.abc import Container
from datetime import date

from django.http import Http404

from refill.domain import ids
from refill.domain.errors import Invalid
from refill.domain.money import exponent


def number_of(prefix: str, text: str) -> int:
    """Return the number of an id. Raises Http404 for anything that is not one."""
    try:
        return ids.decode(prefix, text)[0]
    except ids.UnknownId:
        raise Http404 from None


def number_or_none(prefix: str, text: str | None) -> int | None:
    """Return the number of an id by which a list is narrowed; nothing for anything that is not one."""
    try:
        return ids.decode(prefix, text or "")[0]
    except ids.UnknownId:
        return None


def one_of(offered: Container[str], text: str | None) -> str:
    """Return what was pressed or chosen. Raises Invalid for anything else: nothing is done by default."""
    if text not in offered:
        raise Invalid("The page does not offer this. Load it again.")
    return text or ""


def row_number(text: str | None) -> int:
    """Return a row's own number, by which lists go on and queues name their rows; 0 for anything that is not one."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 18 else 0


def sensible(on: date) -> bool:
    """Whether a day is near enough to be reckoned with in every time zone."""
    return 2000 <= on.year <= 2200


def day_of(text: str | None, default: date) -> date:
    """Return a day, or the default for anything that is not a sensible one."""
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return default
    return found if sensible(found) else default


def whole(text: str | None, default: int = 0, most: int = 1_000_000_000) -> int:
    """Return a whole number that a person typed, or the default for anything else."""
    plain = (text or "").replace(",", "").strip()
    if not plain.isascii() or not plain.isdigit() or len(plain) > 12:
        return default
    return min(int(plain), most)


def minor_units(text: str, currency: str) -> int | None:
    """Return the minor units of a sum as a person types it, 1,234.50; nothing for what is no such sum."""
    digits = exponent(currency)
    plain = text.replace(",", "").strip()
    whole_part, _, rest = plain.partition(".")
    if not (whole_part.isascii() and whole_part.isdigit()) or len(whole_part) > 12 or len(rest) > digits:
        return None
    if rest and not (rest.isascii() and rest.isdigit()):
        return None
    return int(whole_part + rest.ljust(digits, "0"))


def typed_money(amount_minor: int, currency: str) -> str:
    """A sum as it stands in a field: 200.00, without a sign."""
    digits = exponent(currency)
    units, minor = divmod(amount_minor, 10**digits)
    return f"{units}.{minor:0{digits}d}" if digits else str(units)
