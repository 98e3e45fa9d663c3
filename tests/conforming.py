"""Every call that a test makes keeps to the OpenAPI document: what was answered, and what was taken."""

import re
from functools import cache, lru_cache
from typing import Any

import jsonschema_rs

from refill.api.openapi import METHODS, document
from refill.api.problems import CONTENT_TYPE
from tests import recording

PROBLEM = {"$ref": "#/components/schemas/Problem"}


@lru_cache(maxsize=1)
def _document() -> dict[str, Any]:
    return document()


@lru_cache(maxsize=1)
def _addresses() -> list[tuple[re.Pattern[str], str]]:
    """Addresses without a place in them first: /messages/estimate is no message."""
    paths = sorted(_document()["paths"], key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))), path) for path in paths]


@cache
def _operation(method: str, path: str) -> tuple[str, dict[str, Any]] | None:
    if method.lower() in METHODS:
        for pattern, named in _addresses():
            if pattern.fullmatch(path) and method.lower() in _document()["paths"][named]:
                return named, _document()["paths"][named][method.lower()]
    return None


@cache
def _validator(method: str, named: str, part: str, media: str) -> Any:
    """Of the request's body (`part` "body") or of the answer with a status."""
    operation = _document()["paths"][named][method.lower()]
    holder = operation["requestBody"] if part == "body" else operation["responses"][part]
    return _validator_of(holder["content"][media]["schema"])


def _validator_of(schema: dict[str, Any]) -> Any:
    return jsonschema_rs.Draft202012Validator(
        {**schema, "components": _document()["components"]}, validate_formats=True
    )


@lru_cache(maxsize=1)
def _problem() -> Any:
    return _validator_of(PROBLEM)


def demand_documented(method: str, path: str, sent: Any, status: int, media: str, answer: Any) -> None:
    """Raise AssertionError where a call and its answer are not as the document says. `path` begins with /v1."""
    found = _operation(method, path.partition("?")[0])
    said = f"{method} {path} answered {status}"
    if found is None or status >= 500:
        # No call at all, or a fault that a test provoked.
        assert media == CONTENT_TYPE, f"{said} as {media}"
        _fits(_problem(), answer, said)
        return
    named, operation = found
    assert str(status) in operation["responses"], f"{said}, which is not documented"
    assert media in operation["responses"][str(status)]["content"], f"{said} as {media}, which is not documented"
    if media in ("application/json", CONTENT_TYPE):
        _fits(_validator(method, named, str(status), media), answer, said)
    if status < 300:
        recording.keep(operation["operationId"], answer)
    if status < 300 and sent is not None and "requestBody" in operation:
        _fits(_validator(method, named, "body", "application/json"), sent, f"{method} {path} took a body")


def _fits(validator: Any, value: Any, said: str) -> None:
    faults = [
        f"{fault.message} at /{'/'.join(map(str, fault.instance_path))}" for fault in validator.iter_errors(value)
    ]
    assert not faults, f"{said}: {faults[:3]}"
