"""Contacts: the list of whom the account texts with, and what somebody is called."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from refill.domain.errors import Refusal
from refill.queries.contacts import of_conversation
from refill.queries.pages.contacts import PER_PAGE, people
from refill.queries.pages.conversations import own_numbers, talk
from refill.services.messages.contacts import rename
from refill.web.access import actor_of, place_of
from refill.web.addresses import number_of, whole
from refill.web.refusals import warn


@require_safe
def contacts(request: HttpRequest) -> HttpResponse:
    place = place_of(request)
    asked = " ".join(request.GET.get("q", "").split())[:200]
    page = whole(request.GET.get("page"), 0, 10_000)
    rows = people(place, asked=asked, page=page)
    shown = {
        "rows": rows[:PER_PAGE], "next": page + 1 if len(rows) > PER_PAGE else None, "asked": asked,
        "numbers": own_numbers(place),
    }  # fmt: skip
    return render(request, "pages/contacts.html", shown)


@require_POST
def contact_name(request: HttpRequest, conversation: str) -> HttpResponse:
    """Say what a contact is called; an empty name is none."""
    place = place_of(request)
    about = talk(place, number_of("cnv", conversation))
    row = of_conversation(place, about.id)
    try:
        rename(
            account_id=place.account_id, contact_id=row.id, actor=actor_of(request), name=request.POST.get("name", "")
        )
    except Refusal as refusal:
        warn(request, refusal)
    else:
        messages.success(request, "The name is kept.")
    return redirect("contact", conversation)
