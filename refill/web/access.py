"""The pages' guard: who asks, in which account, with which right; read from the database on every request.

A page without a line in the policy is refused (RULES §8).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from refill.domain import ids
from refill.domain.card_numbers import has_card_number
from refill.domain.errors import Invalid, Refusal
from refill.domain.policies import explain
from refill.domain.records import Actor
from refill.gateways import clock
from refill.queries.pages.people import security_of, who_can
from refill.queries.pages.policies import latest_policy, sign_in_limits
from refill.queries.pages.visits import Place, Visit, visit_of
from refill.web.policy import OTHER_DOORS, PAGES, Line
from refill.web.request import PageRequest, visitor

CHOSEN_ACCOUNT = "account"
_LONGEST_ADDRESS = 2_000
# Never kept as they are typed.
_SECRETS = frozenset(
    {"csrfmiddlewaretoken", "password", "password1", "password2", "oldpassword", "code", "once", "sealed"}
)
# Not "cookies": those of the operator's other hosts would go too. The session's own has ended in the database.
_WHEN_SIGNED_OUT = '"cache", "storage"'
# Its form finds a card's number itself, and keeps the rest of what was typed.
_TOLD_IN_THE_FORM = frozenset({"help_thread"})


class Guard:
    """The middleware. Behind it, `request.visit` is who is asking, and views need ask for no right."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(OTHER_DOORS):
            return self.get_response(request)
        request = cast(PageRequest, request)
        request.request_id = ids.encode("req", secrets.randbits(63))
        request.visit = _visit(request)
        response = self.get_response(request)
        response.headers.setdefault("Request-Id", request.request_id)
        if request.visit is not None and not request.user.is_authenticated:
            response.headers["Clear-Site-Data"] = _WHEN_SIGNED_OUT
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if request.path.startswith(OTHER_DOORS):
            return None
        name = request.resolver_match.view_name if request.resolver_match else ""
        line = PAGES.get(name)
        if line is None:
            return render(request, "403.html", {"closed": True}, status=403)
        refused = _refuse(request, line) or _refuse_nul(request)
        return refused or (None if name in _TOLD_IN_THE_FORM else _refuse_card_number(request))

    def process_exception(self, request: HttpRequest, fault: Exception) -> HttpResponse | None:
        """What a view did not handle: a refusal in words. All else is a fault of ours, and stays one."""
        if request.path.startswith(OTHER_DOORS) or not isinstance(fault, Refusal):
            return None
        if fault.kind == "unknown":
            raise Http404(fault.detail)
        status = {"forbidden": 403, "too_many": 429, "invalid": 422, "unpaid": 402}.get(fault.kind, 409)
        return render(request, "refused.html", {"refusal": fault}, status=status)


def _visit(request: HttpRequest) -> Visit | None:
    user = request.user
    if not user.is_authenticated:
        return None
    return visit_of(
        user_id=user.pk,
        name=user.name,
        email=user.email,
        account_id=request.session.get(CHOSEN_ACCOUNT),
        is_operator=user.is_staff,
    )


def _refuse(request: HttpRequest, line: Line) -> HttpResponseBase | None:
    visit: Visit | None = getattr(request, "visit", None)
    if line.door == "anyone":
        return None
    if visit is None:
        return redirect(f"{reverse('account_login')}?{urlencode({'next': _kept(request, reverse('home'))})}")
    if line.door == "user":
        return None
    if line.door == "operator":
        return _refuse_at_the_office(request, visit, line)
    if visit.place is None:
        return redirect("start")
    if line.right is not None and not visit.may(line.right):
        people = who_can(visit.place.account_id, line.right)
        return render(request, "403.html", {"right": line.right, "people": people}, status=403)
    return _refuse_stale(request, line, reverse("billing"))


def _refuse_nul(request: HttpRequest) -> HttpResponse | None:
    """No field of a page and no address means a NUL, and no database keeps one."""
    typed = (words for asked in (request.GET, request.POST) for name, all_ in asked.lists() for words in (name, *all_))
    if "\0" not in request.path and not any("\0" in words for words in typed):
        return None
    refusal = Invalid("A character of this cannot be kept. Type it anew.")
    return render(request, "refused.html", {"refusal": refusal}, status=422)


def _refuse_card_number(request: HttpRequest) -> HttpResponse | None:
    """Cards are entered on the provider's page alone: a number of one is refused wherever it is typed (RULES §9.6)."""
    if request.method != "POST":
        return None
    typed = (words for name, all_ in request.POST.lists() if name not in _SECRETS for words in all_)
    if not any(has_card_number(words) for words in typed):
        return None
    refusal = Invalid(
        "This looks like a card number. Take it out: it is only ever entered on the card provider’s page."
    )
    return render(request, "refused.html", {"refusal": refusal}, status=422)


def _refuse_at_the_office(request: HttpRequest, visit: Visit, line: Line) -> HttpResponseBase | None:
    """The office needs an authenticator's code of this session, no older than a sign-in may be for money."""
    if not visit.is_operator:
        raise Http404
    here = _kept(request, reverse("office")) if request.method == "GET" else reverse("office")
    if not _is_fresh(request, "money", kinds=("totp", "recovery_codes")):
        has_totp = security_of(visit.user_id).has_totp
        messages.info(request, "The office needs a code of your authenticator app.")
        asks = "mfa_reauthenticate" if has_totp else "mfa_activate_totp"
        return redirect(f"{reverse(asks)}?{urlencode({'next': here})}")
    return _refuse_stale(request, line, here)


def _refuse_stale(request: HttpRequest, line: Line, home: str) -> HttpResponseBase | None:
    if not line.fresh or _is_fresh(request, line.fresh):
        return None
    name = "money_sign_in_hours" if line.fresh == "money" else "strong_sign_in_minutes"
    messages.info(request, f"Please enter your password again. {explain(latest_policy(), str)[name]}")
    here = _kept(request, home) if request.method == "GET" else home
    return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': here})}")


def _kept(request: HttpRequest, home: str) -> str:
    """The address to come back to, where it is not too long to be kept."""
    address = request.get_full_path()
    return address if len(address) <= _LONGEST_ADDRESS else home


def _is_fresh(request: HttpRequest, fresh: str, kinds: tuple[str, ...] = ()) -> bool:
    """Whether this session was signed in, or asked again, not long ago; `kinds` are the authenticators that count."""
    records = get_authentication_records(request, request.user)
    latest = max((record["at"] for record in records if not kinds or record.get("type") in kinds), default=0)
    return clock.now().timestamp() - latest <= sign_in_limits()[fresh]


def place_of(request: HttpRequest) -> Place:
    """The account that the request is about. Only for pages that have a right in the policy."""
    place = visitor(request).place
    if place is None:
        raise Http404
    return place


def operator_of(request: HttpRequest) -> Actor:
    """The operator who acts. Only for pages behind the office's door."""
    visit = visitor(request)
    return Actor(f"operator {ids.encode('usr', visit.user_id)}", None, visit.user_id)


def actor_of(request: HttpRequest) -> Actor:
    """Who acts, for services."""
    visit = visitor(request)
    return Actor(ids.encode("usr", visit.user_id), place_of(request).role, visit.user_id)
