"""Phone numbers as people write them, and as carriers need them (E.164)."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers

MOST_CHARACTERS = 64


def e164(written: str, region: str | None) -> str | None:
    """The number in E.164, or None where it can be no phone number; `region` (ISO 3166) reads those without a +."""
    if len(written) > MOST_CHARACTERS:
        return None
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_valid_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


@lru_cache(maxsize=16_384)
def region_of(number: str) -> str | None:
    """The country of an E.164 number; None where it has none of its own."""
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return None
    return str(region) if region else None
