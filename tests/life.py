"""One account's life, told through the API: a clock to move, things to do, and the ledger to look at."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime
from typing import Any

from django.test import Client

from refill.domain import ids
from tests.conforming import demand_documented

_numbers = itertools.count(1)


class Refused(AssertionError):
    """The API refused; `status`, `code` and the whole `problem` are there to be asserted."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        self.status, self.problem, self.code = status, problem, problem.get("code")
        super().__init__(f"{status} {problem}")


def utc(text: str) -> datetime:
    """2027-02-22 14:00 as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def written(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


class Platform:
    """The operator's key at work."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.client = Client(raise_request_exception=True)

    def send(
        self, method: str, path: str, body: Any = None, *, account: str | None = None, key: str | None = None
    ) -> tuple[int, Any, Any]:
        headers = {"Authorization": f"Bearer {self.key}"}
        if account:
            headers["Refill-Account"] = account
        if method == "POST":
            headers["Idempotency-Key"] = key or f"life-{next(_numbers)}-{id(self)}"
        data = json.dumps(body) if body is not None else ("{}" if method == "POST" else "")
        answer = self.client.generic(method, f"/v1{path}", data, content_type="application/json", headers=headers)
        read = json.loads(answer.content) if answer.content else None
        demand_documented(method, f"/v1{path}", body, answer.status_code, answer["Content-Type"], read)
        return answer.status_code, read, answer

    def call(self, method: str, path: str, body: Any = None, **facts: Any) -> Any:
        """Send, and return the parsed answer of a success; otherwise raise Refused."""
        status, answer, _ = self.send(method, path, body, **facts)
        if status >= 400:
            raise Refused(status, answer)
        return answer

    def price(self, plan: str, credits: int, interval: str = "month") -> str:
        """The id of a price of the default catalogue."""
        for found in self.call("GET", "/plans?limit=100")["data"]:
            for price in found["prices"]:
                if (found["name"].lower(), price["credits"], price["interval"]) == (plan, credits, interval):
                    return str(price["id"])
        raise LookupError(f"{plan} {credits} {interval}")

    def pack(self, credits: int) -> str:
        for found in self.call("GET", "/packs?limit=100")["data"]:
            if found["credits"] == credits:
                return str(found["id"])
        raise LookupError(f"a pack of {credits}")

    def life(self, starts_at: str, price: str | None = None, *, zone: str = "UTC", **facts: Any) -> Life:
        """A new account with a test clock of its own."""
        clock = self.call("POST", "/test_clocks", {"now": written(utc(starts_at))})["id"]
        number = next(_numbers)
        body = {
            "name": "Northwind Dental", "timezone": zone, "currency": "usd", "test_clock": clock,
            "owner": {"email": f"ann{number}-{id(self)}@northwind.example", "name": "Ann Okafor"},
        }  # fmt: skip
        if price is not None:
            body |= {"price": price, "payment_method": "visa_ok"}
        return Life(self, clock, self.call("POST", "/accounts", body | facts))


class Life:
    """One account."""

    def __init__(self, platform: Platform, clock: str, account: dict[str, Any]) -> None:
        self.platform, self.clock, self.account = platform, clock, account
        self.id: str = account["id"]
        (self.account_id,) = ids.decode("acc", self.id)

    def call(self, method: str, path: str, body: Any = None, **facts: Any) -> Any:
        return self.platform.call(method, path, body, account=self.id, **facts)

    def advance(self, to: str, *, work: bool = True) -> None:
        self.platform.call("POST", f"/test_clocks/{self.clock}/advance", {"to": written(utc(to)), "work": work})

    def spend(self, credits: int, key: str | None = None, **facts: Any) -> Any:
        return self.call("POST", "/usage", {"credits": credits, "kind": "text"} | facts, key=key)

    def refused(self, method: str, path: str, body: Any = None, **facts: Any) -> Refused:
        """Send what must be refused."""
        status, answer, _ = self.platform.send(method, path, body, account=self.id, **facts)
        assert status >= 400, answer
        return Refused(status, answer)

    def quote(self, **request: Any) -> Any:
        return self.call("POST", "/quotes", request)

    def confirm(self, quote: Any, key: str | None = None) -> Any:
        return self.call("POST", f"/quotes/{quote['id']}/confirm", key=key)

    def change(self, price: str) -> Any:
        return self.confirm(self.quote(change_plan={"price": price}))

    def buy(self, credits: int, quantity: int = 1) -> Any:
        pack = self.platform.pack(credits)
        return self.confirm(self.quote(buy_credits={"pack": pack, "quantity": quantity}))

    def use_card(self, card: str) -> str:
        """Add a sandbox card and make it the default."""
        added = str(self.call("POST", "/payment_methods", {"sandbox": card})["id"])
        self.call("PATCH", f"/payment_methods/{added}", {"default": True})
        return added

    @property
    def balance(self) -> Any:
        return self.call("GET", "/balance")

    @property
    def available(self) -> int:
        return int(self.balance["available"])

    @property
    def status(self) -> str:
        return str(self.call("GET", "/account")["status"])

    @property
    def subscription(self) -> Any:
        return self.call("GET", "/subscription")

    def periods(self) -> list[Any]:
        """Oldest first."""
        return list(reversed(self.call("GET", "/subscription/periods?limit=100")["data"]))

    def entries(self) -> list[Any]:
        """Oldest first, all of them."""
        found, cursor = [], ""
        while True:
            page = self.call("GET", f"/ledger?limit=100{cursor}")
            found += page["data"]
            if not page["has_more"]:
                return list(reversed(found))
            cursor = f"&cursor={page['next_cursor']}"

    def invoices(self) -> list[Any]:
        return list(reversed(self.call("GET", "/invoices?limit=100")["data"]))
