"""Hot calls without Django's handler: no signals, no middleware; the same door and the same answers."""

from __future__ import annotations

from typing import cast
from wsgiref.types import StartResponse, WSGIEnvironment

from django.http import HttpResponse

from refill.api.callers import ApiRequest
from refill.api.door import serve
from refill.api.hot import HOT
from refill.api.wire import Call

HOT_PATHS = frozenset(HOT)


def serve_straight(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """Answer one call to an address of HOT."""
    response = serve(cast(ApiRequest, Call(environ)))
    start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
    return [cast(HttpResponse, response).content]
