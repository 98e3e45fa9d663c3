"""Giving money back by grant: what was previewed is what is done (RULES §9.5)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from refill.domain.errors import Invalid, RefundStale, Refusal
from refill.domain.refunds import RefundOffer
from refill.queries import orders, provider_queue, refunds
from refill.queries.office import accounts
from refill.services.money import refunded_elsewhere
from refill.services.money import refunds as deeds
from refill.web import formats
from refill.web.access import operator_of
from refill.web.addresses import minor_units, number_of, row_number
from refill.web.billing_forms import BookingForm, RefundForm
from refill.web.refusals import blame, show_form
from refill.web.views.office.accounts import seen_account


@require_http_methods(["GET", "HEAD", "POST"])
def refund(request: HttpRequest, account: str, order: str) -> HttpResponse:
    """GET with what is wanted shows what it would do; POST does exactly that, or shows what it would be now."""
    seen = seen_account(number_of("acc", account))
    row = orders.get(seen.id, number_of("ord", order))
    data = request.POST if request.method == "POST" else request.GET
    form = RefundForm(data if "reason" in data else None)
    preview: RefundOffer | None = None
    if form.is_bound and form.is_valid():
        try:
            wanted = _wanted(seen.id, row, form)
            if request.method == "POST":
                made = deeds.make(
                    **wanted, mark=request.POST.get("mark", ""), note=form.cleaned_data["note"],
                    actor=operator_of(request),
                )  # fmt: skip
                done = refunds.get(seen.id, made)
                messages.success(request, f"{formats.money(done.amount_minor, done.currency)} go back.")
                return redirect("office_account", seen.public_id)
            preview = deeds.preview(**wanted)
        except RefundStale as stale:
            preview = stale.facts["preview"]
            messages.warning(request, "Nothing was done: something changed since. This is what it would be now.")
        except Refusal as refusal:
            blame(form, refusal)
    shown = {
        "account": seen, "order": row, "order_code": order, "form": form, "preview": preview, "zone": seen.zone,
        "currency": row.currency, "before": refunds.newest_of_order(seen.id, row.id),
    }  # fmt: skip
    return show_form(request, "office/refund.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def book(request: HttpRequest, difference: str) -> HttpResponse:
    """What was given back at the provider: GET shows what booking it does, POST does exactly that."""
    number = row_number(difference)
    row = provider_queue.difference(number)
    if row is None or row.account_id is None:
        raise Http404
    form = BookingForm(request.POST if request.method == "POST" else request.GET)
    keep = form.is_valid() and bool(form.cleaned_data["keep_credits"])
    preview: RefundOffer | None = None
    try:
        if request.method == "POST" and form.is_valid():
            made = refunded_elsewhere.book(
                difference_id=number, keep_credits=keep, mark=request.POST.get("mark", ""),
                note=form.cleaned_data["note"], actor=operator_of(request),
            )  # fmt: skip
            done = refunds.get(row.account_id, made)
            messages.success(request, f"Booked: {formats.money(done.amount_minor, done.currency)} went back.")
            return redirect("office_queue", "differences")
        preview = refunded_elsewhere.preview(difference_id=number, keep_credits=keep)
    except RefundStale as stale:
        preview = stale.facts["preview"]
        messages.warning(request, "Nothing was booked: something changed since. This is what it would be now.")
    except Refusal as refusal:
        if refusal.kind == "unknown":
            raise Http404 from refusal
        form.add_error(None, refusal.detail)
    shown = {"row": row, "form": form, "preview": preview, "account": accounts.account(row.account_id)}
    return show_form(request, "office/book.html", shown)


def _wanted(account_id: int, row: orders.OrderRow, form: RefundForm) -> dict[str, Any]:
    """What the form asks for; sums and credits are named only at the operator's fault."""
    sent = form.cleaned_data
    wanted = {"account_id": account_id, "order_id": row.id, "reason": sent["reason"]}
    if sent["reason"] == "customer":
        return wanted
    amount_minor = None
    if sent["amount"]:
        amount_minor = minor_units(sent["amount"], row.currency)
        if amount_minor is None:
            raise Invalid("A sum as in 12.50, with no more digits than the currency has.", param="amount")
    return wanted | {"amount_minor": amount_minor, "keep_credits": sent["keep_credits"]}
