"""Ownership handed over, and invitations accepted."""

from __future__ import annotations

from allauth.account.internal.flows.login import record_authentication
from django.contrib import messages
from django.contrib.auth import authenticate, login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from refill.domain.errors import Refusal
from refill.domain.roles import Right, Role
from refill.gateways import clock
from refill.queries.pages import people
from refill.queries.pages import team as found
from refill.services.team import invitations, ownership
from refill.web import devices
from refill.web.access import CHOSEN_ACCOUNT, actor_of, place_of
from refill.web.addresses import number_of
from refill.web.request import visitor
from refill.web.team_forms import JoinForm


@require_http_methods(["GET", "HEAD", "POST"])
def owner(request: HttpRequest) -> HttpResponse:
    """The Owner offers, may withdraw; the member accepts or declines; everybody else sees who it is."""
    place = place_of(request)
    if request.method == "POST":
        return _hand_over(request)
    members = people.members_of(place.account_id)
    offered = found.offered(place.account_id, clock.now())
    return render(
        request,
        "pages/team_owner.html",
        {
            "owner": members[0], "offered": offered, "is_owner": visitor(request).may(Right.OWN),
            "is_asked": offered is not None and offered.member_id == place.member_id,
            "heirs": [person for person in members if person.role not in (Role.OWNER, Role.OBSERVER)],
        },
    )  # fmt: skip


def _hand_over(request: HttpRequest) -> HttpResponse:
    account_id, actor, deed = place_of(request).account_id, actor_of(request), request.POST.get("deed")
    try:
        if deed == "offer":
            ownership.offer(
                account_id=account_id, actor=actor, member_id=number_of("mem", request.POST.get("member", ""))
            )
            messages.success(request, "Offered. Nothing changes before it is accepted; you can withdraw it until then.")
        elif deed == "withdraw":
            ownership.withdraw(account_id=account_id, actor=actor)
            messages.success(request, "Withdrawn.")
        elif deed in ("accept", "decline"):
            ownership.answer(account_id=account_id, actor=actor, accepted=deed == "accept")
            messages.success(request, "You are the Owner now." if deed == "accept" else "Declined.")
        else:
            raise Http404
    except Refusal as refusal:
        messages.warning(request, refusal.detail)
        return redirect("owner")
    return redirect("team")


@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """What the link of an invitation leads to: accepted by who is signed in with its address, or with a new login."""
    account_id, invitation_id, version = invitations.read_token(token)
    asked = found.asked(account_id, invitation_id, version, clock.now())
    visit = getattr(request, "visit", None)
    is_theirs = visit is not None and visit.email.lower() == asked.email
    form = JoinForm(request.POST if request.method == "POST" and visit is None else None)
    if request.method == "POST" and not asked.why_not:
        try:
            if visit is not None:
                request.session[CHOSEN_ACCOUNT] = invitations.accept(token=token, user_id=visit.user_id)
                return _welcome(request, asked.account)
            if form.is_valid():
                invitations.accept_new(token=token, **form.cleaned_data)
                _sign_in(request, asked.email, form.cleaned_data["password"])
                request.session[CHOSEN_ACCOUNT] = account_id
                response = _welcome(request, asked.account)
                if request.user.pk is not None:
                    devices.remember(request, response, request.user.pk)
                return response
        except Refusal as refusal:
            if visit is None and refusal.param in form.fields:
                form.add_error(refusal.param, refusal.detail)
            else:
                messages.warning(request, refusal.detail)
    return render(
        request,
        "pages/join.html",
        {"asked": asked, "is_theirs": is_theirs, "form": form, "here": reverse("join", args=[token])},
        status=409 if asked.why_not else 422 if form.errors else 200,
    )


def _sign_in(request: HttpRequest, email: str, password: str) -> None:
    user = authenticate(request, email=email, password=password)
    if user is not None:
        login(request, user)
        record_authentication(request, user, method="password", email=email)


def _welcome(request: HttpRequest, account: str) -> HttpResponse:
    messages.success(request, f"Welcome to {account}.")
    return redirect("billing")
