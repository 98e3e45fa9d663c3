"""Plays operations of the model against the real product through its HTTP API, and compares after each."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.model.months import seconds_of, text_of
from tests.model.operations import PACKS, PRICES, Life, Operation, Setup

Request = Callable[[str, str, Any, dict[str, str]], tuple[int, Any]]
SPEND_KIND = "text"
# the model's word → codes the product may answer with; an empty set accepts any 4xx
CODES: dict[str, set[str]] = {
    "insufficient_credits": {"insufficient_credits"},
    "idempotency_mismatch": {"idempotency_mismatch"},
    "quote_stale": {"quote_stale"},
    "charge_in_progress": {"charge_in_progress"},
    "account_closed": {"account_closed"},
    "payment_method_required": {"payment_method_required"},
}
ORDER_STATES = ("taken", "succeeded", "processing", "needs_action", "declined", "refunded")
# how often credits, and the whole state, are compared where nothing but credits has moved
BATCH_WORDS = {"idempotency_mismatch": "mismatch", "insufficient_credits": "insufficient"}
CREDITS_EVERY, ALL_EVERY = 5, 20


class Mismatch(AssertionError):
    """The product and the model differ."""


@dataclass
class Catalogue:
    """The model's prices and packs, made once in the product under a name of their own."""

    request: Request
    platform_key: str
    name: str
    prices: dict[str, str] = field(default_factory=dict)
    packs: dict[str, str] = field(default_factory=dict)

    def make(self) -> "Catalogue":
        headers = {"Authorization": f"Bearer {self.platform_key}"}
        for rank, price in enumerate(PRICES.values()):
            plan = f"{self.name} {price.id}"
            body = {
                "name": plan,
                "rank": 1000 + rank,
                "limits": {},
                "features": [],
                "prices": [
                    {
                        "interval": price.interval,
                        "credits": price.credits,
                        "price": {"amount": price.amount_minor, "currency": "usd"},
                    }
                ],
            }
            made = self.post("/v1/plans", body, headers, plan)
            self.prices[price.id] = made["prices"][0]["id"]
        for pack in PACKS.values():
            body = {"credits": pack.credits, "price": {"amount": pack.amount_minor, "currency": "usd"}}
            self.packs[pack.id] = self.post("/v1/packs", body, headers, f"{self.name} {pack.id}")["id"]
        return self

    def post(self, path: str, body: Any, headers: dict[str, str], key: str) -> Any:
        status, answer = self.request("POST", path, body, {**headers, "Idempotency-Key": key})
        if not 200 <= status < 300:
            raise Mismatch(f"POST {path} {json.dumps(body)} answered {status}: {answer}")
        return answer


