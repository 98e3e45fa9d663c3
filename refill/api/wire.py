"""What a hot call is given and gives back: no more of HTTP than it needs, because Django's own request and response
cost as much as the call. The door takes either kind."""

from __future__ import annotations

from collections.abc import ItemsView
from functools import cached_property
from http import HTTPStatus
from wsgiref.types import WSGIEnvironment

from django.http import HttpResponse, QueryDict
from django.http.request import UnreadablePostError

_REASONS = {status.value: status.phrase for status in HTTPStatus}


class Call:
    """One request. Made without Django, so it has no session, no cookies, no forms."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        self.META = environ
        self.method: str = environ["REQUEST_METHOD"].upper()
        self.path_info: str = environ["PATH_INFO"]

    @cached_property
    def GET(self) -> QueryDict:  # noqa: N802 - Django's name
        return QueryDict(self.META.get("QUERY_STRING", ""), encoding="utf-8")

    @cached_property
    def body(self) -> bytes:
        """As much as was announced. Raises UnreadablePostError where it broke off."""
        try:
            announced = int(self.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            announced = 0
        if announced <= 0:
            return b""
        try:
            return bytes(self.META["wsgi.input"].read(announced))
        except OSError as fault:
            raise UnreadablePostError(*fault.args) from fault


class Answer:
    """JSON for the caller."""

    __slots__ = ("content", "headers", "status_code")

    def __init__(self, content: bytes, status: int) -> None:
        self.content, self.status_code = content, status
        self.headers = {"Content-Type": "application/json"}

    def __setitem__(self, name: str, value: str) -> None:
        self.headers[name] = value

    def __getitem__(self, name: str) -> str:
        return self.headers[name]

    def items(self) -> ItemsView[str, str]:
        return self.headers.items()

    @property
    def reason_phrase(self) -> str:
        return _REASONS[self.status_code]

    def for_django(self) -> HttpResponse:
        return HttpResponse(self.content, status=self.status_code, headers=self.headers)


Reply = HttpResponse | Answer
