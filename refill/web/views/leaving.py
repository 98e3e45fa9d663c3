"""Closing the account: what happens, by date and number, before the button (RULES §4.7)."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from refill.domain import calendars
from refill.domain.errors import Refusal
from refill.queries.pages import standing
from refill.services.money import account_closing
from refill.web.access import actor_of, place_of
from refill.web.context import fuel_of, now_of
from refill.web.forms import CloseForm
from refill.web.refusals import show_form


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
    return show_form(request, "pages/close.html", shown)