class Driver:
    """One account of the product that lives the same life as an account of the model."""

    def __init__(self, catalogue: Catalogue, setup: Setup, name: str) -> None:
        self.catalogue, self.name, self.now = catalogue, name, setup.now
        self.headers = {"Authorization": f"Bearer {catalogue.platform_key}"}
        self.calls = self.steps = 0
        self.card: str | None = None
        self.waiting: list[str] = []
        self.holds: dict[str, str] = {}
        self.spends: dict[str, str] = {}
        self.prices = {real: word for word, real in catalogue.prices.items()}
        self.clock = self.must("POST", "/v1/test_clocks", {"now": text_of(setup.now)})["id"]
        owner = {"email": f"{name}@example.test", "name": name}
        body: dict[str, Any] = {"name": name, "timezone": setup.zone, "currency": "usd", "owner": owner}
        body |= {"test_clock": self.clock, "payment_method": {"sandbox": "visa_ok"}}
        if setup.price is not None:
            body["price"] = catalogue.prices[setup.price]
        if setup.anchor is not None:
            body["anchor"] = text_of(setup.anchor)
        self.account = self.must("POST", "/v1/accounts", body)["id"]
        self.headers["Refill-Account"] = self.account

    # calls
    def call(self, method: str, path: str, body: Any = None, key: str | None = None) -> tuple[int, Any]:
        self.calls += 1
        headers = dict(self.headers)
        self.steps += method != "GET"
        if method == "POST":
            headers["Idempotency-Key"] = key or f"{self.name}-call-{self.calls}"
        status, answer = self.catalogue.request(method, path, body, headers)
        if status >= 500:
            raise Mismatch(f"{method} {path} {json.dumps(body)} answered {status}: {answer}")
        return status, answer

    def must(self, method: str, path: str, body: Any = None) -> Any:
        status, answer = self.call(method, path, body)
        if not 200 <= status < 300:
            raise Mismatch(f"{method} {path} {json.dumps(body)} answered {status}: {answer}")
        return answer

    @staticmethod
    def seen(status: int, answer: Any, **facts: Any) -> dict[str, Any]:
        if 200 <= status < 300:
            return facts
        return {"refused": answer.get("code", f"status {status}")}

    # operations
    def play(self, operation: Operation) -> dict[str, Any]:
        wanted = {name: value for name, value in operation.items() if name != "op"}
        answer: dict[str, Any] = getattr(self, str(operation["op"]))(**wanted)
        return answer

    def spend(self, key: str, credits: int) -> dict[str, Any]:
        status, answer = self.call("POST", "/v1/usage", {"credits": credits, "kind": SPEND_KIND}, key)
        if not 200 <= status < 300:
            return self.seen(status, answer)
        self.spends[key] = answer["id"]
        balance = answer["balance"]
        return {
            "credits": answer["credits"],
            "balance": balance["available"] if isinstance(balance, dict) else balance,
            "taken": sorted(part["credits"] for part in answer["taken"]),
        }

    def spend_batch(self, items: list[list[Any]], mode: str) -> dict[str, Any]:
        wanted = [{"key": key, "credits": credits, "kind": SPEND_KIND} for key, credits in items]
        status, answer = self.call("POST", "/v1/usage/batch", {"items": wanted, "mode": mode})
        if not 200 <= status < 300:
            return self.seen(status, answer)
        words = []
        for row in answer["results"]:
            words.append(BATCH_WORDS.get(row["code"], row["status"]))
            if row["status"] == "spent":
                self.spends[row["key"]] = row["id"]
        return {"results": words, "balance": answer["balance"]}

    def reverse(self, key: str, credits: int | None = None) -> dict[str, Any]:
        body: dict[str, Any] = {"reason": "the text was not delivered"}
        if credits is not None:
            body["credits"] = credits
        return self.seen(*self.call("POST", f"/v1/usage/{self.spends.get(key, 'use_none')}/reverse", body))

    def hold(self, key: str, credits: int, expires_in: int) -> dict[str, Any]:
        status, answer = self.call("POST", "/v1/holds", {"credits": credits, "expires_in": expires_in}, key)
        if 200 <= status < 300:
            self.holds[key] = answer["id"]
        return self.seen(status, answer, credits=answer.get("credits"))

    def capture(self, key: str, credits: int | None = None) -> dict[str, Any]:
        body = {} if credits is None else {"credits": credits}
        return self.seen(*self.call("POST", f"/v1/holds/{self.holds.get(key, 'hold_none')}/capture", body))

    def release(self, key: str) -> dict[str, Any]:
        return self.seen(*self.call("POST", f"/v1/holds/{self.holds.get(key, 'hold_none')}/release", {}))

    def grant(
        self, source: str, credits: int, starts_in: int | None = None, ends_in: int | None = None
    ) -> dict[str, Any]:
        body: dict[str, Any] = {"credits": credits, "source": source, "reason": "a gift"}
        if starts_in is not None:
            body["starts_at"] = text_of(self.now + starts_in)
        if ends_in is not None:
            body["ends_at"] = text_of(self.now + ends_in)
        return self.seen(*self.call("POST", "/v1/grants", body), credits=credits)

    def change(
        self,
        kind: str,
        target: str | None = None,
        quantity: int = 1,
        delay: int = 0,
        spend: int = 0,
        key: str = "",
    ) -> dict[str, Any]:
        wanted: dict[str, Any] = {}
        if kind == "buy":
            kind, wanted = "buy_credits", {"pack": self.catalogue.packs[str(target)], "quantity": quantity}
        elif target is not None:
            wanted = {"price": self.catalogue.prices[target]}
        status, quote = self.call("POST", "/v1/quotes", {kind: wanted})
        if not 200 <= status < 300:
            return self.seen(status, quote)
        credits = quote["credits"]
        facts = {
            "due_now": quote["due_now"]["amount"],
            "before": credits["before"],
            "after": credits["after"],
            "effective_at": seconds_of(quote["effective_at"]),
        }
        if delay:
            self.advance(delay)
        if spend:
            facts["spend"] = self.spend(key, spend).get("refused", "taken")
        facts["order"] = self.confirm(quote["id"])
        again = facts["order"] in ORDER_STATES and facts["order"] != "declined" and self.calls % 3 == 0
        if again and self.confirm(quote["id"]) != facts["order"]:
            raise Mismatch("confirming the same quote again did not answer with its order")
        return facts

    def confirm(self, quote: str) -> str:
        _, order = self.call("POST", f"/v1/quotes/{quote}/confirm", {})
        if order.get("status") == "needs_action" and order["id"] not in self.waiting:
            self.waiting.append(order["id"])
        return str(order["status"] if isinstance(order.get("status"), str) else order.get("code"))

    def act(self, number: int, outcome: str) -> dict[str, Any]:
        status, order = self.call("POST", f"/v1/orders/{self.waiting[number]}/action", {"outcome": outcome})
        return self.seen(status, order, order=order.get("status"))

    def undo(self) -> dict[str, Any]:
        return self.seen(*self.call("DELETE", "/v1/subscription/scheduled_change"))

    def resume(self) -> dict[str, Any]:
        return self.seen(*self.call("POST", "/v1/subscription/resume", {}))

    def use_card(self, card: str) -> dict[str, Any]:
        made = self.must("POST", "/v1/payment_methods", {"sandbox": card})
        self.must("PATCH", f"/v1/payment_methods/{made['id']}", {"default": True})
        if self.card is not None:
            self.call("DELETE", f"/v1/payment_methods/{self.card}")  # an account keeps a limited number
        self.card = made["id"]
        return {}

    def advance(self, seconds: int, work: bool = True) -> dict[str, Any]:
        self.now += seconds
        self.must("POST", f"/v1/test_clocks/{self.clock}/advance", {"to": text_of(self.now), "work": work})
        return {}

    def move_zone(self, zone: str) -> dict[str, Any]:
        return self.seen(*self.call("PATCH", "/v1/account", {"timezone": zone}))

    # what the account looks like
    def credits(self, grants: bool) -> dict[str, Any]:
        balance = self.must("GET", f"/v1/balance{'?expand=grants' if grants else ''}")
        allowance = balance["allowance"]
        state: dict[str, Any] = {
            "available": balance["available"],
            "held": balance["held"],
            "allowance": allowance["remaining"] if allowance is not None else 0,
            "promotion": balance["promotion"]["remaining"],
            "purchased": balance["purchased"]["remaining"],
        }
        return state | ({"grants": self.grants(balance["grants"])} if grants else {})

    def state(self) -> dict[str, Any]:
        state = self.credits(grants=True)
        status, subscription = self.call("GET", "/v1/subscription")
        subscription = subscription if status == 200 else {}
        word = subscription.get("status")
        here = word in ("active", "past_due")
        period = subscription.get("current_period") if here else None
        price, scheduled = subscription.get("price"), subscription.get("scheduled_change")
        state["status"] = word
        state["price"] = self.word_of(price) if here else None
        state["period"] = (
            None
            if period is None
            else [period["index"], seconds_of(period["starts_at"]), seconds_of(period["ends_at"])]
        )
        state["scheduled"] = self.word_of(scheduled.get("price")) if here and scheduled else None
        cancel_at = subscription.get("cancel_at") if here else None
        state["cancel_at"] = seconds_of(cancel_at) if cancel_at else None
        return state

    def word_of(self, price: Any) -> str | None:
        return self.prices.get(price["id"] if isinstance(price, dict) else price)

    def grants(self, rows: list[Any]) -> list[tuple[str, int, int, int]]:
        found = []
        for row in rows["data"] if isinstance(rows, dict) else rows:
            ends = seconds_of(row["ends_at"]) if row["ends_at"] else 0
            begun = seconds_of(row["starts_at"]) <= self.now
            if begun and (row["remaining"] or row["held"]) and not (ends and ends <= self.now):
                found.append((row["source"], ends, row["remaining"], row["held"]))
        return sorted(found)

    def pages(self, path: str) -> list[Any]:
        rows: list[Any] = []
        cursor = ""
        while True:
            page = self.must("GET", f"{path}?limit=100{cursor}")
            rows += page["data"]
            if not page["has_more"]:
                return rows
            cursor = f"&cursor={page['next_cursor']}"

    def entries(self) -> list[Any]:
        return self.pages("/v1/ledger")

    def taken_minor(self) -> int:
        """What was really taken: every paid invoice of the account."""
        paid = [row for row in self.pages("/v1/invoices") if row["status"] == "paid"]
        return sum(row["total"]["amount"] for row in paid)


