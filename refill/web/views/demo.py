"""Pages about the product itself: the components, and the demo's mailbox."""

from __future__ import annotations

from pathlib import Path

from csp.decorators import csp_replace, csp_update
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from refill.web.mailbox import Mail, read_mails

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
_MAIL_POLICY = {
    "default-src": ["'none'"], "style-src": ["'unsafe-inline'"], "frame-ancestors": ["'self'"], "base-uri": ["'none'"],
    "form-action": ["'none'"], "sandbox": ["allow-top-navigation-by-user-activation"],
}  # fmt: skip


@require_safe
def components(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/components.html", {"swatches": SWATCHES})


@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/mailbox.html", {"mails": _mails()})


@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type]
@require_safe
def mail(request: HttpRequest, key: str) -> HttpResponse:
    return render(request, "pages/mail.html", {"mail": _mail(key)})


@xframe_options_sameorigin
@csp_replace(_MAIL_POLICY)  # type: ignore[arg-type]
@require_safe
def mail_html(request: HttpRequest, key: str) -> HttpResponse:
    """The HTML of a mail as a mail program shows it: styles of its own, no script, nothing from outside."""
    return HttpResponse(_mail(key).html.replace("<head>", '<head><base target="_top">', 1))


def _mails() -> list[Mail]:
    """Mail holds links that sign in: it is shown in the demo alone."""
    if not settings.DEMO:
        raise Http404
    return read_mails(Path(settings.EMAIL_FILE_PATH))


def _mail(key: str) -> Mail:
    found = next((mail for mail in _mails() if mail.key == key), None)
    if found is None:
        raise Http404
    return found
