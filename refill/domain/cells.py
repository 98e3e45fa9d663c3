"""Cells of a CSV: words of others never start a formula in a spreadsheet (RELIABILITY, Security)."""

from __future__ import annotations

# What spreadsheets take for the start of a formula, also as full-width signs; and what they drop before looking.
_FORMULA = tuple("=+-@\t\r\n\x00＝＋－＠")


def plain(text: str | None) -> str:
    """The text, with a quote before it where a spreadsheet would take it for a formula."""
    return f"'{text}" if text and text.startswith(_FORMULA) else text or ""
