"""The OpenAPI 3.1 document: ninja's part, the hot calls, and what every call has in common."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import etag

from refill.api import examples
from refill.api.access import TABLE
from refill.api.application import api
from refill.api.openapi_hot import hot_paths, hot_schemas
from refill.api.problems import CONTENT_TYPE, STATUS_OF_KIND, all_refusals

ACCOUNT = {
    "name": "Refill-Account", "in": "header", "required": False, "schema": {"type": "string"},
    "description": "The account that a platform key acts for. An account key acts for its own.",
    "example": "acc_3v8rb7f5kq2x4",
}  # fmt: skip
_REASONS = {
    400: "The body is not JSON", 401: "No valid key", 402: "Credits or money are short",
    403: "The key's role or scopes do not reach so far", 404: "Nothing of this id here", 405: "Not this method",
    406: "No form of it that the Accept header takes",
    409: "The state of things does not allow it now", 413: "The body is above 8 MB",
    422: "The request is not valid", 429: "Too many requests", 503: "Busy; try again",
}  # fmt: skip
METHODS = ("get", "post", "put", "patch", "delete")


@lru_cache(maxsize=1)
def document_bytes() -> bytes:
    return msgspec.json.encode(document())


def _mark(request: HttpRequest) -> str:
    return f'"{sha256(document_bytes()).hexdigest()[:32]}"'


@cache_control(no_cache=True)
@etag(_mark)
def show_schema(request: HttpRequest) -> HttpResponse:
    """GET /v1/openapi.json; 304 for who has it already."""
    return HttpResponse(document_bytes(), content_type="application/json")


def document() -> dict[str, Any]:
    """The whole document, made anew."""
    made: dict[str, Any] = _plain(api.get_openapi_schema(path_prefix="v1"))
    made["servers"] = [{"url": settings.BASE_URL}]
    for path, operations in hot_paths().items():
        made["paths"].setdefault(path, {}).update(operations)
    made["components"]["schemas"].update(hot_schemas())
    made["components"]["schemas"]["Problem"] = _problem_schema()
    made["components"]["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "An API key: rf_live_… or rf_test_…"}
    }
    made["security"] = [{"key": []}]
    made["tags"] = [{"name": name} for name in _TAGS]
    for path, operations in made["paths"].items():
        for method in METHODS:
            if method in operations:
                _finish(path, method, operations[method])
                _ask_for_a_body(operations[method], made["components"]["schemas"])
    made["paths"] = {path: made["paths"][path] for path in sorted(made["paths"])}
    return made


_TAGS = (
    "Credits", "Accounts", "Subscription", "Changes of plan and purchases", "Auto-recharge", "Cards and invoices",
    "Refunds and disputes", "Texts", "Team", "Inboxes and numbers", "Keys and webhooks", "Catalogue", "Operation",
)  # fmt: skip


def _plain(value: Any) -> Any:
    """Plain dicts with text keys; ninja counts statuses."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _finish(path: str, method: str, operation: dict[str, Any]) -> None:
    access = TABLE[operation["operationId"]]
    parameters = operation.setdefault("parameters", [])
    if access.account:
        parameters.append(ACCOUNT)
    if access.key != "none":
        parameters.append(_key_parameter(access.key == "required"))
    if (media := operation.pop("x-media", "application/json")) != "application/json":
        operation["responses"]["200"]["content"] = {media: {"schema": {"type": "string", "contentMediaType": media}}}
    for further in operation.pop("x-also", ()):
        schema = {"type": "string", "contentMediaType": further}
        operation["responses"]["200"]["content"][further] = {"schema": schema}
    refused = {401, 403, 422, 429, 503, *operation.pop("x-refuses", ())}
    if access.account or "{" in path:
        refused.add(404)
    if method in ("post", "put", "patch"):
        refused |= {400, 413}
    if access.key != "none":
        refused.add(409)
    for status in sorted(refused):
        operation["responses"][str(status)] = _refusal(status)
    for status, response in operation["responses"].items():
        response.setdefault("headers", {})["Request-Id"] = {"schema": {"type": "string"}}
        if access.key != "none" and status.startswith("2"):
            response["headers"]["Idempotent-Replayed"] = {
                "schema": {"type": "string", "enum": ["true"]},
                "description": "The first answer, given again.",
            }
    operation["x-scope"] = access.scope
    operation["x-role"] = "operator" if access.right is None else access.right.value
    _illustrate(operation)


def _key_parameter(required: bool) -> dict[str, Any]:
    return {
        "name": "Idempotency-Key", "in": "header", "required": required, "example": "sms-8841",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"},
        "description": "The same key with the same request does it once and gives the same answer.",
    }  # fmt: skip


def _refusal(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": _REASONS[status], "content": {CONTENT_TYPE: {"schema": schema}}}


def _problem_schema() -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "type": "object",
        "title": "Problem",
        "description": "RFC 9457. Facts stand beside these members, such as required and available.",
        "required": ["type", "title", "status", "code", "detail", "param", "request_id"],
        "properties": {
            "type": {"type": "string", "format": "uri"}, "title": text,
            "status": {"type": "integer", "enum": sorted(set(STATUS_OF_KIND.values()))},
            "code": {"type": "string", "enum": sorted(all_refusals())}, "detail": text,
            "param": {"anyOf": [text, {"type": "null"}], "description": "The field or header at fault."},
            "request_id": text,
        },
    }  # fmt: skip


def _ask_for_a_body(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """A body of which nothing is required may be left out: it is read as an empty object."""
    if (body := operation.get("requestBody")) is not None:
        schema = body["content"]["application/json"]["schema"]
        schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        body["required"] = any(word in schema for word in ("required", "anyOf", "oneOf", "allOf", "minProperties"))


def _illustrate(operation: dict[str, Any]) -> None:
    name = operation["operationId"]
    body = operation.get("requestBody")
    if body is not None and name in examples.REQUESTS:
        body["content"]["application/json"]["example"] = examples.REQUESTS[name]
    if name in examples.ANSWERS:
        for status, response in operation["responses"].items():
            if status.startswith("2"):
                response["content"]["application/json"]["example"] = examples.ANSWERS[name]
