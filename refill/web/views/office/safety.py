"""Safe mode: what is left to do before everything goes on after a restore."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from refill.domain.errors import Refusal
from refill.queries import provider_queue
from refill.services.office import held
from refill.services.office import safe_mode as deeds
from refill.web.access import operator_of
from refill.web.addresses import one_of


@require_http_methods(["GET", "HEAD", "POST"])
def safe_mode(request: HttpRequest) -> HttpResponse:
    """GET says what waits; POST sends or drops a kind of it, or compares with the provider and ends safe mode."""
    if request.method == "POST":
        word = one_of(("send", "drop", "confirm"), request.POST.get("word"))
        kind = one_of(held.KINDS, request.POST.get("kind")) if word != "confirm" else ""
        try:
            if word == "confirm":
                deeds.confirm(actor=operator_of(request))
                messages.success(request, "Charges are made again.")
                return redirect("office")
            count = held.decide(kind=cast(held.Kind, kind), word=cast(held.Word, word), actor=operator_of(request))
            done = "Sent" if word == "send" else "Dropped"
            messages.success(request, f"{done}: {held.words(kind, count)}.")
        except Refusal as refusal:
            messages.warning(request, refusal.detail)
        return redirect("office_safe_mode")
    paused = provider_queue.paused()
    waiting = held.waiting() if paused else {}
    shown = {
        "paused": paused, "differences": len(provider_queue.differences()),
        "held": [{"kind": kind, "words": held.words(kind, count)} for kind, count in waiting.items() if count],
    }  # fmt: skip
    return render(request, "office/safe_mode.html", shown)
