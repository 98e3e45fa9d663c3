"""Taking everything along; closing the account: what happens, by date and number, before the button (RULES §4.7)."""

from __future__ import annotations

import csv
import json
import re
from datetime import UTC, datetime, timedelta
from io import TextIOWrapper
from tempfile import SpooledTemporaryFile
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from refill.domain import calendars
from refill.domain.cells import plain
from refill.domain.errors import Refusal
from refill.queries import archive as archives
from refill.queries.pages import standing
from refill.services import accounts
from refill.services.money import account_closing
from refill.web.access import actor_of, place_of
from refill.web.context import fuel_of, now_of
from refill.web.forms import CloseForm

IN_MEMORY = 4_000_000
# Begins like a formula, and is none.
E164 = re.compile(r"\+\d{1,15}")


@require_POST
def take_along(request: HttpRequest) -> FileResponse:
    """All that the account has here, as a ZIP of CSV files; that it was taken is kept."""
    place = place_of(request)
    accounts.exported(account_id=place.account_id, actor=actor_of(request))
    # Closed with the answer.
    kept = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
    with ZipFile(kept, "w", ZIP_DEFLATED) as archive:
        for table in archives.tables(place.account_id):
            with archive.open(f"{table.name}.csv", "w") as file, TextIOWrapper(file, "utf-8", newline="") as text:
                writer = csv.writer(text)
                writer.writerow(table.head)
                writer.writerows([_cell(cell) for cell in row] for row in table.rows)
    kept.seek(0)
    return FileResponse(kept, as_attachment=True, filename=f"refill-{place.public_id}.zip")


def _cell(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat()
    if isinstance(cell, (dict, list)):
        return plain(json.dumps(cell, ensure_ascii=False))
    if isinstance(cell, int) or (cell and E164.fullmatch(cell)):
        return cell
    return plain(cell)


@require_http_methods(["GET", "HEAD", "POST"])
def close_account(request: HttpRequest) -> HttpResponse:
    place = place_of(request)
    form = CloseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            account_closing.close(account_id=place.account_id, actor=actor_of(request), name=form.cleaned_data["name"])
            messages.success(request, f"{place.account_name} is closed. You can come back from this page.")
            return redirect("billing")
        except Refusal as refusal:
            form.add_error("name" if refusal.param == "name" else None, refusal.detail)
    stands, now = standing.standing_of(place.account_id), now_of(request)
    policy = stands.policy
    kept = calendars.add_months(calendars.wall_of(now, place.zone), policy.keep_purchased_months)
    shown = {
        "form": form, "standing": stands, "account": place.account_name, "left": fuel_of(request).balance,
        "reads_until": now + timedelta(days=policy.read_only_days),
        "kept_until": calendars.local_instant(kept, place.zone),
    }  # fmt: skip
    return render(request, "pages/close.html", shown, status=422 if form.errors else 200)
