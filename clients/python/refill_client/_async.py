"""The client for asyncio. `_sync.py` is made from this file by make_sync.py; change this one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar, cast

import httpx

from refill_client import _calls, types
from refill_client.errors import ConnectionFailed

Shape = TypeVar("Shape")


class AsyncRefill:
    """The API of one Refill. `account` is named by platform keys; `retries` are further tries of each call."""

    def __init__(
        self, key: str, *, base_url: str = _calls.BASE_URL, account: str | None = None, retries: int = 4,
        timeout_seconds: float = 30.0, http: httpx.AsyncClient | None = None,
    ) -> None:  # fmt: skip
        self.account = account
        self._key, self._retries = key, retries
        self._base_url = base_url.rstrip("/")
        self._http = http or httpx.AsyncClient(timeout=timeout_seconds)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def request(
        self, method: str, path: str, body: Any = None, *, params: Mapping[str, Any] | None = None,
        key: str | None = None, accept: str = "application/json",
    ) -> Any:  # fmt: skip
        """Make any call: `path` is what stands after /v1. The answer's JSON, or bytes. Raises RefillError."""
        headers = _calls.headers_of(method, self._key, self.account, key, accept)
        sent = {} if body is None and method == "POST" else body
        for tries in range(self._retries + 1):
            answer: httpx.Response | None = None
            try:
                answer = await self._http.request(
                    method,
                    f"{self._base_url}/v1{path}",
                    params=_calls.plain(params or {}),
                    headers=headers,
                    json=sent,
                )
            except httpx.TransportError as fault:
                if tries == self._retries:
                    raise ConnectionFailed(f"{method} {path}: {fault}") from fault
            if answer is not None and (tries == self._retries or not _calls.is_to_be_tried_again(answer)):
                return _calls.value_of(answer)
            await asyncio.sleep(_calls.wait_seconds(tries, answer))
        raise AssertionError("unreachable: the last try returns or raises")

    async def _call(self, shape: type[Shape], method: str, path: str, body: Any = None, **more: Any) -> Shape:
        return cast(Shape, await self.request(method, path, body, **more))

    async def pages(
        self, shape: type[Shape], path: str, params: Mapping[str, Any] | None = None
    ) -> AsyncIterator[Shape]:
        """Every row of a list, page after page, the newest first."""
        asked = {"limit": 100, **_calls.plain(params or {})}
        while True:
            page = await self.request("GET", path, params=asked)
            for row in page["data"]:
                yield row
            if not page["has_more"]:
                return
            asked["cursor"] = page["next_cursor"]

    # --- credits

    async def balance(self, *, expand: str | None = None) -> types.Balance:
        """What can be spent now; with expand="grants" the first hundred grants too."""
        return await self._call(types.Balance, "GET", "/balance", params={"expand": expand})

    async def spend(
        self, credits: int, *, kind: str = "text", reference: str | None = None, member: str | None = None,
        inbox: str | None = None, number: str | None = None, parts: int | None = None,
        metadata: Mapping[str, Any] | None = None, key: str | None = None,
    ) -> types.Usage:  # fmt: skip
        """Spend credits, all or nothing, once for each `key`. Raises InsufficientCredits."""
        body = _calls.plain(
            {"credits": credits, "kind": kind, "reference": reference, "member": member, "inbox": inbox,
             "number": number, "parts": parts, "metadata": metadata}
        )  # fmt: skip
        return await self._call(types.Usage, "POST", "/usage", body, key=key)

    async def spend_batch(
        self, items: Sequence[types.BatchItem], *, mode: str = "all_or_nothing", key: str | None = None
    ) -> types.Batch:
        """Spend for up to 10,000 items, each under its own key."""
        return await self._call(types.Batch, "POST", "/usage/batch", {"items": list(items), "mode": mode}, key=key)

    async def reverse(
        self, usage: str, *, reason: str, credits: int | None = None, key: str | None = None
    ) -> types.Reversed:
        """Give back what a spend took (platform keys)."""
        body = _calls.plain({"credits": credits, "reason": reason})
        return await self._call(types.Reversed, "POST", f"/usage/{usage}/reverse", body, key=key)

    async def hold(
        self, credits: int, *, expires_in: int | None = None, reference: str | None = None, key: str | None = None
    ) -> types.Hold:
        """Set credits aside, to be captured or released."""
        body = _calls.plain({"credits": credits, "expires_in": expires_in, "reference": reference})
        return await self._call(types.Hold, "POST", "/holds", body, key=key)

    async def capture(self, hold: str, *, credits: int | None = None, key: str | None = None) -> types.HoldEnded:
        """Use what is held, or a part of it; the rest is released."""
        body = _calls.plain({"credits": credits})
        return await self._call(types.HoldEnded, "POST", f"/holds/{hold}/capture", body, key=key)

    async def release(self, hold: str, *, key: str | None = None) -> types.HoldEnded:
        """Give back what is held."""
        return await self._call(types.HoldEnded, "POST", f"/holds/{hold}/release", key=key)

    def ledger(self, **filters: Any) -> AsyncIterator[types.Entry]:
        """Every movement, the newest first; filters: to, kind, grant, inbox, number, member, and from_."""
        if "from_" in filters:
            filters["from"] = filters.pop("from_")
        return self.pages(types.Entry, "/ledger", filters)

    async def grant(
        self, credits: int, *, source: str = "promotion", reason: str, ends_at: str | None = None,
        key: str | None = None,
    ) -> types.Grant:  # fmt: skip
        """Give credits (platform keys)."""
        body = _calls.plain({"credits": credits, "source": source, "reason": reason, "ends_at": ends_at})
        return await self._call(types.Grant, "POST", "/grants", body, key=key)

    async def estimate(self, body: str, *, to: str | None = None, media: Sequence[str] | None = None) -> types.Estimate:
        """What a text would cost; the cost shown is the cost charged."""
        wanted = _calls.plain({"body": body, "to": to, "media": list(media) if media else None})
        return await self._call(types.Estimate, "POST", "/messages/estimate", wanted)

    # --- plan and money

    async def get_account(self) -> types.Account:
        """The account, with what it is on."""
        return await self._call(types.Account, "GET", "/account")

    async def create_account(self, *, key: str | None = None, **wanted: Any) -> types.Account:
        """Make an account (platform keys): name, timezone, currency, owner, price, …"""
        return await self._call(types.Account, "POST", "/accounts", wanted, key=key)

    async def plans(self) -> list[types.Plan]:
        """What is on offer, the lowest rank first."""
        return cast(list[types.Plan], (await self.request("GET", "/plans"))["data"])

    async def packs(self) -> list[types.Pack]:
        """Packs on offer, the smallest first."""
        return cast(list[types.Pack], (await self.request("GET", "/packs"))["data"])

    async def quote(self, *, key: str | None = None, **change: Any) -> types.Quote:
        """What one change costs: change_plan={"price": …}, buy_credits={"pack": …, "quantity": 1}, cancel={}, …"""
        return await self._call(types.Quote, "POST", "/quotes", change, key=key)

    async def confirm(self, quote: str, *, key: str | None = None) -> types.Order:
        """Accept a quote. Raises QuoteStale where something changed."""
        return await self._call(types.Order, "POST", f"/quotes/{quote}/confirm", key=key)

    async def order(self, order: str) -> types.Order:
        """An order with its charges."""
        return await self._call(types.Order, "GET", f"/orders/{order}")

    async def advice(self) -> types.Advice:
        """How long credits last, the best next step, the plan that fits; each worked out."""
        return await self._call(types.Advice, "GET", "/advice")

    async def statement(
        self, *, from_: str | None = None, to: str | None = None, accept: str = "application/json"
    ) -> Any:
        """The statement as data, or the bytes of text/csv or application/pdf."""
        return await self.request("GET", "/statement", params={"from": from_, "to": to}, accept=accept)

    # --- keys, events, webhooks

    async def create_api_key(
        self, name: str, *, role: str, scopes: Sequence[str] = (), expires_at: str | None = None,
        key: str | None = None,
    ) -> types.ApiKey:  # fmt: skip
        """Make a key; its `secret` is in this answer alone."""
        body = _calls.plain({"name": name, "role": role, "scopes": list(scopes), "expires_at": expires_at})
        return await self._call(types.ApiKey, "POST", "/api_keys", body, key=key)

    async def revoke_api_key(self, api_key: str) -> types.ApiKey:
        """End a key at once."""
        return await self._call(types.ApiKey, "DELETE", f"/api_keys/{api_key}")

    def events(self, *, kind: str | None = None) -> AsyncIterator[types.Event]:
        """What happened, the newest first."""
        return self.pages(types.Event, "/events", {"kind": kind})

    async def create_webhook_endpoint(
        self, url: str, *, kinds: Sequence[str] = ("*",), description: str = "", key: str | None = None
    ) -> types.Endpoint:
        """Let an address hear of events; its `secret` is in this answer alone."""
        body = {"url": url, "kinds": list(kinds), "description": description}
        return await self._call(types.Endpoint, "POST", "/webhook_endpoints", body, key=key)
