"""Cells of a CSV: words of others never start a formula in a spreadsheet."""

from __future__ import annotations

import re

# What spreadsheets take for the start of a formula, also as full-width signs; and what they drop before looking.
_FORMULA = tuple("=+-@\t\r\n\x00＝＋－＠")
# Begins like a formula, and is none.
_PHONE = re.compile(r"\+[0-9]{7,15}")


def plain(text: str | None) -> str:
    """The text, with a quote before it where a spreadsheet would take it for a formula; a phone number as it is."""
    is_formula = text and text.startswith(_FORMULA) and not _PHONE.fullmatch(text)
    return f"'{text}" if is_formula else text or ""
