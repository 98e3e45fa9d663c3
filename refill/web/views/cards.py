"""Cards: which is charged, adding one on the provider's page, removing one."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from refill.domain import ids
from refill.domain.errors import ProviderUnavailable, Refusal
from refill.domain.records import QuoteRequest
from refill.queries.pages import documents, standing
from refill.services.money import card_setup, quotes
from refill.services.money import cards as service
from refill.web.access import actor_of, place_of
from refill.web.addresses import number_of, one_of
from refill.web.refusals import warn

# The sandbox's cards, and what each of them does.
SANDBOX = (
    ("visa_ok", "Visa ending 4242", "Pays at once."),
    ("needs_action", "Visa ending 3155", "Pays when the customer confirms it with the bank."),
    ("processing_then_ok", "Visa ending 0343", "Pays after a while."),
    ("unknown_then_ok", "Visa ending 0341", "The answer gets lost; it paid, which is found out by asking."),
    ("unknown_then_declined", "Visa ending 0342", "The answer gets lost; it declined, which is found out by asking."),
    ("declined", "Visa ending 0002", "Declines; trying again later makes sense."),
    ("declined_final", "Visa ending 9979", "Declines for good."),
)


@require_safe
def cards(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/cards.html", {"cards": standing.cards_of(place_of(request).account_id)})


@require_http_methods(["GET", "HEAD", "POST"])
def card_new(request: HttpRequest) -> HttpResponse:
    """The way to the provider's page; or the sandbox's in its place, which asks which card, never for a number."""
    place = place_of(request)
    quote = request.GET.get("quote", "")
    if card_setup.is_elsewhere(place.account_id):
        return _provider(request, quote)
    if request.method == "POST":
        actor = actor_of(request)
        card = service.add_sandbox(account_id=place.account_id, actor=actor, card=request.POST.get("card", ""))
        if request.POST.get("default"):
            service.update(account_id=place.account_id, actor=actor, card_id=card, default=True)
        if quote:
            return _quote_again(request, quote, card)
        messages.success(request, "The card is kept.")
        return redirect("cards")
    return render(request, "pages/card_new.html", {"sandbox": SANDBOX, "quote": quote, "has_cards": bool(
        standing.cards_of(place.account_id)
    )})  # fmt: skip


def _provider(request: HttpRequest, quote: str) -> HttpResponse:
    place = place_of(request)
    if request.method != "POST":
        has_cards = bool(standing.cards_of(place.account_id))
        return render(request, "pages/card_provider.html", {"quote": quote, "has_cards": has_cards})
    try:
        url = card_setup.begin(
            account_id=place.account_id, actor=actor_of(request), make_default=bool(request.POST.get("default")),
            quote_id=number_of("quo", quote) if quote else None,
        )  # fmt: skip
    except Refusal as refusal:
        messages.warning(request, refusal.detail)
        return redirect("cards")
    return render(request, "pages/leaving.html", {"url": url, "where": "the card provider’s page"})


@require_safe
def card_added(request: HttpRequest) -> HttpResponse:
    """Back from the provider's page. What was entered is asked for there, whoever comes back, and however often."""
    place = place_of(request)
    try:
        card, quote = card_setup.finish(account_id=place.account_id, reference=request.GET.get("page", "")[:255])
    except ProviderUnavailable:
        messages.warning(request, "The card provider does not answer right now. The card appears here by itself.")
        return redirect("cards")
    if card is None:
        messages.warning(request, "No card was entered. Nothing has changed.")
        return redirect("cards")
    if quote is not None:
        return _quote_again(request, ids.encode("quo", quote), card)
    messages.success(request, "The card is kept.")
    return redirect("cards")


def _quote_again(request: HttpRequest, quote: str, card: int) -> HttpResponse:
    """Back to what was being bought, with the new card."""
    place = place_of(request)
    page = documents.quote_of(place.account_id, number_of("quo", quote))
    if page is None:
        raise Http404
    wanted = QuoteRequest(**{**page.request, "payment_method_id": card})
    try:
        fresh = quotes.create(account_id=place.account_id, actor=actor_of(request), request=wanted)
    except Refusal as refusal:
        messages.warning(request, refusal.detail)
        return redirect("billing")
    return redirect("confirm", quote=ids.encode("quo", fresh))


@require_POST
def card_change(request: HttpRequest, card: str) -> HttpResponse:
    place, actor, card_id = place_of(request), actor_of(request), number_of("pm", card)
    deed = one_of(("default", "remove"), request.POST.get("deed"))
    try:
        if deed == "remove":
            service.remove(account_id=place.account_id, actor=actor, card_id=card_id)
            messages.success(request, "The card is removed.")
        else:
            service.update(account_id=place.account_id, actor=actor, card_id=card_id, default=True)
            messages.success(request, "This card is charged from now on.")
    except Refusal as refusal:
        warn(request, refusal)
    return redirect("cards")
