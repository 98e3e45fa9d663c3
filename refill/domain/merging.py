"""A text with merge fields: {{first_name}}, or {{first_name|there}} with what stands in where it is empty."""

from __future__ import annotations

import re
from collections.abc import Mapping

_FIELD = re.compile(r"\{\{[ ]*([a-z][a-z0-9_]{0,39})[ ]*(?:\|([^{}|]{0,100}))?\}\}")
_UNFIT = re.compile(r"[^a-z0-9]+")


class FieldEmpty(ValueError):
    """A field has no value and nothing stands in for it. `name` is the field."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def field_name(written: str) -> str:
    """What a column is called in a text: "First name" is first_name; "" where nothing is left of it."""
    name = _UNFIT.sub("_", written.strip().lower()).strip("_")[:40]
    return name if name[:1].isalpha() else ""


def merge(template: str, fields: Mapping[str, str]) -> str:
    """The text for one recipient. Values are put in as they are: a value that looks like a field stays text.

    Raises FieldEmpty.
    """

    def value(match: re.Match[str]) -> str:
        found = fields.get(match[1], "").strip()
        if not found and match[2] is None:
            raise FieldEmpty(match[1])
        return found or match[2].strip()

    return _FIELD.sub(value, template)
