"""The pages of last resort. They say what happened, with the request's id, and where to go on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.csrf import requires_csrf_token


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", {"closed": True}, status=403)


def broken(request: HttpRequest) -> HttpResponse:
    """Without any context processor: they may be what broke."""
    text = render_to_string("500.html", {"request_id": getattr(request, "request_id", "")})
    return HttpResponse(text, status=500)


def no_token(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "no_token.html", status=403)
