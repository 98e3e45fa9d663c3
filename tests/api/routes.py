"""The calls of the API: as its router has them, and as its document does."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from refill.api.hot import HOT
from refill.api.openapi import METHODS, document

NOT_CALLS = {"openapi.json", "docs", "docs.css", "calendars/{secret}.ics", ""}


def operations() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """(method, address, description) of each operation of the document."""
    return {
        calls[method]["operationId"]: (method, path, calls[method])
        for path, calls in document()["paths"].items()
        for method in METHODS
        if method in calls
    }


def routes() -> set[str]:
    """Every address that the router knows, as the document writes it."""

    def walk(patterns: list[Any], prefix: str) -> list[str]:
        found = []
        for pattern in patterns:
            here = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                found += walk(pattern.url_patterns, here)
            elif isinstance(pattern, URLPattern):
                found.append(here)
        return found

    known = walk(get_resolver("refill.api.urls").url_patterns, "")
    written = {"/v1/" + path.replace("<str:", "{").replace("<", "{").replace(">", "}") for path in known}
    return (written | set(HOT)) - {f"/v1/{path}" for path in NOT_CALLS}
