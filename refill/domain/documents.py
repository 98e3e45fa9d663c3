"""How documents are named."""

from __future__ import annotations


def document_name(series: str, number: int) -> str:
    """R-0014, C-0003; those of test accounts are counted in series of their own, TEST-0014, TEST-C-0003."""
    return f"{series}-{number:04}"
