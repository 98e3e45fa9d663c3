"""The glue to django-ninja: one decorator that guards a call, reads its body once and keeps its answer."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from ninja import NinjaAPI, Router
from ninja.parser import Parser
from pydantic import BaseModel

from refill.api import idempotency
from refill.api.access import TABLE
from refill.api.bodies import read_bytes, read_json
from refill.api.callers import ApiRequest, identify
from refill.api.wire import Reply

JSON = "application/json"
WITH_BODY = ("POST", "PUT", "PATCH")


class ReadBody(Parser):
    """Ninja gets the body that the guard has read."""

    def parse_body(self, request: ApiRequest) -> Any:  # type: ignore[override]
        return request.json


class RefillApi(NinjaAPI):
    """Faults pass through to the door, which knows all refusals."""

    def set_default_exception_handlers(self) -> None:
        return None


class Guard:
    """Who may call comes before what is asked: key, right, account, then Idempotency-Key, then the body."""

    def __init__(self, operation: str) -> None:
        self.access = TABLE[operation]

    def __call__(self, request: ApiRequest) -> bool:
        request.caller = identify(request, self.access)
        request.idempotency_key = idempotency.read_key(request, self.access.key)
        request.json = None
        if request.method in WITH_BODY:
            body = read_bytes(request)
            request.json = read_json(body)
            request._body = body
        return True


def write(value: BaseModel | bytes | HttpResponse, status: int, media: str = JSON) -> HttpResponse:
    """The answer as JSON, or bytes of a kind of their own; or as the view wrote it."""
    if isinstance(value, HttpResponse):
        return value
    body = value if isinstance(value, bytes) else value.model_dump_json(by_alias=True)
    return HttpResponse(body, status=status, content_type=media)


def call(
    router: Router, method: str, path: str, operation: str, *, gives: type[BaseModel] | None = None, status: int = 200,
    refuses: tuple[int, ...] = (), secret: bool = False, media: str = JSON, also: tuple[str, ...] = (),
    shows: Callable[[ApiRequest, int], BaseModel] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:  # fmt: skip
    """Register a view under its operation. `refuses` are statuses beyond those that any call can answer with; `secret`
    says that the answer holds one; with a `media` of its own the view gives bytes; `also` are further forms, by Accept;
    `shows` answers with what the same request made before its process died."""

    def register(view: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(view)
        def answered(request: ApiRequest, **given: Any) -> Reply:
            return idempotency.once(
                request, request.caller, request.idempotency_key, request.json,
                lambda: write(view(request, **given), status, media),
                None if shows is None else lambda made: write(shows(request, made), status, media), secret=secret,
            )  # fmt: skip

        said = inspect.getdoc(view) or ""
        summary, _, rest = said.partition("\n\n")
        router.api_operation(
            [method], path, auth=Guard(operation), response={status: gives}, by_alias=True, operation_id=operation,
            summary=" ".join(summary.split()).rstrip("."), description=rest or summary,
            openapi_extra={"x-refuses": list(refuses), "x-media": media, "x-also": list(also)}, url_name=operation,
        )(answered)  # fmt: skip
        return view

    return register
