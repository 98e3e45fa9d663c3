"""How the client for asyncio calls. `_core.py` is made from this file by make_sync.py; change this one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar, cast

import httpx

from refill_client import _calls
from refill_client.errors import ConnectionFailed

Shape = TypeVar("Shape")


class AsyncCore:
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
                if tries == self._retries or not _calls.is_to_be_tried_again(method, fault):
                    raise ConnectionFailed(f"{method} {path}: {fault}") from fault
            if answer is not None and (tries == self._retries or not _calls.is_to_be_tried_again(method, answer)):
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

    async def _rows(self, shape: type[Shape], path: str, params: Mapping[str, Any] | None = None) -> list[Shape]:
        """A list that comes whole."""
        found = await self.request("GET", path, params=params)
        return cast(list[Shape], found["data"])
