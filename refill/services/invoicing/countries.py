"""Countries that an address can lie in: ISO 3166 codes with their English names, from Babel's tables."""

from __future__ import annotations

from babel import Locale

# Babel's two-letter territories that are no countries: unions, outlying areas, made-up ones.
_NOT_COUNTRIES = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ", "CP", "DG", "AC", "TA", "IC", "EA", "CQ"}
COUNTRIES: dict[str, str] = dict(
    sorted(
        (
            (code, name)
            for code, name in Locale("en").territories.items()
            if len(code) == 2 and code.isalpha() and code not in _NOT_COUNTRIES
        ),
        key=lambda row: row[1],
    )
)
