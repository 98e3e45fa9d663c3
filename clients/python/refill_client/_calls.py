"""What both clients do alike: the request, when to try again and how long to wait, what an answer means."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

import httpx

from refill_client.errors import error_of

BASE_URL = "http://127.0.0.1:8000"
AGAIN = frozenset({429, 500, 502, 503, 504})
# A second PATCH could take back what somebody else has set since; these faults mean that there was no first.
NOTHING_WAS_DONE = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# Of any type, so that what may be left out has it as its default.
LEFT_OUT: Any = object()
FIRST_WAIT_SECONDS, MOST_WAIT_SECONDS = 0.2, 30.0


def headers_of(method: str, key: str, account: str | None, idempotency_key: str | None, accept: str) -> dict[str, str]:
    """The headers of one call, the same at each try."""
    made = {"Authorization": f"Bearer {key}", "Accept": accept, "User-Agent": "refill-client/0.1.0"}
    if account is not None:
        made["Refill-Account"] = account
    if method == "POST":
        made["Idempotency-Key"] = idempotency_key or secrets.token_hex(16)
    return made


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what was not given."""
    return {name: value for name, value in values.items() if value is not None}


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what was left out; None stays, and is null."""
    return {name: value for name, value in values.items() if value is not LEFT_OUT}


def is_to_be_tried_again(method: str, came: httpx.Response | httpx.TransportError) -> bool:
    """Busy, broken, slowed down, nobody there, or the first request of this key is still running. GET, PUT and DELETE
    come to the same end when repeated, a POST has its key; a PATCH only where nothing was done."""
    if isinstance(came, httpx.TransportError):
        return method != "PATCH" or isinstance(came, NOTHING_WAS_DONE)
    if method == "PATCH":
        return came.status_code == 429
    if came.status_code in AGAIN:
        return True
    return came.status_code == 409 and problem_of(came).get("code") == "idempotency_in_flight"


def wait_seconds(tries: int, answer: httpx.Response | None) -> float:
    """How long to wait after so many tries: growing, jittered, never less than Retry-After says."""
    grown: float = min(FIRST_WAIT_SECONDS * 2.0**tries, MOST_WAIT_SECONDS)
    jittered = grown * secrets.randbelow(1_000) / 1_000
    asked = answer.headers.get("Retry-After", "") if answer is not None else ""
    return min(max(jittered, float(asked) if asked.isdigit() else 0.0), MOST_WAIT_SECONDS)


def problem_of(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def value_of(answer: httpx.Response) -> Any:
    """The answer's JSON, or its bytes where it is something else. Raises the RefillError of a refusal."""
    if answer.is_success:
        return answer.json() if "json" in answer.headers.get("Content-Type", "") else answer.content
    raise error_of(answer.status_code, problem_of(answer))
