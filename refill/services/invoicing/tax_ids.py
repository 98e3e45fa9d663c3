"""Tax ids: each country's format and check digits, by python-stdnum; where none is known, a plain number."""

from __future__ import annotations

import re
from typing import Any

import stdnum
from stdnum.exceptions import ValidationError

from refill.domain.errors import Invalid
from refill.services.invoicing.countries import COUNTRIES

LONGEST = 32
_EU = (
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV"),
    *("MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
)
# Where the number of a business is not called vat.
_CALLED = {"US": "ein", "ZA": "tin", "UA": "edrpou", "TH": "tin", "MY": "nric"}
_PLAIN = re.compile(r"[A-Z0-9](?:[A-Z0-9 ./-]{2,30})[A-Z0-9]")


def compact(country: str, text: str) -> str:
    """The tax id in its one spelling; in the European Union with its prefix. Raises Invalid, naming tax_id."""
    given = " ".join(text.upper().split())
    if len(given) > LONGEST:
        raise Invalid(f"A tax id has at most {LONGEST} characters.", param="tax_id")
    rules = _rules(country)
    if rules is None:
        if not _PLAIN.fullmatch(given):
            raise Invalid("A tax id is 4 to 32 letters and digits.", param="tax_id")
        return given
    try:
        number = str(rules.validate(given))
    except ValidationError:
        raise Invalid(
            f"This is not a tax id of {COUNTRIES.get(country, country)}: a digit is wrong or missing.", param="tax_id"
        ) from None
    prefix = "EL" if country == "GR" else country
    return number if country not in _EU or number.startswith(prefix) else prefix + number


def _rules(country: str) -> Any:
    return stdnum.get_cc_module(country.lower(), _CALLED.get(country, "vat"))
