"""Finishing a payment that the bank asked about: a link that works without a sign-in while the payment waits."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from refill.domain.errors import ChargeInProgress, ChargesPaused, ProviderUnavailable
from refill.queries.pages.payments import PaymentPage, payment_of
from refill.services.money import charging, intents
from refill.web.addresses import one_of
from refill.web.wording import declined


@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, token: str) -> HttpResponse:
    """What waits, and the way to the bank; with `back`, the customer comes from there and the provider is asked."""
    charge_id = intents.charge_of(token)
    page = _page(charge_id)
    if request.method == "POST" and page.state == "needs_action":
        return _to_the_bank(request, token, page)
    if request.GET.get("back") and page.state not in ("succeeded", "declined"):
        charging.send(charge_id)
        page = _page(charge_id)
    return render(request, "pages/pay.html", {"payment": page, "declined": declined(page.decline_code)})


def _to_the_bank(request: HttpRequest, token: str, page: PaymentPage) -> HttpResponse:
    if page.is_sandbox:
        outcome = one_of(("authenticated", "failed"), request.POST.get("outcome"))
        charging.answer_action(page.charge_id, outcome)
        return redirect("pay", token=token)
    try:
        url = charging.hand_back(page.charge_id, f"{settings.BASE_URL}/pay/{token}?back=1")
    except (ProviderUnavailable, ChargeInProgress, ChargesPaused) as refusal:
        messages.warning(request, refusal.detail)
        return redirect("pay", token=token)
    if not url:
        return redirect("pay", token=token)
    return render(request, "pages/leaving.html", {"url": url, "where": "your bank’s page"})


def _page(charge_id: int) -> PaymentPage:
    page = payment_of(charge_id)
    if page is None:
        raise Http404
    return page
