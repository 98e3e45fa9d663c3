"""Refusals as RFC 9457 problems, and the page that each problem's `type` leads to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html

# Both modules are imported so that every class of refusal is known to `all_refusals`.
from refill.api import refusals
from refill.domain import errors

STATUS_OF_KIND = {
    "malformed": 400, "unauthenticated": 401, "unpaid": 402, "forbidden": 403, "unknown": 404, "method": 405,
    "not_acceptable": 406, "conflict": 409, "too_large": 413, "invalid": 422, "too_many": 429, "fault": 500,
    "busy": 503,
}  # fmt: skip
CONTENT_TYPE = "application/problem+json"
_MEMBERS = ("type", "title", "status", "code", "detail", "param", "request_id")
_PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<title>{}</title><link rel="stylesheet" href="/v1/docs.css"></head>'
    '<body><main><p><a href="/v1/docs">API</a> / problems</p><h1>{}</h1>'
    "<p>HTTP status <b>{}</b>, code <code>{}</code></p><p>{}</p></main></body></html>"
)
PAGE_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def status_of(refusal: errors.Refusal | type[errors.Refusal]) -> int:
    """The HTTP status of a refusal."""
    return STATUS_OF_KIND[refusal.kind]


def _write_unknown(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)


def _plain(value: Any) -> Any:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


def problem_of(refusal: errors.Refusal, request_id: str) -> dict[str, Any]:
    """The members of the problem; facts stand beside the standard ones and never replace them."""
    members: dict[str, Any] = {
        "type": f"{settings.BASE_URL}/problems/{refusal.code}",
        "title": refusal.title,
        "status": status_of(refusal),
        "code": refusal.code,
        "detail": refusal.detail,
        "param": refusal.param,
        "request_id": request_id,
    }
    for name, value in refusal.facts.items():
        if name not in _MEMBERS:
            members[name] = _plain(value)
    if isinstance(refusal, errors.InsufficientCredits):
        members["top_up_url"] = f"{settings.BASE_URL}/settings/billing/buy"
        members.setdefault("auto_recharge", {"enabled": False})
    return members


def answer(refusal: errors.Refusal, request_id: str) -> HttpResponse:
    """The HTTP answer of a refusal."""
    body = msgspec.json.encode(problem_of(refusal, request_id), enc_hook=_write_unknown)
    response = HttpResponse(body, status=status_of(refusal), content_type=CONTENT_TYPE)
    if refusal.kind == "unauthenticated":
        response["WWW-Authenticate"] = 'Bearer realm="refill"'
    elif refusal.kind == "method":
        response["Allow"] = ", ".join(refusal.facts["allowed"])
    elif refusal.kind in ("too_many", "busy"):
        response["Retry-After"] = str(refusal.facts.get("retry_after_seconds", 1))
    return response


def _below(refusal: type[errors.Refusal]) -> Iterator[type[errors.Refusal]]:
    for child in refusal.__subclasses__():
        yield child
        yield from _below(child)


def all_refusals() -> dict[str, type[errors.Refusal]]:
    """Every class of refusal by its code."""
    return {refusals.MalformedBody.code: refusals.MalformedBody, **{c.code: c for c in _below(errors.Refusal)}}


def show_problem(request: HttpRequest, code: str) -> HttpResponse:
    """The page of one problem: /problems/<code>."""
    found = all_refusals().get(code)
    if found is None:
        page = format_html(_PAGE, "No such problem", "No such problem", 404, code, "No problem has this code.")
        response = HttpResponse(page, status=404)
    else:
        advice = ADVICE.get(code) or ADVICE_OF_KIND[found.kind]
        response = HttpResponse(format_html(_PAGE, found.title, found.title, status_of(found), code, advice))
    response["Content-Security-Policy"] = PAGE_POLICY
    return response


ADVICE_OF_KIND = {
    "malformed": "Send a JSON object, in UTF-8.",
    "unauthenticated": "Send Authorization: Bearer with a key that is neither revoked nor expired.",
    "unpaid": "Credits or money are short; the answer says how much.",
    "forbidden": "The key's role or scopes do not reach so far. An Owner or Admin can make a key that does.",
    "unknown": "Nothing of this id is in this account, or it belongs to another account or mode.",
    "method": "The Allow header lists the methods that this address takes.",
    "not_acceptable": "Send an Accept header that names one of the forms that the detail lists.",
    "conflict": "The state of things does not allow this now; the detail says what to do first.",
    "too_large": "Bodies are at most 8 MB. Send large batches in several calls.",
    "invalid": "Change the request: param names what is wrong, detail says why. Sending it again will not help.",
    "too_many": "Wait as long as Retry-After says.",
    "fault": "Nothing was acknowledged. Try again with the same Idempotency-Key; tell us the request id if it stays.",
    "busy": "Nothing was done. Try again with the same Idempotency-Key after the time of Retry-After.",
}
ADVICE = {
    "insufficient_credits": "The account holds fewer credits than the call needs: required and available say how"
    " many, top_up_url is where a person buys more. A refused spend does not use up its key.",
    "idempotency_mismatch": "This Idempotency-Key was sent before with another body or to another address."
    " Use a new key for a new request.",
    "idempotency_in_flight": "The first request with this key has not answered yet. Try again in a moment.",
    "idempotency_key_required": "Calls that move credits or money need an Idempotency-Key header, so that a"
    " retry cannot do it twice.",
    "quote_stale": "What the quote was computed from has changed: changed says what. quote is a fresh one;"
    " show it, and confirm that one.",
    "quote_expired": "Quotes live for a while only. Make a new one.",
    "consent_required": "Auto-recharge takes money later without asking again. Show the sentence of the answer to the"
    " person, and send it back as consent, to the letter.",
    "quote_needed": "No free place is left, so this costs money: quote is what it costs. Show it, and confirm it.",
    "carrier_silent": "Nothing was changed. Ask again in a minute.",
    "seats_full": "Everybody but Observers takes a seat: free are left, needed are wanted, short are missing."
    " Buy them with a quote of add_seats, or choose a plan with more.",
    "charges_paused": "The operator is checking the books against the card provider, so nothing is charged. Nothing was"
    " changed; try again later.",
    "charge_in_progress": "A charge of the subscription is undecided. Look at its order, and try again when it is.",
}
