"""Giving back what was used: one spend, with a reason and a preview, above the limit by two (RULES §2.9)."""

from __future__ import annotations

import secrets

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from refill.domain import ids
from refill.domain.calendars import wall_of
from refill.domain.errors import Refusal
from refill.gateways import clock
from refill.queries.office import usage as found
from refill.queries.pages.movements import Movement
from refill.services.office import corrections, operators
from refill.services.office.corrections import Wanted
from refill.web import formats
from refill.web.access import operator_of
from refill.web.addresses import day_of, number_of, row_number
from refill.web.forms import GiveBackForm
from refill.web.refusals import blame, show_form
from refill.web.views.office.accounts import seen_account
from refill.web.views.office.correcting import ask
from refill.web.wording import USAGE, movement


@require_safe
def usages(request: HttpRequest, account: str) -> HttpResponse:
    """What was used on one day, each leading to its own page."""
    seen = seen_account(number_of("acc", account))
    operators.looked(operator=operator_of(request), account_id=seen.id)
    day = day_of(request.GET.get("day"), wall_of(clock.now(), seen.zone).date())
    kind = request.GET.get("usage", "") if request.GET.get("usage", "") in USAGE else ""
    before = row_number(request.GET.get("before")) or None
    rows, more = found.usages(seen.id, seen.zone, day, kind, before)
    shown = {
        "account": seen, "day": day, "usage": kind, "zone": seen.zone, "next": more,
        "rows": [(row, _said(row), -row.used or row.credits, _code(row)) for row in rows],
    }  # fmt: skip
    return render(request, "office/usages.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def usage(request: HttpRequest, usage: str) -> HttpResponse:
    """One usage. GET with what is wanted shows what giving it back would do; POST does it."""
    try:
        account_id, seq = ids.decode("use", usage, 2)
    except ids.UnknownId:
        raise Http404 from None
    seen, about = seen_account(account_id), found.usage(account_id, seq)
    if about is None:
        raise Http404
    data = request.POST if request.method == "POST" else request.GET
    form = GiveBackForm(data if "credits" in data else None, initial={"credits": about.left or None})
    preview = None
    if form.is_bound and form.is_valid():
        sent = form.cleaned_data
        wanted = Wanted(account_id=seen.id, credits=sent["credits"], usage_seq=seq, reason=sent["reason"])
        try:
            if request.method == "POST":
                return ask(request, seen, wanted, done=f"Done: given back {formats.credits(wanted.credits)}.")
            preview = corrections.preview(wanted)
        except Refusal as refusal:
            blame(form, refusal)
    shown = {
        "account": seen, "about": about, "what": _said(about.head), "form": form, "preview": preview,
        "once": secrets.token_hex(16), "zone": seen.zone,
    }  # fmt: skip
    return show_form(request, "office/usage.html", shown)


def _said(row: Movement) -> str:
    return movement(row.kind, row.source, row.usage_kind, row.parts)


def _code(row: Movement) -> str:
    """The usage that it is a part of; what was given back is none."""
    return ids.encode("use", row.account_id, row.first_seq) if row.kind in ("spend", "capture") else ""