def same_word(expected: Any, got: Any) -> bool:
    """How an order ended, or the code of what refused it."""
    if expected in ORDER_STATES or got in ORDER_STATES:
        return bool(expected == got)
    allowed = CODES.get(str(expected), set())
    return not allowed or got in allowed


def same_answer(expected: dict[str, Any], got: dict[str, Any]) -> bool:
    if "refused" in expected or "refused" in got:
        if "refused" not in got or "refused" not in expected:
            return False
        return same_word(expected["refused"], got["refused"])
    wanted = {name: value for name, value in expected.items() if name in got}
    if "taken" in wanted:
        wanted["taken"] = sorted(credits for _, credits in wanted["taken"])
    if "order" in wanted and "order" in got and same_word(wanted["order"], got["order"]):
        wanted["order"] = got["order"]
    return wanted == got


def same_state(expected: dict[str, Any], got: dict[str, Any]) -> bool:
    if expected.get("period") and got.get("period") and expected["period"][0] is None:
        got = {**got, "period": [None, *got["period"][1:]]}
    return expected == got


def check_ledger(driver: Driver, seed: int, available: int, taken_minor: int) -> None:
    """At the end of a life: the entries chain without a gap, and the money is the model's."""
    running = 0
    for seq, entry in enumerate(sorted(driver.entries(), key=lambda row: int(row["seq"])), start=1):
        running += entry["credits"]
        if (entry["seq"], entry["balance_after"]) != (seq, running):
            raise Mismatch(f"seed {seed}: entry {seq} should leave {running}: {entry}")
    if running != available:
        raise Mismatch(f"seed {seed}: entries sum to {running}, the balance is {available}")
    if driver.taken_minor() != taken_minor:
        raise Mismatch(f"seed {seed}: taken: the model {taken_minor}, the product {driver.taken_minor()}")


