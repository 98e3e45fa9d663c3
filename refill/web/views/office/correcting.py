"""Correcting an account's credits: what, why, a preview, and above the limit a second operator."""

from __future__ import annotations

import secrets
from datetime import datetime, time

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from refill.domain import ids
from refill.domain.calendars import local_instant
from refill.domain.errors import Refusal
from refill.queries.office import accounts
from refill.services.office import corrections
from refill.services.office.corrections import Wanted
from refill.web.access import operator_of
from refill.web.addresses import number_of
from refill.web.forms import CorrectionForm


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, account: str) -> HttpResponse:
    """GET with what is wanted shows what it would do; POST does it."""
    seen = accounts.account(number_of("acc", account))
    if seen is None:
        raise Http404
    lots = accounts.open_grants(seen.id)
    mine = [(lot.public_id, f"{lot.source}, {lot.remaining:,} left") for lot in lots if lot.is_the_operators]
    data = request.POST if request.method == "POST" else request.GET
    form = CorrectionForm(data if "credits" in data else None, grants=mine)
    preview = None
    if form.is_bound and form.is_valid():
        wanted = _wanted(seen, form.cleaned_data)
        try:
            if request.method == "POST":
                return _do(request, seen, wanted)
            preview = corrections.preview(wanted)
        except Refusal as refusal:
            form.add_error(refusal.param if refusal.param in form.fields else None, refusal.detail)
    shown = {
        "account": seen, "form": form, "preview": preview, "grants": lots, "once": secrets.token_hex(16),
        "zone": seen.zone, "currency": seen.currency,
    }  # fmt: skip
    return render(request, "office/correct.html", shown, status=422 if form.errors else 200)


def _do(request: HttpRequest, seen: accounts.Seen, wanted: Wanted) -> HttpResponse:
    once = request.POST.get("once", "")[:64] or secrets.token_hex(16)
    corrections.ask(wanted=wanted, operator=operator_of(request), once=once)
    if corrections.waits(once=once):
        messages.info(request, "It waits for a second operator, who finds it under Corrections.")
    else:
        messages.success(request, f"Done: {wanted.credits:+,} credits.")
    return redirect("office_account", seen.public_id)


def _wanted(seen: accounts.Seen, sent: dict) -> Wanted:  # type: ignore[type-arg]
    gives = sent["direction"] == "give"
    ends_on = sent["ends_on"] if gives else None
    grant = sent["grant"] if not gives else ""
    return Wanted(
        account_id=seen.id, credits=sent["credits"] if gives else -sent["credits"], source=sent["source"],
        ends_at=local_instant(datetime.combine(ends_on, time.min), seen.zone) if ends_on else None,
        grant_id=number_of("gra", grant) if grant else None, reason=sent["reason"],
    )  # fmt: skip


@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    me = operator_of(request).user_id
    rows = [(row, row.asked_by_id == me) for row in accounts.waiting_corrections()]
    return render(request, "office/corrections.html", {"rows": rows})


@require_POST
def decide(request: HttpRequest, correction: str) -> HttpResponse:
    number, operator = number_of("cor", correction), operator_of(request)
    try:
        if request.POST.get("answer") == "agree":
            corrections.agree(correction_id=number, operator=operator)
            messages.success(request, f"{ids.encode('cor', number)} is done.")
        else:
            corrections.refuse(correction_id=number, operator=operator)
            messages.success(request, f"{ids.encode('cor', number)} is dropped.")
    except Refusal as refusal:
        if refusal.kind == "unknown":
            raise
        messages.warning(request, refusal.detail)
    return redirect("office_corrections")
