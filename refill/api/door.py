"""The way in for /v1: past sessions, forms and pages, to one answer with a Request-Id, come what may."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.db import InterfaceError, OperationalError, connection
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import Resolver404, get_resolver
from ninja.errors import ValidationError

from refill.api import problems, request_log
from refill.api.callers import ApiRequest
from refill.api.hot import HOT
from refill.api.refusals import Busy, InternalError, MethodNotAllowed, NoSuchCall
from refill.api.wire import Answer, Reply
from refill.domain.errors import Invalid, Refusal
from refill.lane import limits, naming

PREFIX = "/v1/"
_NOT_HERE = "There is no call at this address."
_log = logging.getLogger("refill.api")


class ApiDoor:
    """Middleware, first of all: /v1 goes in here, everything else goes on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        reply = serve(cast(ApiRequest, request))
        response = reply.for_django() if isinstance(reply, Answer) else reply
        # Django would log every refusal; faults are logged below.
        response._has_been_logged = True  # type: ignore[attr-defined]
        return response


def serve(request: ApiRequest) -> Reply:
    """Answer one call."""
    begun = time.perf_counter()
    request.request_id = request_id = naming.request_id(request.META.get("HTTP_REQUEST_ID", ""))
    try:
        response = _dispatch(request)
    except Refusal as refusal:
        response = problems.answer(refusal, request_id)
    except Http404:
        response = problems.answer(NoSuchCall(_NOT_HERE), request_id)
    except TooManyFieldsSent:
        response = problems.answer(Invalid("The query has too many parameters."), request_id)
    except ValidationError as fault:
        response = problems.answer(_invalid(fault.errors), request_id)
    except (OperationalError, InterfaceError) as fault:
        _log.warning("database refused %s %s (%s): %s", request.method, request.path_info, request_id, fault)
        response = problems.answer(Busy("The database is busy or away. Try again."), request_id)
    except Exception:
        _log.exception("fault in %s %s (%s)", request.method, request.path_info, request_id)
        response = problems.answer(InternalError("The request id leads us to what happened."), request_id)
    request_log.note(request, response, begun)
    return _dress(response, request)


def _dispatch(request: ApiRequest) -> Reply:
    views = HOT.get(request.path_info)
    if views is not None and (view := views.get(request.method or "")) is not None:
        return _run_hot(view, request)
    hot_methods = list(views or ())
    try:
        match = get_resolver("refill.api.urls").resolve(request.path_info[len(PREFIX) - 1 :])
    except (Resolver404, Http404):
        if hot_methods:
            raise _not_allowed(request, hot_methods) from None
        raise NoSuchCall(_NOT_HERE) from None
    request.resolver_match = match
    response = match.func(request, *match.args, **match.kwargs)
    if response.status_code == 405:
        raise _not_allowed(request, [*hot_methods, *response["Allow"].split(", ")])
    return cast(Reply, response)


def _run_hot(view: Callable[[ApiRequest], Reply], request: ApiRequest) -> Reply:
    """Run a hot call without asking first whether the connection is alive: that would be a second round trip.

    Where it is not, the call is made again on a new one: hot calls are reads, or happen once by their key.
    """
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        return view(request)
    except (OperationalError, InterfaceError):
        if connection.connection is not None and connection.is_usable():
            raise
        connection.close()
        return view(request)


def _not_allowed(request: HttpRequest, allowed: Sequence[str]) -> MethodNotAllowed:
    named = sorted(set(allowed))
    return MethodNotAllowed(f"{request.method} is not taken here; {', '.join(named)} is.", allowed=named)


def _invalid(errors: list[dict[str, Any]]) -> Invalid:
    """The first fault that validation found, said with the place that the caller knows."""
    first = errors[0]
    # ("body", "wanted", "prices", 0, "credits"): where it came from and our names for it are not the caller's.
    parts = first["loc"][2 if first["loc"][0] == "body" else 1 :]
    said = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts if not _is_ours(part))
    words = first["msg"].removeprefix("Value error, ")
    return Invalid(f"{words}." if not words.endswith(".") else words, param=said.lstrip(".") or None)


def _is_ours(part: int | str) -> bool:
    """A shape's name, of several that a field may have."""
    return isinstance(part, str) and part[:1].isupper()


def _dress(response: Reply, request: ApiRequest) -> Reply:
    response["Request-Id"] = request.request_id
    response["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Cache-Control", "no-store")
    if settings.SECURE_HSTS_SECONDS:
        response["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
    caller = getattr(request, "caller", None)
    if caller is not None and caller.rate_limit is not None:
        response["RateLimit"] = caller.rate_limit
        response["RateLimit-Policy"] = limits.POLICY
    return response
