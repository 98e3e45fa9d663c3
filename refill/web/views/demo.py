"""Pages about the product itself: help, the components, and the demo's mailbox."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from refill.domain.policies import explain
from refill.queries.pages.policies import latest_policy
from refill.web import formats
from refill.web.mailbox import read_mails

SWATCHES = [
    "paper",
    "surface",
    "sunken",
    "ink",
    "muted",
    "line",
    "edge",
    "green",
    "plan",
    "bought",
    "other",
    "amber",
    "red",
]


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    visit = getattr(request, "visit", None)
    currency = visit.place.currency if visit and visit.place else settings.DEFAULT_CURRENCY
    said = explain(latest_policy(), lambda minor: formats.money(minor, currency))
    return render(request, "pages/help.html", {"said": said, "support": settings.SUPPORT_EMAIL})


@require_safe
def components(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/components.html", {"swatches": SWATCHES})


@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/mailbox.html", {"mails": _mails()})


@require_safe
def mail(request: HttpRequest, key: str) -> HttpResponse:
    found = next((mail for mail in _mails() if mail.key == key), None)
    if found is None:
        raise Http404
    return render(request, "pages/mail.html", {"mail": found})


def _mails() -> list:  # type: ignore[type-arg]
    """Mail holds links that sign in: it is shown in the demo alone."""
    if not settings.DEMO:
        raise Http404
    return read_mails(Path(settings.EMAIL_FILE_PATH))
