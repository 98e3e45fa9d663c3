"""How numbers, money, dates and zones are written for people. English, by Babel."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal, get_currency_symbol

from refill.domain.money import exponent
from refill.domain.seats import UNLIMITED

LOCALE = "en_US"
MINUS = "−"
# Currencies whose hundredth is a cent, so that small unit prices read better in it.
_CENTS = frozenset({"usd"})


def _plain_minus(text: str) -> str:
    return text.replace("-", MINUS)


def number(value: int) -> str:
    """12500 is 12,500; below zero with a true minus."""
    return _plain_minus(format_decimal(value, format="#,##0", locale=LOCALE))


def signed(value: int) -> str:
    """A movement: +581 or −3."""
    return f"+{number(value)}" if value > 0 else number(value)


def credits(value: int) -> str:
    """12,500 credits, 1 credit."""
    return f"{number(value)} {'credit' if abs(value) == 1 else 'credits'}"


def included(count: int, noun: str) -> str:
    """3 seats, 1 seat, unlimited seats."""
    many = "unlimited" if count >= UNLIMITED else number(count)
    return f"{many} {noun}{'' if count == 1 else 's'}"


def _pattern(currency: str, digits: int) -> str:
    # A code of letters stands apart from its number; a sign does not.
    gap = "\u00a0" if get_currency_symbol(currency.upper(), locale=LOCALE)[-1].isalpha() else ""
    return f"¤{gap}#,##0" + ("." + "0" * digits if digits else "")


def _written(value: Decimal, currency: str, digits: int) -> str:
    text = format_currency(
        value, currency.upper(), format=_pattern(currency, digits), locale=LOCALE, currency_digits=False
    )
    return _plain_minus(text)


def money(amount_minor: int, currency: str) -> str:
    """Minor units as money: $1,234.50, ¥1,235, KWD 1.234. Raises UnknownCurrency."""
    digits = exponent(currency)
    return _written(Decimal(amount_minor).scaleb(-digits), currency, digits)


def unit_price(amount_minor: int, credits_: int, currency: str) -> str:
    """What one credit costs, with one digit more than the minor unit: 4.0 ¢ per credit, ¥5.0 per credit."""
    if credits_ <= 0:
        return ""
    digits = exponent(currency)
    minor = (Decimal(amount_minor) / credits_).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    if currency in _CENTS and minor < 100:
        return f"{minor} ¢ per credit"
    return f"{_written(minor.scaleb(-digits), currency, digits + 1)} per credit"


def local(at: datetime, zone: str) -> datetime:
    return at.astimezone(ZoneInfo(zone))


def zone_name(at: datetime, zone: str) -> str:
    """The zone's short name at that instant: EDT; where it has none, UTC+3."""
    here = local(at, zone)
    name = here.tzname() or ""
    if name and name[0] not in "+-":
        return name
    minutes = (here.utcoffset() or timedelta()) // timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    sign = MINUS if minutes < 0 else "+"
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")


def day(at: datetime, zone: str) -> str:
    """22 March 2027, in the account's zone."""
    return local_day(local(at, zone).date())


def local_day(on: date) -> str:
    return format_date(on, format="d MMMM y", locale=LOCALE)


def week_day(on: date) -> str:
    """Monday, 22 March 2027."""
    return format_date(on, format="EEEE, d MMMM y", locale=LOCALE)


def short_day(at: datetime, zone: str, now: datetime) -> str:
    """22 March; in another year than now's, 22 March 2028."""
    if local(at, zone).year != local(now, zone).year:
        return day(at, zone)
    return format_datetime(local(at, zone), format="d MMMM", locale=LOCALE)


def month(first: date) -> str:
    """March 2027."""
    return format_date(first, format="MMMM y", locale=LOCALE)


def clock(at: datetime, zone: str) -> str:
    """9:00 am."""
    here = local(at, zone)
    half = "am" if here.hour < 12 else "pm"
    return f"{(here.hour + 11) % 12 + 1}:{here.minute:02} {half}"


def moment(at: datetime, zone: str) -> str:
    """22 March 2027, 9:00 am EDT."""
    return f"{day(at, zone)}, {clock(at, zone)} {zone_name(at, zone)}"


def place(zone: str) -> str:
    """America/New_York is New York."""
    return zone.rpartition("/")[2].replace("_", " ")


def days_between(start: datetime, end: datetime, zone: str) -> int:
    """Whole calendar days from one local date to the other."""
    return (local(end, zone).date() - local(start, zone).date()).days


def in_days(start: datetime, end: datetime, zone: str) -> str:
    """today, tomorrow, in 11 days."""
    count = days_between(start, end, zone)
    return {0: "today", 1: "tomorrow"}.get(count, f"in {number(count)} days")


def listed(names: list[str] | tuple[str, ...], word: str = "and") -> str:
    """Ann, Ben and Cy."""
    *most, last = names or [""]
    return f"{', '.join(most)} {word} {last}" if most else last


@lru_cache(maxsize=4096)
def phone(e164: str) -> str:
    """+1 202-555-0123; of a contact who was forgotten, that; anything else as it is."""
    if e164.startswith("gone "):
        return "Forgotten contact"
    try:
        return str(
            phonenumbers.format_number(phonenumbers.parse(e164), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        ).replace(" ", "\u00a0")
    except phonenumbers.NumberParseException:
        return e164
