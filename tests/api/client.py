"""An account of the product and its API, as the sending software sees it."""

import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from tests.conforming import demand_documented

_keys = itertools.count(1)
_client = Client()
NOW = "2027-03-22T13:00:00Z"


@dataclass(frozen=True)
class Answer:
    status: int
    json: Any
    headers: dict[str, str]

    @property
    def code(self) -> str:
        """The code of a refusal, with its status: "402 insufficient_credits"."""
        return f"{self.status} {self.json['code']}"


@dataclass
class Api:
    """Calls with one key; `account` is named in Refill-Account where it is set."""

    key: str
    account: str | None = None
    clock: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def call(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, raw: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:  # fmt: skip
        sent = {"Authorization": f"Bearer {self.key}", **self.headers}
        if self.account is not None:
            sent["Refill-Account"] = self.account
        if key is not None:
            sent["Idempotency-Key"] = key
        sent |= headers or {}
        sent = {name: value for name, value in sent.items() if value is not None}
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        answer = _client.generic(method, f"/v1{path}", data, content_type="application/json", headers=sent)
        made = Answer(answer.status_code, json.loads(answer.content), dict(answer.headers))
        demand_documented(method, f"/v1{path}", body, made.status, made.headers["Content-Type"], made.json)
        return made

    def get(self, path: str, **more: Any) -> Answer:
        return self.call("GET", path, **more)

    def post(self, path: str, body: Any = None, *, key: str | None = None, **more: Any) -> Answer:
        return self.call("POST", path, body, key=key or f"key-{next(_keys)}", **more)

    def patch(self, path: str, body: Any) -> Answer:
        return self.call("PATCH", path, body)

    def delete(self, path: str) -> Answer:
        return self.call("DELETE", path)

    def spend(self, credits: int, *, key: str | None = None) -> Answer:
        return self.post("/usage", {"credits": credits, "kind": "text"}, key=key)

    def give(self, credits: int) -> str:
        made = self.post("/grants", {"credits": credits, "source": "promotion", "reason": "a gift"})
        return str(made.json["id"])

    def available(self) -> int:
        return int(self.get("/balance").json["available"])

    def ledger(self) -> list[Any]:
        rows = self.get("/ledger?limit=100").json
        assert not rows["has_more"]
        return list(rows["data"])

    def advance(self, to: str) -> Answer:
        return self.post(f"/test_clocks/{self.clock}/advance", {"to": to})

    def quote(self, **change: Any) -> Answer:
        return self.post("/quotes", change)

    def confirm(self, quote: Answer, *, key: str | None = None) -> Answer:
        return self.post(f"/quotes/{quote.json['id']}/confirm", {}, key=key)


def open_account(platform_key: str, **wanted: Any) -> Api:
    """A new account on a clock of its own, at NOW; without a plan unless `price` is given."""
    operator = Api(platform_key)
    clock = operator.post("/test_clocks", {"now": NOW}).json["id"]
    body = {
        "name": "Harbor Dental", "timezone": "America/New_York", "currency": "usd", "test_clock": clock,
        "owner": {"email": f"ana{next(_keys)}@harbor.example", "name": "Ana Ruiz"}, **wanted,
    }  # fmt: skip
    made = operator.post("/accounts", body)
    assert made.status == 201, made.json
    return Api(platform_key, made.json["id"], clock)
