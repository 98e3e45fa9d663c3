"""The next resets, and the secret address at which a calendar program follows them."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from refill.queries import subscriptions
from refill.queries.pages import standing
from refill.services.developers import calendar_addresses
from refill.web.access import actor_of, place_of
from refill.web.addresses import one_of
from refill.web.context import fuel_of
from refill.web.once import fresh, once
from refill.web.views.developing import show_once, take_secret


@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    account_id = place_of(request).account_id
    # Boundaries that have passed are worked off by reading the balance first.
    fuel_of(request)
    return render(
        request,
        "pages/calendar.html",
        {
            "standing": standing.standing_of(account_id),
            "resets": [row for row in subscriptions.calendar(account_id, 12) if row.price_id is not None],
            "address_made_at": subscriptions.calendar_address_made_at(account_id),
            "secret": take_secret(request),
            "once": fresh(),
        },
    )


@require_POST
def address(request: HttpRequest) -> HttpResponse:
    """Make the address, which ends the one before, or end it."""
    account_id, actor = place_of(request).account_id, actor_of(request)
    if one_of(("make", "stop"), request.POST.get("deed")) == "stop":
        calendar_addresses.revoke(account_id=account_id, actor=actor)
        messages.success(request, "The address is dead: calendars that follow it get nothing more.")
        return redirect("calendar")
    with once(request) as is_first:
        if is_first:
            secret = calendar_addresses.make(account_id=account_id, actor=actor)
            show_once(request, f"{settings.BASE_URL}/v1/calendars/{secret}.ics", "The calendar’s address")
    return redirect("calendar")
