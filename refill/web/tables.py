"""Tables as CSV, sent while they are read: what an export takes of memory does not grow with it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import islice
from typing import Any

from django.http import StreamingHttpResponse

ROWS_AT_ONCE = 500


def as_csv(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """A file of this name. Words of people are made `plain` by who gives the rows."""
    response = StreamingHttpResponse(_written(head, iter(rows)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _written(head: Sequence[str], rows: Iterator[Sequence[Any]]) -> Iterator[str]:
    some: list[Sequence[Any]] = [head]
    while some:
        text = StringIO()
        csv.writer(text).writerows(some)
        yield text.getvalue()
        some = list(islice(rows, ROWS_AT_ONCE))
