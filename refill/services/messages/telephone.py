"""Phone numbers as people write them, and as carriers need them (E.164)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

MOST_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class Phone:
    """A number in E.164, and its country (ISO 3166; 001 where it has none of its own)."""

    e164: str
    country: str


def read(written: str, region: str | None) -> Phone | None:
    """The number that was written, or None where it can be no phone number; `region` reads those without a +."""
    if len(written) > MOST_CHARACTERS:
        return None
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None
    country = phonenumbers.region_code_for_number(number)
    if number.extension or country is None or not phonenumbers.is_valid_number_for_region(number, country):
        return None
    return Phone(str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)), str(country))


def e164(written: str, region: str | None) -> str | None:
    """The number in E.164, or None where it can be no phone number."""
    phone = read(written, region)
    return phone.e164 if phone else None


@lru_cache(maxsize=16_384)
def region_of(number: str) -> str | None:
    """The country of an E.164 number; None where it has none of its own."""
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return None
    return str(region) if region else None
