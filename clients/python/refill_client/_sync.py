"""The client for threads. Made from _async.py by make_sync.py; change that one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from refill_client import _calls, types
from refill_client._sync_calls import Calls


class Refill(Calls):
    """The API of one Refill. `account` is named by platform keys; `retries` are further tries of each call.

    Each call of the API is a method of its own name (`list_inboxes`, `create_quote`); everyday ones have short names.
    """

    # --- credits

    def balance(self, *, expand: str | None = None) -> types.Balance:
        """What can be spent now; with expand="grants" the first hundred grants too."""
        return self._call(types.Balance, "GET", "/balance", params={"expand": expand})

    def spend(
        self, credits: int, *, kind: str = "text", reference: str | None = None, member: str | None = None,
        inbox: str | None = None, number: str | None = None, parts: int | None = None,
        metadata: Mapping[str, Any] | None = None, key: str | None = None,
    ) -> types.UsageMade:  # fmt: skip
        """Spend credits, all or nothing, once for each `key`. Raises InsufficientCredits."""
        body = _calls.plain(
            {"credits": credits, "kind": kind, "reference": reference, "member": member, "inbox": inbox,
             "number": number, "parts": parts, "metadata": metadata}
        )  # fmt: skip
        return self._call(types.UsageMade, "POST", "/usage", body, key=key)

    def spend_batch(
        self, items: Sequence[types.BatchUsage], *, mode: str = "all_or_nothing", key: str | None = None
    ) -> types.BatchMade:
        """Spend for up to 10,000 items, each under its own key."""
        return self._call(types.BatchMade, "POST", "/usage/batch", {"items": list(items), "mode": mode}, key=key)

    def reverse(
        self, usage: str, *, reason: str, credits: int | None = None, key: str | None = None
    ) -> types.Reversed:
        """Give back what a spend took (platform keys)."""
        body = _calls.plain({"credits": credits, "reason": reason})
        return self._call(types.Reversed, "POST", f"/usage/{usage}/reverse", body, key=key)

    def hold(
        self, credits: int, *, expires_in: int | None = None, reference: str | None = None, key: str | None = None
    ) -> types.HoldMade:
        """Set credits aside, to be captured or released."""
        body = _calls.plain({"credits": credits, "expires_in": expires_in, "reference": reference})
        return self._call(types.HoldMade, "POST", "/holds", body, key=key)

    def capture(self, hold: str, *, credits: int | None = None, key: str | None = None) -> types.HoldEnded:
        """Use what is held, or a part of it; the rest is released."""
        body = _calls.plain({"credits": credits})
        return self._call(types.HoldEnded, "POST", f"/holds/{hold}/capture", body, key=key)

    def release(self, hold: str, *, key: str | None = None) -> types.HoldEnded:
        """Give back what is held."""
        return self._call(types.HoldEnded, "POST", f"/holds/{hold}/release", key=key)

    def ledger(self, **filters: Any) -> Iterator[types.Entry]:
        """Every movement, the newest first; filters: to, kind, grant, inbox, number, member, and from_."""
        if "from_" in filters:
            filters["from"] = filters.pop("from_")
        return self.pages(types.Entry, "/ledger", filters)

    def grant(
        self, credits: int, *, source: str = "promotion", reason: str, ends_at: str | None = None,
        key: str | None = None,
    ) -> types.Grant:  # fmt: skip
        """Give credits (platform keys)."""
        body = _calls.plain({"credits": credits, "source": source, "reason": reason, "ends_at": ends_at})
        return self._call(types.Grant, "POST", "/grants", body, key=key)

    def estimate(self, body: str, *, to: str | None = None, media: Sequence[str] | None = None) -> types.Estimate:
        """What a text would cost; the cost shown is the cost charged."""
        wanted = _calls.plain({"body": body, "to": to, "media": list(media) if media else None})
        return self._call(types.Estimate, "POST", "/messages/estimate", wanted)

    # --- plan and money

    def plans(self) -> list[types.Plan]:
        """What is on offer, the lowest rank first."""
        return self.list_plans()

    def packs(self) -> list[types.Pack]:
        """Packs on offer, the smallest first."""
        return self.list_packs()

    def quote(self, *, key: str | None = None, **change: Any) -> types.Quote:
        """What one change costs: change_plan={"price": …}, buy_credits={"pack": …, "quantity": 1}, cancel={}, …"""
        return self._call(types.Quote, "POST", "/quotes", change, key=key)

    def confirm(self, quote: str, *, key: str | None = None) -> types.Order:
        """Accept a quote. Raises QuoteStale where something changed."""
        return self._call(types.Order, "POST", f"/quotes/{quote}/confirm", key=key)

    def order(self, order: str) -> types.Order:
        """An order with its charges."""
        return self._call(types.Order, "GET", f"/orders/{order}")

    def advice(self) -> types.Advice:
        """How long credits last, the best next step, the plan that fits; each worked out."""
        return self._call(types.Advice, "GET", "/advice")

    def statement(
        self, *, from_: str | None = None, to: str | None = None, accept: str = "application/json"
    ) -> Any:
        """The statement as data, or the bytes of text/csv or application/pdf."""
        return self.request("GET", "/statement", params={"from": from_, "to": to}, accept=accept)

    # --- keys, events, webhooks

    def events(self, *, kind: str | None = None) -> Iterator[types.Event]:
        """What happened, the newest first."""
        return self.pages(types.Event, "/events", {"kind": kind})
