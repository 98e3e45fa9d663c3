"""Ask an admin, and the answer."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from refill.domain.errors import Refusal
from refill.domain.roles import Right, Role
from refill.queries.pages import people
from refill.services.team import asking
from refill.web.access import actor_of, place_of
from refill.web.addresses import one_of, row_number
from refill.web.forms import AskForm
from refill.web.refusals import blame, show_form, warn
from refill.web.wording import ASKED, deed

# Where a yes leads: what the asker cannot do, the answerer does there.
LEADS = {"credits": "buy", "plan": "upgrade", "change": "billing"}


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    place = place_of(request)
    kind = request.GET.get("for", "credits")
    first = {"kind": kind if kind in ASKED else "credits", "right": request.GET.get("right", "")[:32]}
    form = AskForm(request.POST if request.method == "POST" else None, initial=first)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        try:
            asking.ask(
                account_id=place.account_id, member_id=place.member_id, kind=sent["kind"], right=sent["right"],
                role=Role(sent["role"]) if sent["role"] and sent["kind"] == "role" else None, note=sent["note"],
            )  # fmt: skip
        except Refusal as refusal:
            blame(form, refusal)
        else:
            messages.success(request, "Asked. Your admins see it on every visit until they answer.")
            return redirect("billing")
    right = next((right for right in Right if right.value == first["right"]), Right.CHANGE_BILLING)
    return show_form(
        request,
        "pages/ask.html",
        {
            "form": form,
            "deed": deed(right),
            "people": people.who_can(place.account_id, right),
            "waiting": people.own_open(place.account_id, place.member_id),
        },
    )


@require_safe
def asks(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/asks.html", {"requests": people.open_requests(place_of(request).account_id)})


@require_POST
def ask_answer(request: HttpRequest) -> HttpResponse:
    """Yes or no. A role is given on its own address, since that needs a fresh sign-in."""
    kind, answer = request.POST.get("kind", ""), one_of(("yes", "no"), request.POST.get("answer"))
    granted = answer == "yes" and kind != "role"
    if not _answer(request, granted=granted):
        return redirect("asks")
    messages.success(request, "Answered.")
    return redirect(LEADS.get(kind, "asks") if granted else "asks")


@require_POST
def ask_grant_role(request: HttpRequest) -> HttpResponse:
    """Give the role that was asked for."""
    if _answer(request, granted=True, may_give_role=True):
        messages.success(request, "Answered: the role is changed.")
    return redirect("asks")


def _answer(request: HttpRequest, *, granted: bool, may_give_role: bool = False) -> bool:
    place = place_of(request)
    number = row_number(request.POST.get("request"))
    try:
        asking.answer(
            account_id=place.account_id,
            asking_id=number,
            actor=actor_of(request),
            granted=granted,
            may_give_role=may_give_role,
        )
    except Refusal as refusal:
        warn(request, refusal)
        return False
    return True
