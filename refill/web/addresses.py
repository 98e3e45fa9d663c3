"""Ids as they stand in addresses and forms: read back, or there is no such page."""

from __future__ import annotations

from django.http import Http404

from refill.domain import ids
from refill.domain.money import exponent


def number_of(prefix: str, text: str) -> int:
    """Return the number of an id. Raises Http404 for anything that is not one."""
    try:
        return ids.decode(prefix, text)[0]
    except ids.UnknownId:
        raise Http404 from None


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
