"""The model behind the product's HTTP shapes, so that the driver can be tried without the product."""

from typing import Any

from tests.model.lots import Grant, Refused
from tests.model.months import seconds_of, text_of
from tests.model.operations import PACKS, PRICES
from tests.model.reference import Account, Quote

STATUS = {"insufficient_credits": 402, "quote_stale": 409, "charge_in_progress": 409}


class StandIn:
    def __init__(self) -> None:
        self.account = Account(now=0)
        self.quotes: list[Quote] = []

    def request(self, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, Any]:
        path, _, _ = path.partition("?")
        words = path.removeprefix("/v1/").split("/")
        key = headers.get("Idempotency-Key", "")
        try:
            return 200, getattr(self, f"{method.lower()}_{words[0]}")(words[1:], body or {}, key)
        except Refused as refused:
            return STATUS.get(refused.code, 422), {"code": refused.code}

    def post_plans(self, rest: list[str], body: Any, key: str) -> Any:
        return {"prices": [{"id": key.split()[-1]}]}

    def post_packs(self, rest: list[str], body: Any, key: str) -> Any:
        return {"id": key.split()[-1]}

    def post_test_clocks(self, rest: list[str], body: Any, key: str) -> Any:
        if rest:
            return self.account.advance(seconds_of(body["to"]) - self.account.now, body["work"])
        self.account.now = seconds_of(body["now"])
        return {"id": "clk"}

    def post_accounts(self, rest: list[str], body: Any, key: str) -> Any:
        anchor = seconds_of(body["anchor"]) if "anchor" in body else None
        now, zone, price = self.account.now, body["timezone"], body.get("price")
        self.account = Account.open(now, zone, PRICES, PACKS, price, anchor)
        return {"id": "acc"}

    def post_usage(self, rest: list[str], body: Any, key: str) -> Any:
        if rest == ["batch"]:
            return self.batch_rows(body)
        if rest:
            return self.account.reverse(rest[0], body.get("credits"))
        answer: Any = self.account.spend(key, body["credits"])
        taken = [{"grant": source, "credits": credits} for source, credits in answer["taken"]]
        return {**answer, "id": key, "taken": taken}

    def batch_rows(self, body: Any) -> Any:
        keys = [row["key"] for row in body["items"]]
        answer: Any = self.account.spend_batch([[row["key"], row["credits"]] for row in body["items"]], body["mode"])
        codes = {"mismatch": "idempotency_mismatch", "insufficient": "insufficient_credits"}
        rows = [(key, word, codes.get(word)) for key, word in zip(keys, answer["results"], strict=True)]
        results = [{"key": k, "status": "refused" if code else w, "id": k, "code": code} for k, w, code in rows]
        return {"balance": answer["balance"], "results": results}

    def post_holds(self, rest: list[str], body: Any, key: str) -> Any:
        if not rest:
            return {**self.account.hold(key, body["credits"], body["expires_in"]), "id": key}
        if rest[1] == "release":
            return self.account.release(rest[0])
        return self.account.capture(rest[0], body.get("credits"))

    def post_grants(self, rest: list[str], body: Any, key: str) -> Any:
        inside = {name: seconds_of(body[name]) - self.account.now for name in body if name.endswith("_at")}
        starts, ends = inside.get("starts_at"), inside.get("ends_at")
        return self.account.grant(body["source"], body["credits"], starts, ends)

    def post_quotes(self, rest: list[str], body: Any, key: str) -> Any:
        if rest:
            answer = self.account.confirm(self.quotes[int(rest[0])])
            return {"status": answer["order"], "id": rest[0]}
        ((kind, wanted),) = body.items()
        target = wanted.get("pack", wanted.get("price"))
        kind = "buy" if kind == "buy_credits" else kind
        quote = self.account.quote(kind, target, wanted.get("quantity", 1))
        self.quotes.append(quote)
        return {
            "id": str(len(self.quotes) - 1),
            "due_now": {"amount": quote.due_minor},
            "credits": {"before": quote.before, "after": quote.after},
            "effective_at": text_of(quote.effective_at),
        }

    def post_orders(self, rest: list[str], body: Any, key: str) -> Any:
        quotes = [charge.quote for charge in self.account.waiting]
        answer = self.account.act(quotes.index(self.quotes[int(rest[0])]), body["outcome"])
        return {"status": answer["order"]}

    def delete_subscription(self, rest: list[str], body: Any, key: str) -> Any:
        return self.account.undo()

    def post_subscription(self, rest: list[str], body: Any, key: str) -> Any:
        return self.account.resume()

    def post_payment_methods(self, rest: list[str], body: Any, key: str) -> Any:
        return {"id": body["sandbox"]}

    def patch_payment_methods(self, rest: list[str], body: Any, key: str) -> Any:
        return self.account.use_card(rest[0])

    def delete_payment_methods(self, rest: list[str], body: Any, key: str) -> Any:
        return {}

    def patch_account(self, rest: list[str], body: Any, key: str) -> Any:
        return self.account.move_zone(body["timezone"])

    def get_balance(self, rest: list[str], body: Any, key: str) -> Any:
        state = self.account.state()
        answer = {name: {"remaining": state[name]} for name in ("allowance", "promotion", "purchased")}
        grants = [self.grant_row(grant) for grant in self.account.grants.values()]
        return {**answer, "available": state["available"], "held": state["held"], "grants": grants}

    def grant_row(self, grant: Grant) -> dict[str, object]:
        times = {"starts_at": text_of(grant.starts), "ends_at": text_of(grant.ends)}
        return {"source": grant.source, "remaining": grant.remaining, "held": grant.held, **times}

    def get_subscription(self, rest: list[str], body: Any, key: str) -> Any:
        state, period = self.account.state(), self.account.period
        here = None
        if period is not None:
            times = {"starts_at": text_of(period.starts), "ends_at": text_of(period.ends)}
            here = {"index": period.index, **times}
        return {
            "status": state["status"],
            "price": {"id": state["price"]},
            "current_period": here,
            "scheduled_change": {"price": state["scheduled"]} if state["scheduled"] else None,
            "cancel_at": text_of(period.ends) if period is not None and state["cancel_at"] else None,
        }

    def get_ledger(self, rest: list[str], body: Any, key: str) -> Any:
        rows = enumerate(self.account.entries, start=1)
        data = [{"seq": n, "kind": k, "credits": c, "balance_after": b} for n, (k, c, b) in rows]
        return {"data": data, "has_more": False, "next_cursor": None}

    def get_invoices(self, rest: list[str], body: Any, key: str) -> Any:
        paid = {"status": "paid", "total": {"amount": self.account.taken_minor}}
        return {"data": [paid], "has_more": False, "next_cursor": None}
