"""Calls over real sockets, compared whole."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import Any

import httpx

_numbers = itertools.count(1)
# They differ from one answer to the next, or belong to the server that gave it.
OF_THE_SERVER = ("date", "server", "connection", "transfer-encoding", "content-length", "ratelimit")


@dataclass(frozen=True)
class Heard:
    """An answer: status, headers but the server's own, and the body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Caller:
    """One key on one connection; `account` is named in Refill-Account."""

    client: httpx.Client
    key: str
    account: str | None = None

    def call(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, raw: bytes | None = None,
        headers: dict[str, str | None] | None = None,
    ) -> Heard:  # fmt: skip
        sent: dict[str, str | None] = {
            "Authorization": f"Bearer {self.key}", "Request-Id": "a-request-1", "Refill-Account": self.account,
            "Idempotency-Key": key, "Content-Type": "application/json", **(headers or {}),
        }  # fmt: skip
        content = raw if raw is not None else None if body is None else json.dumps(body).encode()
        plain = {name: value.encode() for name, value in sent.items() if value is not None}
        answer = self.client.request(method, f"/v1{path}", content=content, headers=plain)
        kept = sorted((name, value) for name, value in answer.headers.items() if name not in OF_THE_SERVER)
        return Heard(answer.status_code, tuple(kept), answer.content)

    def spend(self, credits: int, key: str, **more: Any) -> Heard:
        return self.call("POST", "/usage", {"credits": credits, "kind": "text", **more}, key=key)

    def available(self) -> int:
        return int(self.call("GET", "/balance").json["available"])

    def open(self, credits: int, **more: Any) -> str:
        """A new account on the system's clock, with so many credits."""
        number = next(_numbers)
        owner = {"email": f"lane{number}@lane.example", "name": "Lea"}
        body = {"name": f"Lane {number}", "timezone": "UTC", "currency": "usd", "owner": owner, **more}
        made = self.call("POST", "/accounts", body, key=f"open {number} {id(self)}", headers={"Refill-Account": None})
        assert made.status == 201, made.json
        account = str(made.json["id"])
        Caller(self.client, self.key, account).give(credits)
        return account

    def give(self, credits: int) -> None:
        body = {"credits": credits, "source": "promotion", "reason": "a gift"}
        assert self.call("POST", "/grants", body, key=f"give {next(_numbers)}").status == 201
