"""A user's own pages: profile, security, switching accounts, a first account."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from refill.domain import ids
from refill.domain.errors import Refusal
from refill.domain.records import Actor
from refill.queries.pages import people
from refill.services import accounts
from refill.services.team import profiles
from refill.web.access import CHOSEN_ACCOUNT
from refill.web.addresses import number_of
from refill.web.forms import ProfileForm, StartForm
from refill.web.once import fresh, once
from refill.web.refusals import show_form
from refill.web.request import visitor


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    visit = getattr(request, "visit", None)
    if visit is None:
        return redirect("account_login")
    return redirect("billing" if visit.place else "office" if visit.is_operator else "start")


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    visit = visitor(request)
    form = ProfileForm(request.POST if request.method == "POST" else None, initial={"name": visit.name})
    if request.method == "POST" and form.is_valid():
        try:
            profiles.rename(user_id=visit.user_id, name=form.cleaned_data["name"])
            messages.success(request, "Saved.")
            return redirect("profile")
        except Refusal as refusal:
            form.add_error("name", refusal.detail)
    return show_form(request, "pages/profile.html", {"form": form})


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/security.html", {"security": people.security_of(visitor(request).user_id)})


@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Look at another of one's accounts; one's own alone, another's is not found."""
    account = number_of("acc", request.POST.get("account", ""))
    if account not in {place.account_id for place in visitor(request).places}:
        raise Http404
    request.session[CHOSEN_ACCOUNT] = account
    return redirect("billing")


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    visit = visitor(request)
    form = StartForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            with once(request) as is_first:
                if is_first:
                    made = accounts.create(
                        actor=Actor(ids.encode("usr", visit.user_id), None, visit.user_id),
                        name=form.cleaned_data["team"],
                        timezone=form.cleaned_data["zone"],
                        currency=settings.DEFAULT_CURRENCY,
                        owner_email=visit.email,
                        owner_name=visit.name,
                        livemode=not settings.SANDBOX_CARDS,
                    )
                    request.session[CHOSEN_ACCOUNT] = made.account_id
        except Refusal as refusal:
            form.add_error(None, refusal.detail)
        else:
            return redirect("upgrade")
    return show_form(request, "pages/start.html", {"form": form, "once": request.POST.get("once") or fresh()})
