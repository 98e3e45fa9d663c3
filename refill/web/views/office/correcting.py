"""Correcting an account's credits: what, why, a preview, and above the limit a second operator."""

from __future__ import annotations

import secrets

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from refill.domain import ids
from refill.domain.calendars import day_start
from refill.domain.errors import Refusal
from refill.queries.office import accounts
from refill.services.office import corrections
from refill.services.office.corrections import Wanted
from refill.web import formats
from refill.web.access import operator_of
from refill.web.addresses import number_of, one_of
from refill.web.forms import CorrectionForm
from refill.web.refusals import blame, show_form, warn
from refill.web.views.office.accounts import seen_account
from refill.web.wording import SOURCES


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, account: str) -> HttpResponse:
    """GET with what is wanted shows what it would do; POST does it."""
    seen = seen_account(number_of("acc", account))
    lots = accounts.open_grants(seen.id)
    mine = [
        (lot.public_id, f"{SOURCES[lot.source]}, {formats.number(lot.remaining)} left")
        for lot in lots if lot.is_the_operators
    ]  # fmt: skip
    data = request.POST if request.method == "POST" else request.GET
    form = CorrectionForm(data if "credits" in data else None, grants=mine)
    preview = None
    if form.is_bound and form.is_valid():
        wanted = _wanted(seen, form.cleaned_data)
        try:
            if request.method == "POST":
                return ask(request, seen, wanted, done=f"Done: {formats.signed(wanted.credits)} credits.")
            preview = corrections.preview(wanted)
        except Refusal as refusal:
            blame(form, refusal)
    shown = {
        "account": seen, "form": form, "preview": preview, "grants": lots, "once": secrets.token_hex(16),
        "zone": seen.zone, "currency": seen.currency,
    }  # fmt: skip
    return show_form(request, "office/correct.html", shown)


def ask(request: HttpRequest, seen: accounts.Seen, wanted: Wanted, *, done: str) -> HttpResponse:
    """Do it, or leave it for a second operator; either is said on the account's page."""
    once = request.POST.get("once", "")[:64] or secrets.token_hex(16)
    corrections.ask(wanted=wanted, operator=operator_of(request), once=once)
    if corrections.waits(once=once):
        messages.info(request, "It waits for a second operator, who finds it under Corrections.")
    else:
        messages.success(request, done)
    return redirect("office_account", seen.public_id)


def _wanted(seen: accounts.Seen, sent: dict) -> Wanted:  # type: ignore[type-arg]
    gives = sent["direction"] == "give"
    ends_on = sent["ends_on"] if gives else None
    grant = sent["grant"] if not gives else ""
    return Wanted(
        account_id=seen.id, credits=sent["credits"] if gives else -sent["credits"], source=sent["source"],
        ends_at=day_start(ends_on, seen.zone) if ends_on else None,
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
    answer = one_of(("agree", "refuse"), request.POST.get("answer"))
    try:
        if answer == "agree":
            corrections.agree(correction_id=number, operator=operator)
            messages.success(request, f"{ids.encode('cor', number)} is done.")
        else:
            corrections.refuse(correction_id=number, operator=operator)
            messages.success(request, f"{ids.encode('cor', number)} is dropped.")
    except Refusal as refusal:
        warn(request, refusal)
    return redirect("office_corrections")
