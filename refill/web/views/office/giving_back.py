"""Giving back what was used: one spend, with a reason and a preview, above the limit by two (RULES §2.9)."""

from __future__ import annotations

import secrets
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from refill.domain import ids
from refill.domain.calendars import wall_of
from refill.domain.errors import Refusal
from refill.gateways import clock
from refill.queries.office import accounts
from refill.queries.office import usage as found
from refill.queries.pages.movements import Movement
from refill.services.office import corrections, operators
from refill.services.office.corrections import Wanted
from refill.web.access import operator_of
from refill.web.addresses import number_of, whole
from refill.web.forms import GiveBackForm
from refill.web.wording import USAGE, movement


@require_safe
def usages(request: HttpRequest, account: str) -> HttpResponse:
    """What was used on one day, each leading to its own page."""
    seen = _seen(number_of("acc", account))
    operators.looked(operator=operator_of(request), account_id=seen.id)
    day = _day(request.GET.get("day", ""), wall_of(clock.now(), seen.zone).date())
    kind = request.GET.get("usage", "") if request.GET.get("usage", "") in USAGE else ""
    before = whole(request.GET.get("before"), most=2**40) or None
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
    seen, about = _seen(account_id), found.usage(account_id, seq)
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
                return _do(request, seen, wanted)
            preview = corrections.preview(wanted)
        except Refusal as refusal:
            form.add_error(refusal.param if refusal.param in form.fields else None, refusal.detail)
    shown = {
        "account": seen, "about": about, "what": _said(about.head), "form": form, "preview": preview,
        "once": secrets.token_hex(16), "zone": seen.zone,
    }  # fmt: skip
    return render(request, "office/usage.html", shown, status=422 if form.errors else 200)


def _do(request: HttpRequest, seen: accounts.Seen, wanted: Wanted) -> HttpResponse:
    once = request.POST.get("once", "")[:64] or secrets.token_hex(16)
    corrections.ask(wanted=wanted, operator=operator_of(request), once=once)
    if corrections.waits(once=once):
        messages.info(request, "It waits for a second operator, who finds it under Corrections.")
    else:
        messages.success(request, f"Done: {wanted.credits:,} credits are given back.")
    return redirect("office_account", seen.public_id)


def _seen(account_id: int) -> accounts.Seen:
    seen = accounts.account(account_id)
    if seen is None:
        raise Http404
    return seen


def _said(row: Movement) -> str:
    return movement(row.kind, row.source, row.usage_kind, row.parts)


def _code(row: Movement) -> str:
    """The usage that it is a part of; what was given back is none."""
    return ids.encode("use", row.account_id, row.first_seq) if row.kind in ("spend", "capture") else ""


def _day(text: str, usual: date) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return usual
