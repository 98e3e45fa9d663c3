"""Broadcasts: list, draft, the check page with the sum, progress, and the result."""

from __future__ import annotations

from itertools import chain

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from refill.domain import ids
from refill.domain.cells import plain
from refill.domain.errors import BroadcastChanged, FeatureNotInPlan, InsufficientCredits, Refusal
from refill.domain.recipients import MOST_LINES
from refill.domain.roles import Right
from refill.queries import broadcasts as found
from refill.queries import texts as found_texts
from refill.queries.pages.conversations import own_numbers
from refill.services.messages import broadcasts
from refill.web import formats, polling
from refill.web.access import actor_of, place_of
from refill.web.addresses import number_of, row_number, whole
from refill.web.context import fuel_of
from refill.web.polling import Word
from refill.web.refusals import blame, show_form
from refill.web.request import visitor
from refill.web.tables import as_csv
from refill.web.text_forms import BroadcastForm
from refill.web.views.conversations import shortage

PER_PAGE, SHOWN_LINES, SAMPLES = 25, 20, 3


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    place = place_of(request)
    before = row_number(request.GET.get("before")) or None
    rows = found.newest(place.account_id, before=before, limit=PER_PAGE + 1)
    return render(
        request,
        "pages/broadcasts.html",
        {
            "rows": [(row, ids.encode("bro", row.id)) for row in rows[:PER_PAGE]],
            "earlier": rows[PER_PAGE - 1].id if len(rows) > PER_PAGE else None,
            "may_send": visitor(request).may(Right.SEND),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Write it and give the list; nothing is sent before the check page."""
    place = place_of(request)
    numbers = own_numbers(place)
    posted = request.method == "POST"
    form = BroadcastForm(request.POST if posted else None, request.FILES if posted else None, numbers=numbers)
    if posted and form.is_valid():
        sent = form.cleaned_data
        try:
            made = broadcasts.draft(
                account_id=place.account_id, actor=actor_of(request), name=sent["name"], number_id=sent["number"],
                body=sent["body"], lines=form.lines, pace=sent["pace"], member_id=place.member_id,
            )  # fmt: skip
        except FeatureNotInPlan:
            raise
        except Refusal as refusal:
            blame(form, refusal)
        else:
            return redirect("broadcast", broadcast=ids.encode("bro", made))
    return show_form(request, "pages/broadcast_new.html", {"form": form, "numbers": numbers})


@require_safe
def one(request: HttpRequest, broadcast: str) -> HttpResponse:
    """A draft's check page; what is sent, its progress and result."""
    return _page(request, number_of("bro", broadcast))


@require_safe
def progress(request: HttpRequest, broadcast: str) -> HttpResponse:
    """The part of the page that moves while it is sent; 286 ends the asking."""
    row = found.get(place_of(request).account_id, number_of("bro", broadcast))
    word, poll = polling.word_on(request, _seen(row))
    if word is Word.NOTHING and not row.finished_at:
        return HttpResponse(status=204)
    is_over = row.finished_at is not None or word is Word.END
    facts = {"row": row, "public_id": broadcast, "poll": None if is_over else poll, "rested": word is Word.END}
    return render(request, "parts/broadcast_progress.html", facts, status=286 if is_over else 200)


@require_POST
def send(request: HttpRequest, broadcast: str) -> HttpResponse:
    place, broadcast_id = place_of(request), number_of("bro", broadcast)
    try:
        broadcasts.send(
            account_id=place.account_id, broadcast_id=broadcast_id, actor=actor_of(request),
            credits=whole(request.POST.get("credits")),
        )  # fmt: skip
    except InsufficientCredits:
        # The page says how much is missing by now, and what each way to close it costs.
        return _page(request, broadcast_id, status=402)
    except BroadcastChanged as changed:
        messages.warning(request, changed.detail)
    return redirect("broadcast", broadcast=broadcast)


@require_POST
def cancel(request: HttpRequest, broadcast: str) -> HttpResponse:
    place = place_of(request)
    back = broadcasts.cancel(
        account_id=place.account_id, broadcast_id=number_of("bro", broadcast), actor=actor_of(request)
    )
    messages.success(request, f"Cancelled. Given back: {formats.credits(back)}." if back else "Cancelled.")
    return redirect("broadcast", broadcast=broadcast)


@require_safe
def results(request: HttpRequest, broadcast: str) -> StreamingHttpResponse:
    """Every recipient with what became of their text and what it cost, as CSV."""
    place, broadcast_id = place_of(request), number_of("bro", broadcast)
    row = found.get(place.account_id, broadcast_id)
    texts = reversed(found_texts.newest(place.account_id, before=None, limit=MOST_LINES, broadcast_id=row.id))
    sent = ([text.contact, text.state, text.parts, text.charged, text.code] for text in texts)
    left = found.left_out(place.account_id, broadcast_id, MOST_LINES)
    left_out = ([plain(line.written), "left out", 0, 0, line.problem] for line in left)
    return as_csv("refill-broadcast.csv", ["recipient", "state", "parts", "credits", "reason"], chain(sent, left_out))


def _seen(row: found.BroadcastRow) -> object:
    return row.state, row.charged, row.held, sorted(row.states.items())


def _page(request: HttpRequest, broadcast_id: int, status: int = 200) -> HttpResponse:
    place = place_of(request)
    row = found.get(place.account_id, broadcast_id)
    before = row_number(request.GET.get("before")) or None
    texts = found_texts.newest(place.account_id, before=before, limit=PER_PAGE + 1, broadcast_id=row.id)
    balance = fuel_of(request).balance
    available = balance.available if balance else 0
    missing = max(0, row.credits - available) if row.state == "draft" else 0
    more = shortage(request, place, row.credits, available) if missing else {}
    return render(
        request,
        "pages/broadcast.html",
        {
            "row": row, "public_id": ids.encode("bro", row.id), "is_draft": row.state == "draft",
            "lines": found.left_out(place.account_id, row.id, SHOWN_LINES),
            "left_total": sum(row.left_out.values()), "samples": found.samples(place.account_id, row.id, SAMPLES),
            "after": available - row.credits, "missing": missing,
            "poll": None if row.finished_at else polling.begin(_seen(row)),
            "may_send": visitor(request).may(Right.SEND), "texts": texts[:PER_PAGE],
            "earlier": texts[PER_PAGE - 1].id if len(texts) > PER_PAGE else None, **more,
        },
        status=status,
    )  # fmt: skip
