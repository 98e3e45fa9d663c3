"""Safe mode: what is left to do before charges are made again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from refill.domain.errors import Refusal
from refill.queries import provider_queue
from refill.services.money import safe_mode as deeds
from refill.web.access import operator_of


@require_http_methods(["GET", "HEAD", "POST"])
def safe_mode(request: HttpRequest) -> HttpResponse:
    """GET says what waits; POST compares with the provider, and ends safe mode where nothing is open."""
    if request.method == "POST":
        try:
            deeds.confirm(actor=operator_of(request))
            messages.success(request, "Charges are made again.")
            return redirect("office")
        except Refusal as refusal:
            messages.warning(request, refusal.detail)
            return redirect("office_safe_mode")
    shown = {"paused": provider_queue.paused(), "differences": len(provider_queue.differences())}
    return render(request, "office/safe_mode.html", shown)
