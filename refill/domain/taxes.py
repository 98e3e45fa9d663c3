"""Tax: which rate an account's charges carry, and the tax lines of a sum (RULES §4.1). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from refill.domain.money import half_up

WHOLE_BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class Tax:
    """What one account's charges carry. Hundredths of a percent; `inclusive`: prices hold it already.

    With `reverse_charge` none is charged: the customer, a business, owes it at home.
    """

    rate_basis_points: int = 0
    inclusive: bool = False
    name: str = "Tax"
    country: str = ""
    reverse_charge: bool = False


@dataclass(frozen=True, slots=True)
class TaxRate:
    """A row of the rate table, in force from `starts_at` until a later row of its country is.

    `reverse_charge`: a business of that country that names its tax id owes the tax itself.
    """

    country: str
    name: str
    rate_basis_points: int
    inclusive: bool
    reverse_charge: bool
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class TaxLine:
    """One tax on one sum. `amount_minor` is the tax, `added_minor` what it adds to the lines' sum: nothing where the
    prices hold it, less than nothing where they hold it and it is not charged."""

    description: str
    base_minor: int
    rate_basis_points: int
    amount_minor: int
    added_minor: int


NO_TAX = Tax()


def tax_for(rates: Iterable[TaxRate], country: str, tax_id: str, now: datetime, otherwise: Tax) -> Tax:
    """The tax of an account by its billing details: the newest row of its country that is in force.

    `otherwise` is that of an account without a country, and of a country without a row.
    """
    rows = [rate for rate in rates if rate.country == country and rate.starts_at <= now]
    if not country or not rows:
        return otherwise
    row = max(rows, key=lambda rate: rate.starts_at)
    reverse = row.reverse_charge and bool(tax_id)
    return Tax(row.rate_basis_points, row.inclusive, row.name, country, reverse)


def tax_lines(subtotal_minor: int, tax: Tax) -> tuple[TaxLine, ...]:
    """The tax of a sum of lines, rounded half up once for the whole sum; none where there is no tax."""
    rate = tax.rate_basis_points
    if not rate:
        return ()
    said = f"{tax.name} {say_rate(rate)}"
    within = half_up(subtotal_minor * rate, WHOLE_BASIS_POINTS + rate) if tax.inclusive else 0
    base = subtotal_minor - within
    if tax.reverse_charge:
        return (TaxLine(f"{said}, reverse charge: owed by the customer", base, rate, 0, -within),)
    if tax.inclusive:
        return (TaxLine(f"{said}, part of the prices", base, rate, within, 0),)
    owed = half_up(subtotal_minor * rate, WHOLE_BASIS_POINTS)
    return (TaxLine(said, base, rate, owed, owed),)


def with_tax(subtotal_minor: int, tax: Tax) -> tuple[int, int]:
    """Return (tax, total due) of a sum of lines, minor units."""
    lines = tax_lines(subtotal_minor, tax)
    return sum(line.amount_minor for line in lines), subtotal_minor + sum(line.added_minor for line in lines)


def say_rate(rate_basis_points: int) -> str:
    """19 %, 8.25 %."""
    whole, hundredths = divmod(rate_basis_points, 100)
    return f"{whole}.{hundredths:02}".rstrip("0").rstrip(".") + " %"


def read_percent(text: str) -> int | None:
    """The basis points of a percentage as people write it, 19 or 8.25; none where it is no such number."""
    found = re.fullmatch(r"([0-9]{1,3})(?:[.,]([0-9]{1,2}))?", text.strip().removesuffix("%").strip(), re.ASCII)
    if found is None:
        return None
    basis_points = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
    return basis_points if basis_points <= WHOLE_BASIS_POINTS else None
