"""The office's first page: what waits, and the search."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from refill.gateways import clock
from refill.queries.office.accounts import waiting_corrections
from refill.queries.office.queues import QUEUES
from refill.queries.pages.helping import count_waiting


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    rows = [(code, queue, len(queue.read(now))) for code, queue in QUEUES.items()]
    shown = {"queues": rows, "talks": count_waiting(), "corrections": len(waiting_corrections())}
    return render(request, "office/home.html", shown)
