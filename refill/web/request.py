"""A request behind the guard."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest

from refill.queries.pages.visits import Visit


class PageRequest(HttpRequest):
    """What the guard adds: who is asking (None for a stranger), the request's id, and the balance once read."""

    visit: Visit | None
    request_id: str
    fuel: Any


def visitor(request: HttpRequest) -> Visit:
    """Who is asking. Only for pages that need a user."""
    visit: Visit | None = getattr(request, "visit", None)
    if visit is None:
        raise Http404
    return visit
