"""Change or cancel; undoing what is scheduled, and lifting a cancellation: free, one click."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from refill.domain.errors import NothingToDo, Refusal
from refill.domain.policies import explain
from refill.domain.records import QuoteRequest
from refill.queries.pages import standing
from refill.services.money import previews, subscriptions
from refill.web.access import actor_of, place_of


@require_safe
def manage(request: HttpRequest) -> HttpResponse:
    """Change or cancel the plan: the ways, side by side and of the same size."""
    place = place_of(request)
    stands = standing.standing_of(place.account_id)
    return render(request, "pages/manage.html", {"standing": stands, "said": explain(stands.policy, str)})


@require_safe
def overdue(request: HttpRequest) -> HttpResponse:
    """What is owed, and the ways to pay it side by side, both at full price (RULES §9.4)."""
    place = place_of(request)
    asked = [QuoteRequest(kind="pay_overdue"), QuoteRequest(kind="pay_overdue", new_period=True)]
    rest, fresh = previews.preview(account_id=place.account_id, requests=asked)
    if isinstance(fresh, Refusal):
        messages.info(request, fresh.detail)
        return redirect("billing")
    stands = standing.standing_of(place.account_id)
    context = {
        # Once suspended, only a new period can be paid.
        "rest": rest if place.status != "suspended" and not isinstance(rest, Refusal) else None, "fresh": fresh,
        "standing": stands, "waiting": standing.waiting_order(place.account_id),
    }  # fmt: skip
    return render(request, "pages/overdue.html", context)


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    try:
        subscriptions.undo_scheduled_change(account_id=place_of(request).account_id, actor=actor_of(request))
        messages.success(request, "Undone. The plan stays as it is.")
    except NothingToDo as nothing:
        messages.info(request, nothing.detail)
    return redirect("billing")


@require_POST
def resume(request: HttpRequest) -> HttpResponse:
    try:
        subscriptions.resume(account_id=place_of(request).account_id, actor=actor_of(request))
        messages.success(request, "The cancellation is lifted. The plan goes on.")
    except NothingToDo as nothing:
        messages.info(request, nothing.detail)
    return redirect("billing")
