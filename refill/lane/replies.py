"""Answers, dressed as the plain path dresses them."""

from __future__ import annotations

from dataclasses import dataclass

from refill.lane import limits

Headers = list[tuple[str, str]]
_JSON = ("Content-Type", "application/json")
_DRESS: Headers = [("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store")]


@dataclass(slots=True)
class Reply:
    status: int
    headers: Headers
    body: bytes


class Dresser:
    """Headers of every answer; over HTTPS one more."""

    def __init__(self, hsts_seconds: int) -> None:
        secure = [("Strict-Transport-Security", f"max-age={hsts_seconds}")] if hsts_seconds else []
        self._always = [*_DRESS, *secure]

    def dress(self, status: int, body: bytes, request_id: str, rate_limit: str | None) -> Reply:
        counted = [] if rate_limit is None else [("RateLimit", rate_limit), ("RateLimit-Policy", limits.POLICY)]
        return Reply(status, [_JSON, ("Request-Id", request_id), *self._always, *counted], body)