def live(catalogue: Catalogue, seed: int, steps: int, name: str) -> int:
    """Live one seed's life on both sides; the first difference ends it with all that replays it.

    A step is one call that may change something. Returns how many were made: `steps`, and what the last operation
    needed more.
    """
    life = Life(seed)
    driver = Driver(catalogue, life.setup, name)
    done: list[Operation] = []
    standing: object = None
    while driver.steps < steps:
        operation = life.next()
        done.append(operation)
        expected, got = life.account.play(operation), driver.play(operation)
        right = same_answer(expected, got)
        state: dict[str, Any] = {}
        real: dict[str, Any] = {}
        before, standing = standing, life.account.facts("all")
        last = driver.steps >= steps
        if standing != before or not right or last or len(done) % ALL_EVERY == 0:
            state, real = life.account.state(), driver.state()
        elif "refused" in expected or len(done) % CREDITS_EVERY == 0:
            real = driver.credits(grants=len(done) % CREDITS_EVERY == 0)
            state = {name: value for name, value in life.account.state().items() if name in real}
        if not right or not same_state(state, real):
            raise Mismatch(report(seed, len(done) - 1, life.setup, done, (expected, got), (state, real)))
    check_ledger(driver, seed, life.account.available, life.account.taken_minor)
    return driver.steps


def report(
    seed: int,
    step: int,
    setup: Setup,
    done: list[Operation],
    answers: tuple[Any, Any],
    states: tuple[Any, Any],
) -> str:
    lines = [f"seed {seed}, step {step}: {json.dumps(done[-1])}", f"setup: {setup}"]
    lines += [f"answer expected: {answers[0]}", f"answer got:      {answers[1]}"]
    for name in states[0]:
        if states[0][name] != states[1].get(name):
            lines.append(f"{name}: expected {states[0][name]}, got {states[1].get(name)}")
    lines.append("operations up to here:")
    return "\n".join(lines + [json.dumps(operation) for operation in done])
