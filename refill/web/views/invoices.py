"""Invoices: the list and one of them."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from refill.domain import ids
from refill.queries.pages import documents
from refill.web.access import place_of
from refill.web.addresses import number_of

PER_PAGE = 25


@require_safe
def invoices(request: HttpRequest) -> HttpResponse:
    place = place_of(request)
    before = request.GET.get("before")
    found = documents.invoices_of(place.account_id, PER_PAGE + 1, number_of("inv", before) if before else None)
    shown = found[:PER_PAGE]
    more = ids.encode("inv", shown[-1].id) if len(found) > PER_PAGE else ""
    return render(request, "pages/invoices.html", {"invoices": shown, "more": more, "is_later": bool(before)})


@require_safe
def invoice(request: HttpRequest, invoice: str) -> HttpResponse:
    place = place_of(request)
    page = documents.invoice_of(place.account_id, number_of("inv", invoice))
    if page is None:
        raise Http404
    return render(request, "pages/invoice.html", {"invoice": page})
