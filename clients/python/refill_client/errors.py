"""Refusals as exceptions: the problem of each answer, and classes for those that a program acts on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MEMBERS = frozenset({"type", "title", "status", "code", "detail", "param", "request_id"})


class RefillError(Exception):
    """A refused call. `code` is stable; `facts` are the further members of the problem."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.code: str = str(problem.get("code", "unknown"))
        self.detail: str = str(problem.get("detail", "") or problem.get("title", "") or f"HTTP status {status}")
        self.param: str | None = problem.get("param")
        self.request_id: str | None = problem.get("request_id")
        self.facts: dict[str, Any] = {name: value for name, value in problem.items() if name not in _MEMBERS}
        super().__init__(f"{self.code}: {self.detail}" + (f" ({self.request_id})" if self.request_id else ""))


class InvalidRequest(RefillError):
    """422, 400, 413: change the request; `param` names what is wrong."""


class IdempotencyMismatch(InvalidRequest):
    """The key was used for another request."""


class Unauthenticated(RefillError):
    """401: no valid key."""


class Forbidden(RefillError):
    """403: the key's role or scopes do not reach so far."""


class NotFound(RefillError):
    """404: nothing of this id here."""


class Conflict(RefillError):
    """409: the state of things forbids it now."""


class QuoteStale(Conflict):
    """Something changed since the quote: `changed` says what, `quote` is a fresh one."""

    @property
    def changed(self) -> list[str]:
        return list(self.facts.get("changed", []))

    @property
    def quote(self) -> dict[str, Any]:
        return dict(self.facts.get("quote") or {})


class InsufficientCredits(RefillError):
    """402: `required` credits, `available` credits, and where a person buys more."""

    @property
    def required(self) -> int:
        return int(self.facts["required"])

    @property
    def available(self) -> int:
        return int(self.facts["available"])

    @property
    def top_up_url(self) -> str:
        return str(self.facts["top_up_url"])


class RateLimited(RefillError):
    """429, after all retries."""


class ServerFault(RefillError):
    """5xx, after all retries. Nothing was acknowledged; the same key may be sent again."""


class ConnectionFailed(Exception):
    """Nothing answered, after all retries. The same key may be sent again."""


_BY_CODE: dict[str, type[RefillError]] = {
    "insufficient_credits": InsufficientCredits, "idempotency_mismatch": IdempotencyMismatch, "quote_stale": QuoteStale,
}  # fmt: skip
_BY_STATUS: dict[int, type[RefillError]] = {
    400: InvalidRequest, 401: Unauthenticated, 403: Forbidden, 404: NotFound, 409: Conflict, 413: InvalidRequest,
    422: InvalidRequest, 429: RateLimited,
}  # fmt: skip


def error_of(status: int, problem: Mapping[str, Any]) -> RefillError:
    """The exception for an answer that refuses."""
    code = str(problem.get("code", ""))
    found = _BY_CODE.get(code) or _BY_STATUS.get(status) or (ServerFault if status >= 500 else RefillError)
    return found(status, problem)
