"""Auto-recharge: the sentence with its fields, checked before it is agreed to, and what came of it (RULES §5)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from refill.domain import ids
from refill.domain.errors import Refusal
from refill.domain.recharge import Rule
from refill.domain.recharge_replay import Replayed, replay
from refill.queries import recharge as found
from refill.queries.pages import catalogue, recharging, standing
from refill.services.money import recharge_settings
from refill.services.money.recharge_settings import Preview, Wanted
from refill.web.access import actor_of, place_of
from refill.web.addresses import whole
from refill.web.context import now_of
from refill.web.recharge_form import Typed, field_of, in_force, wanted_of
from refill.web.wording import recharge_decision

SHOWN = 10


@require_safe
def recharge(request: HttpRequest) -> HttpResponse:
    """How it stands, the rule to change, and each decision."""
    return _page(request)


@require_safe
def recharge_check(request: HttpRequest) -> HttpResponse:
    """What saving would mean: the sentence to agree to, and whether it charges at once. The values are the address."""
    place = place_of(request)
    try:
        wanted = wanted_of(request.GET.dict(), place.currency)
        preview = recharge_settings.preview(account_id=place.account_id, wanted=wanted)
    except Refusal as refusal:
        if refusal.kind != "invalid":
            raise
        return _page(request, refusal)
    cards = {card.id: card for card in standing.cards_of(place.account_id)}
    row = found.settings_of(place.account_id)
    first = wanted.cards["payment_method"]
    default = next((card for card in cards.values() if card.is_default), None)
    typed = _in_force(place.account_id, preview).over(request.GET.dict())
    context = {
        "preview": preview, "was_on": row is not None and row.enabled, "typed": typed,
        "card": cards.get(first) if first else default,
        "backup": cards.get(wanted.cards["backup_payment_method"] or 0), "tried": _tried(request, preview),
    }  # fmt: skip
    return render(request, "pages/recharge_check.html", context)


@require_POST
def recharge_save(request: HttpRequest) -> HttpResponse:
    """Agree to the sentence, or turn it off. A sentence that is not what saving would mean now is refused."""
    place, actor = place_of(request), actor_of(request)
    if request.POST.get("off"):
        recharge_settings.put(account_id=place.account_id, actor=actor, wanted=Wanted(enabled=False))
        messages.success(request, "Auto-recharge is off. Nothing is bought by itself.")
        return redirect("recharge")
    given = request.POST.dict()
    try:
        wanted = wanted_of(given, place.currency)
        fires = recharge_settings.put(account_id=place.account_id, actor=actor, wanted=wanted)
    except Refusal as refusal:
        messages.warning(request, refusal.detail)
        return redirect(f"{reverse('recharge')}?{Typed('', '', '', '', '', '').over(given).query}")
    messages.success(request, "Auto-recharge is on." + (" It is buying now." if fires else ""))
    return redirect("recharge")


def _page(request: HttpRequest, refusal: Refusal | None = None) -> HttpResponse:
    place, now = place_of(request), now_of(request)
    preview = recharge_settings.preview(account_id=place.account_id, wanted=Wanted())
    row = found.settings_of(place.account_id)
    cards = standing.cards_of(place.account_id)
    kept = _in_force(place.account_id, preview)
    packs = catalogue.packs_for(currency=place.currency, livemode=place.livemode)
    skip = whole(request.GET.get("skip"), most=100_000)
    rows = found.decisions(place.account_id, before=None, limit=SHOWN + 1, skip=skip)
    statuses = found.statuses_of(place.account_id, rows)
    context = {
        "row": row, "preview": preview, "cards": cards, "typed": kept.over(request.GET.dict()), "kept": kept,
        "packs": packs, "is_sold": any(pack.public_id == kept.pack for pack in packs),
        "fault": refusal.detail if refusal else "", "wrong": field_of(refusal.param) if refusal else "",
        "use": found.use_of(place.account_id, now), "advice": found.advice_of(place.account_id, now),
        "tried": _tried(request, preview), "broken": [card for card in cards if row and card.id in row.broken_cards],
        "decisions": [
            (one, recharge_decision(one.reason, statuses.get(one.order_id or 0, "")), _order(one.order_id))
            for one in rows[:SHOWN]
        ],
        "older": skip + SHOWN if len(rows) > SHOWN else None, "order": _order(row.order_id if row else None),
    }  # fmt: skip
    return render(request, "pages/recharge.html", context, status=422 if refusal else 200)


def _in_force(account_id: int, preview: Preview) -> Typed:
    return in_force(preview, *found.cards_of(account_id))


def _order(order_id: int | None) -> str:
    return ids.encode("ord", order_id) if order_id else ""


def _tried(request: HttpRequest, preview: Preview) -> Replayed | None:
    """What the rule would have bought in the last 30 days; nothing where no pack is sold."""
    place, now = place_of(request), now_of(request)
    pack = found.pack_of(preview.pack_id) if preview.pack_id else None
    if pack is None:
        return None
    rule = Rule(
        preview.threshold, pack.credits, pack.amount_minor, preview.currency, preview.max_per_day,
        preview.max_per_month_minor,
    )  # fmt: skip
    opening, days = recharging.last_days(place.account_id, place.zone, now)
    return replay(rule, opening, days, found.tax_now(place.account_id, now))
