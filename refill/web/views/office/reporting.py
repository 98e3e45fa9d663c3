"""Reports and the CSV of the rows that each figure is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from refill.domain.cells import plain
from refill.queries.office import reports
from refill.queries.office.reports import Report
from refill.services.office import operators
from refill.web.access import operator_of
from refill.web.tables import as_csv

MOST_MONTHS, MOST_UNPAID = 60, 100
REPORTS: Mapping[str, Callable[[bool, str], Report]] = {
    "recurring": reports.recurring,
    "liability": reports.left_over,
    "credits": reports.moved,
    "dunning": reports.dunning,
}


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    pairs = reports.currencies()
    livemode, currency = _asked(request, pairs)
    by_plan, by_source = (read(livemode, currency) for read in (reports.recurring_by_plan, reports.left_by_source))
    return render(
        request,
        "office/reports.html",
        {
            "pairs": pairs,
            "livemode": livemode,
            "currency": currency,
            "query": f"mode={'live' if livemode else 'test'}&currency={currency}",
            "monthly": sum(row[2] for row in by_plan),
            "by_plan": by_plan,
            "by_source": by_source,
            "left": sum(row[1] for row in by_source),
            "owed": sum(row[2] for row in by_source),
            "moved": tuple(islice(reports.moved(livemode, currency).rows, MOST_MONTHS)),
            "dunning": tuple(islice(reports.dunning(livemode, currency).rows, MOST_UNPAID)),
            "overdue": reports.overdue(livemode, currency),
        },
    )


@require_safe
def table(request: HttpRequest, report: str) -> StreamingHttpResponse:
    """The rows of one report as CSV. An export leaves an audit row."""
    read = REPORTS.get(report)
    if read is None:
        raise Http404
    livemode, currency = _asked(request, reports.currencies())
    found = read(livemode, currency)
    operators.exported(operator=operator_of(request), what=f"report {report}")
    rows = ([_cell(value) for value in row] for row in found.rows)
    return as_csv(f"refill-{found.name}-{currency}.csv", found.head, rows)


def _cell(value: Any) -> Any:
    return plain(value) if isinstance(value, str) else "" if value is None else value


def _asked(request: HttpRequest, pairs: tuple[tuple[bool, str], ...]) -> tuple[bool, str]:
    """The mode and currency of the address, or the first that accounts have."""
    asked = (request.GET.get("mode") == "live", request.GET.get("currency", ""))
    return asked if asked in pairs else pairs[0] if pairs else (False, "usd")
