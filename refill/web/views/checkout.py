"""Quote, confirm, result: every change of money or plan goes this way (RULES §4)."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from typing import Any, cast, get_args

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from refill.domain import ids
from refill.domain.errors import (
    ChargeInProgress,
    ChargesPaused,
    Conflict,
    Invalid,
    NoCard,
    QuoteExpired,
    QuoteStale,
    Refusal,
    TooMany,
)
from refill.domain.records import QuoteKind, QuoteRequest
from refill.queries.pages import documents, standing
from refill.queries.pages.documents import QuotePage
from refill.services import orders
from refill.services.money import quotes
from refill.services.places import numbers
from refill.web import formats, polling
from refill.web.access import actor_of, place_of
from refill.web.addresses import number_of, one_of, whole
from refill.web.context import now_of
from refill.web.polling import Word
from refill.web.wording import CHANGED, SOURCES, declined

BACK = {
    "change_plan": "upgrade", "buy_credits": "buy", "cancel": "manage", "reactivate": "upgrade",
    "add_number": "number_new", "add_seats": "team", "remove_add_on": "places",
}  # fmt: skip


@require_POST
def quote(request: HttpRequest) -> HttpResponse:
    """Store an offer for what was chosen, and show it."""
    place = place_of(request)
    wanted = _wanted(request)
    try:
        quote_id = quotes.create(account_id=place.account_id, actor=actor_of(request), request=wanted)
    except Refusal as refusal:
        messages.warning(request, refusal.detail)
        return redirect(BACK.get(wanted.kind, "billing"))
    return redirect("confirm", quote=ids.encode("quo", quote_id))


def _wanted(request: HttpRequest) -> QuoteRequest:
    sent = request.POST
    kind = sent.get("kind", "")
    if kind not in get_args(QuoteKind):
        raise Invalid("There is no such change.", param="kind")
    return QuoteRequest(
        kind=cast(QuoteKind, kind),
        price_id=number_of("price", sent["price"]) if sent.get("price") else None,
        pack_id=number_of("pack", sent["pack"]) if sent.get("pack") else None,
        quantity=whole(sent.get("quantity") or "1"),
        add_on="number" if sent.get("add_on") == "number" else "seat" if kind == "remove_add_on" else None,
        new_period=sent.get("new_period") == "yes",
        phone=_phone(sent.get("phone")),
        phone_kind=numbers.kind_of(sent.get("phone", "")),
        inbox_id=number_of("inb", sent["inbox"]) if sent.get("inbox") else None,
        payment_method_id=number_of("pm", sent["card"]) if sent.get("card") else None,
    )


def _phone(text: str | None) -> str | None:
    if not text:
        return None
    if not re.fullmatch(r"\+[1-9][0-9]{3,14}", text, re.ASCII):
        raise Invalid("This is not a phone number.", param="phone")
    return text


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, quote: str) -> HttpResponse:
    place = place_of(request)
    quote_id = number_of("quo", quote)
    page = documents.quote_of(place.account_id, quote_id)
    if page is None:
        raise Http404
    if request.method == "POST":
        return _confirm(request, page)
    now = now_of(request)
    if page.order_id is not None and not request.GET.get("again"):
        return redirect("result", order=ids.encode("ord", page.order_id))
    cards = standing.cards_of(place.account_id)
    chosen = page.request.get("payment_method_id")
    card = next((c for c in cards if c.id == chosen), next((c for c in cards if c.is_default), None))
    offer = page.offer
    return render(
        request,
        "pages/confirm.html",
        {
            "quote": page,
            "grants": by_kind(offer["grants"]),
            "recurring": _recurring(offer["recurring"]),
            "is_now": page.effective_at <= now,
            "is_old": now >= page.expires_at,
            "card": card,
            "cards": cards,
            "button": button_words(page, place.zone),
            "back": reverse(BACK.get(page.kind, "billing")),
            "again": _again(page),
            "key": f"page-{secrets.token_hex(12)}",
            "is_up": page.kind not in ("cancel", "remove_add_on")
            and (page.due_now_minor > 0 or page.effective_at <= now),
        },
    )


def _confirm(request: HttpRequest, page: QuotePage) -> HttpResponse:
    place = place_of(request)
    key = request.POST.get("key", "")[:100] or f"quote-{page.id}"
    try:
        order = orders.confirm(account_id=place.account_id, quote_id=page.id, actor=actor_of(request), key=key)
    except QuoteStale as stale:
        what = formats.listed([CHANGED.get(name, name) for name in stale.facts["changed"]])
        messages.warning(request, f"Nothing was charged: {what} changed since. These are the new figures.")
        return redirect("confirm", quote=ids.encode("quo", stale.facts["quote"]))
    except QuoteExpired:
        fresh = quotes.create(
            account_id=place.account_id, actor=actor_of(request), request=QuoteRequest(**page.request)
        )
        messages.warning(request, "Nothing was charged: the offer was too old. These are the new figures.")
        return redirect("confirm", quote=ids.encode("quo", fresh))
    except NoCard:
        return redirect(f"{reverse('card_new')}?quote={page.public_id}")
    except ChargesPaused as refusal:
        messages.warning(request, refusal.detail)
        return redirect("confirm", quote=page.public_id)
    except ChargeInProgress as refusal:
        messages.warning(request, refusal.detail)
        return redirect("billing")
    except Conflict as refusal:
        if not page.request.get("phone"):
            raise
        messages.warning(request, refusal.detail)
        return redirect("number_new")
    except TooMany as refusal:
        messages.warning(request, f"Nothing was charged. {refusal.detail}")
        return redirect("cards")
    return redirect("result", order=ids.encode("ord", order))


def button_words(page: QuotePage, zone: str) -> str:
    """The deed and the sum: Pay $31.47 and upgrade."""
    pay = f"Pay {formats.money(page.due_now_minor, page.currency)}"
    day = formats.short_day(page.effective_at, zone, page.created_at)
    if page.kind == "buy_credits":
        return f"{pay} and add the credits"
    if page.kind == "cancel":
        return f"Cancel the plan on {day}" if page.effective_at > page.created_at else "Cancel the plan now"
    if page.kind == "pay_overdue":
        return f"{pay} now"
    if page.kind == "reactivate":
        return f"{pay} and come back" if page.due_now_minor else "Come back"
    if page.kind == "change_plan" and page.effective_at > page.created_at:
        return f"Schedule the change for {day}"
    if page.kind == "remove_add_on":
        if page.effective_at <= page.created_at:
            back = sum(line["amount_minor"] for line in page.offer["lines"] if line["amount_minor"] > 0)
            return f"Remove it and get {formats.money(back, page.currency)} back"
        return f"Stop paying for it on {day}"
    if page.request.get("phone"):
        return f"{pay} and take the number" if page.due_now_minor else "Take the number"
    if page.kind == "change_plan":
        return f"{pay} and upgrade" if page.due_now_minor else "Change the plan"
    return f"{pay} and add it" if page.due_now_minor else "Add it"


def by_kind(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Grants as a person reads them: those of one kind to which the same happens are one line, with their sums and
    each of their ends."""
    kinds: dict[tuple[str, bool, str], list[dict[str, Any]]] = {}
    for row in rows:
        name = SOURCES.get(row["source"], row["source"])
        kinds.setdefault((name[0].upper() + name[1:], row["id"] is None, row["note"]), []).append(row)
    return [
        {
            "name": name, "is_new": is_new, "note": note, "ends": _ends(same),
            **{figure: sum(row[figure] for row in same) for figure in ("before", "after", "lost")},
        }
        for (name, is_new, note), same in kinds.items()
    ]  # fmt: skip


