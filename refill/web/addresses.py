"""Ids as they stand in addresses and forms: read back, or there is no such page."""

from __future__ import annotations

from django.http import Http404

from refill.domain import ids


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
