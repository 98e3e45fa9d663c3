"""Endpoints that hear of the account's events: made, watched, tried out, replayed, given up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from refill.domain import ids
from refill.domain.errors import Refusal
from refill.domain.events import KINDS
from refill.domain.records import Actor
from refill.gateways import clock
from refill.queries import webhooks as found
from refill.services.developers import webhooks
from refill.web import formats
from refill.web.access import actor_of, place_of
from refill.web.addresses import number_of, number_or_none, one_of
from refill.web.forms import EndpointForm
from refill.web.once import fresh, once
from refill.web.refusals import blame, show_form, warn
from refill.web.views.developing import show_once, take_secret

PER_PAGE = 25
STATES = {"pending": "Due", "delivered": "Delivered", "failed": "Failed", "dropped": "Dropped"}


@require_http_methods(["GET", "HEAD", "POST"])
def endpoint_new(request: HttpRequest) -> HttpResponse:
    place = place_of(request)
    form = EndpointForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        try:
            with once(request) as is_first:
                if not is_first:
                    return redirect("developers")
                made = webhooks.create(
                    account_id=place.account_id, actor=actor_of(request), url=wanted["url"],
                    kinds=wanted["kinds"] or ["*"], description=wanted["description"],
                )  # fmt: skip
        except Refusal as refusal:
            blame(form, refusal)
        else:
            show_once(request, made.secret, "The secret that signs deliveries")
            return redirect("endpoint", endpoint=ids.encode("whe", made.id))
    return show_form(request, "pages/endpoint_new.html", {"form": form, "once": request.POST.get("once") or fresh()})


@require_safe
def endpoint(request: HttpRequest, endpoint: str) -> HttpResponse:
    place, number = place_of(request), number_of("whe", endpoint)
    state = request.GET.get("state", "")
    state = state if state in STATES else ""
    before = number_or_none("req", request.GET.get("before"))
    rows = found.deliveries(place.account_id, number, state=state or None, before=before, limit=PER_PAGE + 1)
    return render(
        request,
        "pages/endpoint.html",
        {
            "secret": take_secret(request),
            "endpoint": found.get(place.account_id, number, now=clock.now()),
            "id": endpoint,
            "deliveries": [(ids.encode("evt", row.event_id), row, STATES[row.state]) for row in rows[:PER_PAGE]],
            "more": ids.encode("req", rows[PER_PAGE - 1].id) if len(rows) > PER_PAGE else "",
            "is_later": before is not None,
            "state": state,
            "states": STATES,
            "kinds": KINDS,
            "once": fresh(),
        },
    )


@require_POST
def endpoint_change(request: HttpRequest, endpoint: str) -> HttpResponse:
    """One deed at an endpoint. All of them are things that may happen twice, but a new secret."""
    place, number, deed = place_of(request), number_of("whe", endpoint), one_of(DEEDS, request.POST.get("deed"))
    try:
        messages.success(request, DEEDS[deed](request, place.account_id, actor_of(request), number))
    except Refusal as refusal:
        warn(request, refusal)
    return redirect("developers") if deed == "remove" else redirect("endpoint", endpoint=endpoint)


def _test(request: HttpRequest, account_id: int, actor: Actor, number: int) -> str:
    webhooks.send_test(account_id=account_id, kind=request.POST.get("kind", ""), endpoint_id=number)
    return "A test event is on its way. Load this page again to see what came back."


def _replay(request: HttpRequest, account_id: int, actor: Actor, number: int) -> str:
    event = number_of("evt", request.POST.get("event", ""))
    webhooks.replay(account_id=account_id, actor=actor, endpoint_id=number, event_id=event)
    return "It is due again."


def _replay_failed(request: HttpRequest, account_id: int, actor: Actor, number: int) -> str:
    since = clock.now() - timedelta(days=30)
    count = webhooks.replay_failed(account_id=account_id, actor=actor, endpoint_id=number, since=since)
    return f"{formats.number(count)} {'delivery is' if count == 1 else 'deliveries are'} due again."


def _switch(request: HttpRequest, account_id: int, actor: Actor, number: int) -> str:
    enabled = request.POST.get("deed") == "enable"
    webhooks.update(account_id=account_id, actor=actor, endpoint_id=number, enabled=enabled)
    return "It hears of events again." if enabled else "It hears of nothing until you enable it."


def _rotate(request: HttpRequest, account_id: int, actor: Actor, number: int) -> str:
    with once(request) as is_first:
        if is_first:
            secret = webhooks.rotate_secret(account_id=account_id, actor=actor, endpoint_id=number)
            show_once(request, secret, "The new secret")
    return "Deliveries bear both signatures for 24 hours."


def _remove(request: HttpRequest, account_id: int, actor: Actor, number: int) -> str:
    webhooks.remove(account_id=account_id, actor=actor, endpoint_id=number)
    return "The endpoint is removed."


DEEDS: dict[str, Callable[[HttpRequest, int, Actor, int], str]] = {
    "test": _test, "replay": _replay, "replay_failed": _replay_failed, "enable": _switch, "disable": _switch,
    "rotate": _rotate, "remove": _remove,
}  # fmt: skip
