"""Invoices and credit notes: the list, one of them, its PDF; whom future ones name."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from refill.domain import ids
from refill.domain.billing_details import LONGEST, BillTo
from refill.domain.errors import Invalid
from refill.gateways import pdf
from refill.queries import billing_details as found_details
from refill.queries import documents, papers
from refill.queries.documents import DocumentRow
from refill.queries.pages import documents as found_pages
from refill.queries.pages.standing import standing_of
from refill.queries.taxes import tax_of
from refill.services.invoicing import billing_details
from refill.web.access import actor_of, place_of
from refill.web.addresses import number_of
from refill.web.billing_forms import BillingDetailsForm
from refill.web.context import now_of
from refill.web.refusals import blame, show_form

PER_PAGE = 25


@require_safe
def invoices(request: HttpRequest) -> HttpResponse:
    place = place_of(request)
    before = request.GET.get("before")
    found = found_pages.invoices_of(place.account_id, PER_PAGE + 1, number_of("inv", before) if before else None)
    shown = found[:PER_PAGE]
    more = ids.encode("inv", shown[-1].id) if len(found) > PER_PAGE else ""
    return render(request, "pages/invoices.html", {"invoices": shown, "more": more, "is_later": bool(before)})


@require_safe
def invoice(request: HttpRequest, invoice: str) -> HttpResponse:
    account_id, number = place_of(request).account_id, number_of("inv", invoice)
    row = documents.invoice(account_id, number)
    notes = documents.credit_notes_of(account_id, number)
    return _show(request, row, {"notes": [(note, ids.encode("cn", note.id)) for note in notes], "code": invoice})


@require_safe
def credit_note(request: HttpRequest, note: str) -> HttpResponse:
    row = documents.credit_note(place_of(request).account_id, number_of("cn", note))
    return _show(request, row, {"about_code": ids.encode("inv", row.about_id or 0), "code": note})


def _show(request: HttpRequest, row: DocumentRow, more: dict[str, object]) -> HttpResponse:
    shown = {
        "document": row, "title": papers.title(row), "sums": papers.sums(row), "said": papers.notes(row),
        "seller_lines": papers.seller_lines(row.seller), "buyer_lines": papers.buyer_lines(row.buyer),
        "why": papers.REASONS.get(row.reason, ""),
    }  # fmt: skip
    return render(request, "pages/document.html", shown | more)


@require_safe
def invoice_pdf(request: HttpRequest, invoice: str) -> HttpResponse:
    return _print(documents.invoice(place_of(request).account_id, number_of("inv", invoice)))


@require_safe
def credit_note_pdf(request: HttpRequest, note: str) -> HttpResponse:
    return _print(documents.credit_note(place_of(request).account_id, number_of("cn", note)))


def _print(row: DocumentRow) -> HttpResponse:
    made = pdf.make("document", papers.printed(row), row.finalized_at)
    name = f'inline; filename="{papers.title(row).replace(" ", "-")}.pdf"'
    return HttpResponse(made, content_type="application/pdf", headers={"Content-Disposition": name})


@require_http_methods(["GET", "HEAD", "POST"])
def details(request: HttpRequest) -> HttpResponse:
    """Whom future invoices name; what is final keeps what it said."""
    account_id = place_of(request).account_id
    kept = found_details.get(account_id)
    shown = {name: getattr(kept, name) for name in LONGEST} | {"emails": "\n".join(kept.emails)}
    form = BillingDetailsForm(request.POST if request.method == "POST" else None, initial=shown)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        wanted = BillTo(**{name: sent[name] for name in LONGEST}, emails=tuple(sent["emails"].split()))
        try:
            billing_details.save(account_id=account_id, actor=actor_of(request), details=wanted)
        except Invalid as refusal:
            blame(form, refusal)
        else:
            messages.success(request, "Saved. Future invoices say this; those that are final stay as they are.")
            return redirect("billing_details")
    tax = tax_of(account_id, now_of(request), standing_of(account_id).policy.tax)
    return show_form(request, "pages/billing_details.html", {"form": form, "tax": tax})
