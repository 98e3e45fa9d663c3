"""The statement as a file to keep: CSV with every column, PDF to print, JSON as the API gives it; the same totals."""

from __future__ import annotations

from datetime import UTC, timedelta

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from refill.domain import ids
from refill.domain.calendars import day_start
from refill.domain.cells import plain
from refill.gateways import pdf
from refill.queries.pages.movements import each
from refill.queries.pages.statement_papers import MOST_ROWS, Statement, as_json, printed
from refill.queries.pages.statement_papers import statement as paper_of
from refill.web.access import place_of
from refill.web.context import now_of
from refill.web.narrowing import Asked, asked_of
from refill.web.tables import as_csv
from refill.web.wording import movement

MOST_PRINTED = 2_000
_COLUMNS = (
    "id", "at_utc", "what", "kind", "credits", "held", "balance_after", "grant", "source", "usage", "parts",
    "reference", "member", "inbox", "number", "reason", "actor",
)  # fmt: skip


@require_safe
def statement_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The same movements, oldest first, every column; the balance column ends on the closing balance."""
    place = place_of(request)
    asked = asked_of(request, place)
    rows = (
        [
            row.public_id, row.at.astimezone(UTC).isoformat(),
            movement(row.kind, row.source, row.usage_kind, row.parts), row.kind, row.credits, row.held,
            row.balance_after, ids.encode("gra", row.grant_id) if row.grant_id else "", row.source or "",
            row.usage_kind or "", row.parts or "", plain(row.reference), plain(row.member), plain(row.inbox),
            plain(row.number), plain(row.reason), plain(row.actor),
        ]
        for row in each(place.account_id, asked.filters)
    )  # fmt: skip
    return as_csv(_name(asked, "csv"), _COLUMNS, rows)


@require_safe
def statement_pdf(request: HttpRequest) -> HttpResponse:
    """Raises Invalid where there are more movements than are sensibly printed."""
    asked, paper = _paper(request, MOST_PRINTED)
    made = pdf.make("statement", printed(paper), paper.ends_at)
    response = HttpResponse(made, content_type="application/pdf")
    _keep(response, asked, "pdf")
    return response


@require_safe
def statement_json(request: HttpRequest) -> StreamingHttpResponse:
    """Raises Invalid where there are too many movements for one file."""
    asked, paper = _paper(request, MOST_ROWS)
    response = StreamingHttpResponse(as_json(paper), content_type="application/json")
    _keep(response, asked, "json")
    return response


def _paper(request: HttpRequest, most: int) -> tuple[Asked, Statement]:
    place = place_of(request)
    asked = asked_of(request, place)
    ends_at = min(day_start(asked.end + timedelta(days=1), place.zone), now_of(request) + timedelta(microseconds=1))
    starts_at = min(day_start(asked.start, place.zone), ends_at - timedelta(microseconds=1))
    return asked, paper_of(place.account_id, starts_at, ends_at, most=most, narrowed=asked.filters)


def _keep(response: HttpResponseBase, asked: Asked, ending: str) -> None:
    response.headers["Content-Disposition"] = f'attachment; filename="{_name(asked, ending)}"'


def _name(asked: Asked, ending: str) -> str:
    return f"refill-statement-{asked.start}-{asked.end}.{ending}"
