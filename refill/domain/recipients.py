"""A list of recipients as people have it: CSV, with a header or without."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import StringIO

from refill.domain.merging import field_name

MOST_LINES = 10_000
MOST_COLUMNS = 30
MOST_CELL_CHARACTERS = 500
_NUMBER_COLUMNS = ("phone", "number", "phone_number", "mobile", "mobile_phone", "cell", "telephone", "to")


class BadList(ValueError):
    """The list cannot be read at all; the message says where, and what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """One recipient: the line of the file (from 1), the number as written, and the other columns by field name."""

    line: int
    written: str
    fields: Mapping[str, str] = field(default_factory=dict)


def read_csv(text: str) -> list[Line]:
    """Read a list of at most 10,000 recipients. A first line without a digit is a header. Raises BadList."""
    text = text.removeprefix("\ufeff")
    if "\x00" in text:
        raise BadList("This is not a CSV file.")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(StringIO(text), delimiter=delimiter)
    found: list[Line] = []
    names: list[str] | None = None
    column = 0
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            _demand_size(cells, reader.line_num)
            if names is None:
                names, column, is_header = _header(cells)
                if is_header:
                    continue
            if len(found) == MOST_LINES:
                raise BadList(f"At most {MOST_LINES:,} recipients; split the list.")
            fields = {name: cell for name, cell in zip(names, cells, strict=False) if name}
            found.append(Line(reader.line_num, cells[column] if column < len(cells) else "", fields))
    except csv.Error as fault:
        raise BadList(f"Line {reader.line_num}: {fault}.") from None
    if not found:
        raise BadList("The list has no recipients. Put a phone number on each line.")
    return found


def _header(cells: list[str]) -> tuple[list[str], int, bool]:
    """(field names, which column holds the number, whether this line is a header)."""
    if any(any(character.isdigit() for character in cell) for cell in cells):
        number = next((i for i, cell in enumerate(cells) if sum(map(str.isdigit, cell)) >= 7), 0)
        return [""] * number + [""] + [f"column_{i + 1}" for i in range(number + 1, len(cells))], number, False
    names = [field_name(cell) for cell in cells]
    column = next((names.index(name) for name in _NUMBER_COLUMNS if name in names), 0)
    names[column] = ""
    return names, column, True


def _demand_size(cells: list[str], line: int) -> None:
    if len(cells) > MOST_COLUMNS:
        raise BadList(f"Line {line} has {len(cells)} columns; at most {MOST_COLUMNS}.")
    if max(map(len, cells)) > MOST_CELL_CHARACTERS:
        raise BadList(f"A cell of line {line} has more than {MOST_CELL_CHARACTERS} characters.")
