"""Copies of data to take along: all of an account's, one contact's, and what is held about whoever asks."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from io import TextIOWrapper
from tempfile import SpooledTemporaryFile
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from refill.domain import ids
from refill.domain.cells import plain
from refill.domain.errors import Refusal
from refill.domain.roles import Right, Scope, scope_of
from refill.queries import archive as archives
from refill.queries import contacts as found
from refill.queries import own_data
from refill.queries.pages.conversations import talk
from refill.services import accounts
from refill.services.messages import contacts
from refill.web.access import actor_of, place_of
from refill.web.addresses import number_of
from refill.web.request import visitor

IN_MEMORY = 4_000_000
ROWS_AT_ONCE = 500


@require_POST
def take_along(request: HttpRequest) -> FileResponse:
    """All that the account has here, as a ZIP of CSV or JSON files; that it was taken is kept."""
    place = place_of(request)
    accounts.exported(account_id=place.account_id, actor=actor_of(request))
    form = "json" if request.POST.get("form") == "json" else "csv"
    write = _write_json if form == "json" else _write_csv
    # Closed with the answer.
    kept = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
    with ZipFile(kept, "w", ZIP_DEFLATED) as archive:
        for table in archives.tables(place.account_id):
            with (
                archive.open(f"{table.name}.{form}", "w") as file,
                TextIOWrapper(file, "utf-8", newline="") as text,
            ):
                write(text, table)
    kept.seek(0)
    return FileResponse(kept, as_attachment=True, filename=f"refill-{place.public_id}.zip")


@require_POST
def own(request: HttpRequest) -> StreamingHttpResponse:
    """What is held about whoever is signed in, over all their accounts, as JSON."""
    visit = visitor(request)
    return _as_json(f"refill-{ids.encode('usr', visit.user_id)}.json", own_data.of(visit.user_id))


@require_safe
def contact(request: HttpRequest, conversation: str) -> HttpResponse:
    """What is held about a contact."""
    return render(request, "pages/contact.html", _contact(request, conversation))


@require_POST
def contact_copy(request: HttpRequest, conversation: str) -> StreamingHttpResponse:
    """What is held about a contact, as JSON: to be given to them when they ask."""
    place, row = place_of(request), _contact(request, conversation)["row"]
    only_own = scope_of(place.role, Right.STATEMENT) is Scope.OWN
    return _as_json(f"refill-contact-{conversation}.json", found.held(place, row, only_own=only_own))


@require_http_methods(["GET", "HEAD", "POST"])
def contact_forget(request: HttpRequest, conversation: str) -> HttpResponse:
    """Two steps: what goes and what stays is shown, the number is typed, then it is forgotten."""
    shown, fault = _contact(request, conversation), ""
    if request.method == "POST":
        try:
            contacts.forget(
                account_id=place_of(request).account_id, contact_id=shown["row"].id, actor=actor_of(request),
                typed=request.POST.get("typed", ""),
            )  # fmt: skip
        except Refusal as refusal:
            fault = refusal.detail
        else:
            messages.success(request, "Forgotten. What the texts cost stays in the statement, without number or words.")
            return redirect("conversations")
    return render(request, "pages/contact_forget.html", shown | {"fault": fault}, status=422 if fault else 200)


def _contact(request: HttpRequest, conversation: str) -> dict[str, Any]:
    place = place_of(request)
    about = talk(place, number_of("cnv", conversation))
    visit = visitor(request)
    return {
        "about": about, "row": found.of_conversation(place, about.id), "may_copy": visit.may(Right.STATEMENT),
        "may_forget": visit.may(Right.REMOVE), "may_name": visit.may(Right.SEND),
        "keeps_own": scope_of(place.role, Right.STATEMENT) is Scope.OWN,
    }  # fmt: skip


def _write_csv(text: TextIOWrapper, table: archives.Table) -> None:
    writer = csv.writer(text)
    writer.writerow(table.head)
    writer.writerows([_cell(cell) for cell in row] for row in table.rows)


def _write_json(text: TextIOWrapper, table: archives.Table) -> None:
    text.writelines(_array(dict(zip(table.head, row, strict=True)) for row in table.rows))


def _cell(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return _json(cell)
    if isinstance(cell, (dict, list)):
        return plain(json.dumps(cell, ensure_ascii=False))
    return cell if isinstance(cell, int) else plain(cell)


def _json(value: Any) -> Any:
    """Instants in UTC; whatever else JSON has no word for, as it is written."""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def _as_json(name: str, kinds: Iterable[tuple[str, Iterator[Any]]]) -> StreamingHttpResponse:
    """One object, an array for each kind of thing, sent while it is read."""
    response = StreamingHttpResponse(_object(kinds), content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _object(kinds: Iterable[tuple[str, Iterator[Any]]]) -> Iterator[str]:
    before = "{"
    for kind, rows in kinds:
        yield f"{before}{json.dumps(kind)}: "
        yield from _array(rows)
        before = ", "
    yield "}\n"


def _array(rows: Iterable[Any]) -> Iterator[str]:
    """A JSON array of a row a line, in pieces."""
    some: list[str] = []
    before = "["
    for row in rows:
        some.append(f"{before}\n{json.dumps(row, ensure_ascii=False, default=_json)}")
        before = ","
        if len(some) == ROWS_AT_ONCE:
            yield "".join(some)
            some = []
    yield "".join(some) + ("]" if before == "," else "[]") + "\n"
