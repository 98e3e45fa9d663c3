"""Developers: keys of the account, what they were used for, and the way to webhooks (RULES §8)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from refill.domain.errors import Refusal
from refill.domain.roles import Role
from refill.gateways import clock
from refill.queries import keys as found_keys
from refill.queries import requests, webhooks
from refill.services.developers import keys
from refill.services.developers.concealing import conceal, reveal
from refill.web.access import actor_of, place_of
from refill.web.addresses import number_of, number_or_none, one_of
from refill.web.forms import KeyForm
from refill.web.once import fresh, once
from refill.web.refusals import blame, show_form, warn

SECRET, PER_PAGE = "shown_once", 50
OUTCOMES = {"good": "Went well", "refused": "Refused (4xx)", "failed": "Our fault (5xx)"}


def show_once(request: HttpRequest, secret: str, words: str) -> None:
    """Keep a secret for the next page of this session; it is encrypted until then, and shown there once."""
    request.session[SECRET] = [conceal(secret.encode()).decode(), words]


def take_secret(request: HttpRequest) -> tuple[str, str] | None:
    """The secret to be shown now, with what it is; never again."""
    kept = request.session.pop(SECRET, None)
    return None if kept is None else (reveal(kept[0].encode()).decode(), kept[1])


@require_safe
def developers(request: HttpRequest) -> HttpResponse:
    place, now = place_of(request), clock.now()
    rows = found_keys.newest(place.account_id, now=now, before=None, limit=200)
    return render(
        request,
        "pages/developers.html",
        {
            "secret": take_secret(request),
            "keys": [row for row in rows if row.state == "live"],
            "ended": [row for row in rows if row.state != "live"],
            "endpoints": webhooks.newest(place.account_id, now=now, before=None, limit=50),
            "calls": requests.newest(place.account_id, before=None, limit=5),
            "once": fresh(),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def key_new(request: HttpRequest) -> HttpResponse:
    place, actor = place_of(request), actor_of(request)
    form = KeyForm(place.role, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        days = int(wanted["days"] or 0)
        try:
            with once(request) as is_first:
                if is_first:
                    made = keys.make(
                        account_id=place.account_id, actor=actor, name=wanted["name"], role=Role(wanted["role"]),
                        scopes=wanted["scopes"], expires_at=clock.now() + timedelta(days=days) if days else None,
                    )  # fmt: skip
                    show_once(request, made.secret, f"The key {wanted['name']}")
        except Refusal as refusal:
            blame(form, refusal)
        else:
            return redirect("developers")
    return show_form(request, "pages/key_new.html", {"form": form, "once": request.POST.get("once") or fresh()})


@require_POST
def key_change(request: HttpRequest, key: str) -> HttpResponse:
    """Rotate a key, or end it."""
    place, actor, number = place_of(request), actor_of(request), number_of("key", key)
    deed = one_of(("rotate", "revoke"), request.POST.get("deed"))
    try:
        if deed == "rotate":
            with once(request) as is_first:
                if is_first:
                    made = keys.rotate(account_id=place.account_id, actor=actor, key_id=number)
                    show_once(request, made.secret, "The new key; the old one ends in 24 hours")
        else:
            keys.revoke(account_id=place.account_id, actor=actor, key_id=number)
            messages.success(request, "The key is revoked.")
    except Refusal as refusal:
        warn(request, refusal)
    return redirect("developers")


@require_safe
def request_log(request: HttpRequest) -> HttpResponse:
    """Calls of the last 30 days; their bodies are redacted."""
    place = place_of(request)
    outcome = request.GET.get("outcome", "")
    before = number_or_none("req", request.GET.get("before"))
    key_id = number_or_none("key", request.GET.get("key"))
    rows = requests.newest(
        place.account_id, before=before, limit=PER_PAGE + 1, key_id=key_id,
        outcome=outcome if outcome in OUTCOMES else None,  # type: ignore[arg-type]
    )  # fmt: skip
    chosen = {"outcome": outcome if outcome in OUTCOMES else "", "key": request.GET.get("key", "") if key_id else ""}
    return render(
        request,
        "pages/request_log.html",
        {
            "calls": rows[:PER_PAGE],
            "more": rows[PER_PAGE - 1].public_id if len(rows) > PER_PAGE else "",
            "is_later": before is not None,
            "chosen": chosen,
            "outcomes": OUTCOMES,
            "keys": found_keys.newest(place.account_id, now=clock.now(), before=None, limit=100),
        },
    )


@require_safe
def request_one(request: HttpRequest, call: str) -> HttpResponse:
    row = requests.get(place_of(request).account_id, number_of("req", call))
    shown = {"call": row, "sent": _pretty(row.sent), "answered": _pretty(row.answered)}
    return render(request, "pages/request_one.html", shown)


def _pretty(body: Any) -> str:
    return "" if body is None else json.dumps(body, indent=2, ensure_ascii=False)
