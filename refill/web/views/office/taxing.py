"""The tax table: what is in force where, and a further row, shown before it is added."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from refill.domain.errors import Conflict
from refill.domain.taxes import read_percent, say_rate
from refill.queries.taxes import table
from refill.services.invoicing import taxes as deeds
from refill.web.access import operator_of
from refill.web.billing_forms import MODES, TaxRateForm
from refill.web.refusals import show_form

MOST_ROWS = 500


@require_http_methods(["GET", "HEAD", "POST"])
def taxes(request: HttpRequest) -> HttpResponse:
    """A row is added only where what it does is still what was shown."""
    form = TaxRateForm(request.POST if request.method == "POST" else None)
    change: deeds.RateChange | None = None
    if form.is_bound and form.is_valid():
        wanted = _wanted(form.cleaned_data)
        change = deeds.compare(wanted)
        if request.POST.get("do") == "add":
            try:
                deeds.put_rate(actor=operator_of(request), wanted=wanted, mark=request.POST.get("seen", ""))
                messages.success(request, f"Added: {_words(change.after)}.")
                return redirect("office_taxes")
            except Conflict as stale:
                messages.warning(request, stale.detail)
    rows = [(row, say_rate(row.rate_basis_points), MODES[row.mode]) for row in table(MOST_ROWS)]
    shown = {"form": form, "rows": rows, "change": change}
    if change is not None:
        before = _words(change.before) if change.before else "no row: the tax of the policy"
        shown |= {"after_words": _words(change.after), "before_words": before}
    return show_form(request, "office/taxes.html", shown)


def _wanted(sent: dict[str, Any]) -> deeds.Wanted:
    basis_points = read_percent(sent["rate"])
    assert basis_points is not None
    # Without a day it begins now: no instant is named, so that what is shown and what is added are the same.
    begins = datetime.combine(sent["starts_on"], time(), UTC) if sent["starts_on"] else None
    livemode = {"both": None, "live": True, "test": False}[sent["mode"]]
    return deeds.Wanted(
        country=sent["country"], name=sent["name"], rate_basis_points=basis_points, inclusive=sent["inclusive"],
        reverse_charge=sent["reverse_charge"], starts_at=begins, livemode=livemode,
    )  # fmt: skip


def _words(rate: Any) -> str:
    """VAT 19 % in DE, on top of the prices."""
    said = f"{rate.name} {say_rate(rate.rate_basis_points)} in {rate.country}, "
    said += "part of the prices" if rate.inclusive else "on top of the prices"
    return said + (", owed by businesses with a tax id themselves" if rate.reverse_charge else "")
