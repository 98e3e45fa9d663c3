"""PDF by typst: tagged for screen readers (PDF/UA-1), the same bytes for the same words, no files or network reached.

What is printed comes as JSON, never as typst's own text, so that no name can be anything but a name.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import structlog
import typst
from django.conf import settings

TEMPLATES = Path(__file__).resolve().parent / "typst"
# Those that come with typst, so that the bytes are the same on every machine; then whatever the operator gave.
OWN_FONTS = ("Libertinus Serif",)
log = structlog.get_logger("refill.pdf")


def make(template: str, words: dict[str, Any], at: datetime) -> bytes:
    """The PDF of one of the templates here. `words` are printed as they are; `at` is the document's date, not today's.

    A name in letters that no font at hand has is printed with boxes, and the file is not PDF/UA then: give the fonts
    with REFILL_FONTS.
    """
    facts = {**words, "fonts": list(OWN_FONTS + _given_fonts())}
    try:
        return _compile(template, facts, at, "ua-1")
    except RuntimeError as fault:
        log.warning("pdf_not_accessible", template=template, fault=str(fault)[:300])
        return _compile(template, facts, at, None)


def _compile(template: str, facts: dict[str, Any], at: datetime, standard: Literal["ua-1"] | None) -> bytes:
    made = typst.compile(
        str(TEMPLATES / f"{template}.typ"), root=str(TEMPLATES), format="pdf", pdf_standards=standard,
        sys_inputs={"document": json.dumps(facts, ensure_ascii=False)}, timestamp=int(at.astimezone(UTC).timestamp()),
        ignore_system_fonts=True, font_paths=_folders(),
    )  # fmt: skip
    return bytes(made)


def _folders() -> list[str]:
    return [settings.FONTS_DIR] if settings.FONTS_DIR else []


@cache
def _given_fonts() -> tuple[str, ...]:
    if not settings.FONTS_DIR:
        return ()
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[settings.FONTS_DIR])
    return tuple(sorted(fonts.families()))