def _ends(rows: list[dict[str, Any]]) -> list[tuple[datetime | None, int]]:
    """(end, credits) of each end, the soonest first, those without one last; of one that all have, the end alone."""
    ends: dict[datetime | None, int] = {}
    for row in rows:
        end = datetime.fromisoformat(row["ends_at"]) if row["ends_at"] else None
        ends[end] = ends.get(end, 0) + max(row["before"], row["after"])
    dated = sorted((end, credits) for end, credits in ends.items() if end is not None)
    return [*dated, (None, ends[None])] if None in ends else [*dated]


def _recurring(row: dict[str, Any] | None) -> dict[str, Any] | None:
    return row and {**row, "next_at": datetime.fromisoformat(row["next_at"])}


def _again(page: QuotePage) -> dict[str, str]:
    """The form fields that ask for the same again, for another card."""
    asked = page.request
    fields = {"kind": page.kind, "quantity": str(asked.get("quantity") or 1)}
    if asked.get("price_id"):
        fields["price"] = ids.encode("price", asked["price_id"])
    if asked.get("pack_id"):
        fields["pack"] = ids.encode("pack", asked["pack_id"])
    if asked.get("phone"):
        fields |= {"phone": asked["phone"]}
    if asked.get("inbox_id"):
        fields["inbox"] = ids.encode("inb", asked["inbox_id"])
    if asked.get("new_period"):
        fields["new_period"] = "yes"
    return fields


@require_safe
def result(request: HttpRequest, order: str) -> HttpResponse:
    place = place_of(request)
    page = documents.order_of(place.account_id, number_of("ord", order))
    if page is None:
        raise Http404
    word, poll = polling.word_on(request, page.status)
    if word is Word.NOTHING and "HX-Request" in request.headers:
        return HttpResponse(status=204)
    stands = standing.standing_of(place.account_id)
    return render(
        request,
        "pages/result.html",
        {
            "poll": poll if page.status == "processing" and word is not Word.END else None,
            "order": page,
            "standing": stands,
            "declined": declined(page.decline_code),
            "is_later": page.effective_at is not None and page.effective_at > page.created_at,
        },
    )


@require_POST
def act(request: HttpRequest, order: str) -> HttpResponse:
    """Play the customer's part of a payment that the bank wants confirmed (sandbox)."""
    place = place_of(request)
    order_id = number_of("ord", order)
    outcome = one_of(("authenticated", "failed"), request.POST.get("outcome"))
    orders.act(account_id=place.account_id, order_id=order_id, outcome=outcome)
    return redirect("result", order=order)
