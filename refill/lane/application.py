"""The lane's door, as granian's RSGI calls it."""

from __future__ import annotations

import asyncio
import json
import logging
import string
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

from refill.domain.errors import TooMany
from refill.lane import balances, limits, spends
from refill.lane.balances import Balances
from refill.lane.callers import Callers, account_of
from refill.lane.connections import Wire
from refill.lane.counts import Counts
from refill.lane.naming import request_id
from refill.lane.plain import Plain, Unreachable
from refill.lane.replies import Dresser, Headers, Reply
from refill.lane.together import Together

MAX_BODY_BYTES = 8 * 1024 * 1024
MOST_IGNORED_BYTES = 4 * MAX_BODY_BYTES
# More of them make smaller transactions: slower, measured with 1, 2 and 4.
SWIFT_CONNECTIONS = 1
PATIENT_CONNECTIONS = 4
_LOOKED_AT = ("authorization", "idempotency-key", "refill-account")
_log = logging.getLogger("refill.lane")


class Scope(Protocol):
    """What RSGI says of a request."""

    method: str
    path: str
    query_string: str
    headers: Any


class Exchange(Protocol):
    """The other half of RSGI: the body, and the answer."""

    def __call__(self) -> Awaitable[bytes]: ...
    def __aiter__(self) -> AsyncIterator[bytes]: ...
    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None: ...


@dataclass(frozen=True)
class Settings:
    """Where the lane works. `conninfo` opens a session of the product's role; `plain` is host and port of the web."""

    conninfo: str
    plain: tuple[str, int]
    base_url: str
    hsts_seconds: int


Call = Callable[[Scope, bytes, str], Awaitable[Reply | None]]


class Lane:
    """Ordinary hot calls together; everything else by the plain path."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._dresser = Dresser(settings.hsts_seconds)
        self._plain = Plain(*settings.plain)
        self._calls: dict[tuple[str, str], Call] = {
            ("POST", spends.PATH): self._spend, ("GET", balances.PATH): self._balance,
        }  # fmt: skip
        self._wires: list[Wire] = []

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._wires = [Wire(self._settings.conninfo) for _ in range(2 + SWIFT_CONNECTIONS + PATIENT_CONNECTIONS)]
        asking, reading, *others = self._wires
        self._callers = Callers(asking)
        self._counts = Counts(asking)
        self._balances = Balances(reading)
        self._writing = loop.create_task(self._counts.write_now_and_then())
        self._together = Together(others[:SWIFT_CONNECTIONS], others[SWIFT_CONNECTIONS:])

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._writing.cancel()
        loop.run_until_complete(self._counts.write())
        for wire in self._wires:
            wire.close()

    async def __rsgi__(self, scope: Scope, exchange: Exchange) -> None:
        reply: Reply | None = None
        headers = scope.headers
        try:
            body = await _read(headers, exchange)
        except OSError:
            reply = self._broken_off(request_id(headers.get("request-id") or ""))
            exchange.response_bytes(reply.status, reply.headers, reply.body)
            return
        call = self._calls.get((scope.method, scope.path))
        if call is not None and not scope.query_string and _is_ordinary(headers):
            try:
                reply = await call(scope, body or b"{}", request_id(headers.get("request-id") or ""))
            except Exception:
                # The plain path answers, and says what is wrong where something is.
                _log.exception("fault in %s %s", scope.method, scope.path)
        if reply is None:
            reply = await self._ask_plain(scope, body)
        exchange.response_bytes(reply.status, reply.headers, reply.body)

    async def _spend(self, scope: Scope, body: bytes, name: str) -> Reply | None:
        begun, headers = time.perf_counter(), scope.headers
        facts = await self._callers.find(headers.get("authorization") or "", spends.NEED)
        if facts is None:
            return None
        wanted = spends.read(facts, headers.get("refill-account"), headers.get("idempotency-key"), body)
        if wanted is None:
            return None
        try:
            rate_limit = limits.count(facts.key_id) if facts.account_id is not None else None
        except TooMany:
            return None
        said = await spends.spend(self._together, wanted)
        if said is None:
            return None
        self._counts.note(wanted.account_id, facts.key_id, "POST", spends.PATH, 201, begun)
        return self._dresser.dress(201, said, name, rate_limit)

    async def _balance(self, scope: Scope, _: bytes, name: str) -> Reply | None:
        begun, headers = time.perf_counter(), scope.headers
        facts = await self._callers.find(headers.get("authorization") or "", balances.NEED)
        account_id = None if facts is None else account_of(facts, headers.get("refill-account"))
        if facts is None or account_id is None:
            return None
        try:
            rate_limit = limits.count(facts.key_id) if facts.account_id is not None else None
        except TooMany:
            return None
        said = await self._balances.read(account_id, livemode=facts.livemode)
        if said is None:
            return None
        self._counts.note(account_id, facts.key_id, "GET", balances.PATH, 200, begun)
        return self._dresser.dress(200, said, name, rate_limit)

    async def _ask_plain(self, scope: Scope, body: bytes | None) -> Reply:
        # The path comes without its escapes.
        target = quote(scope.path)
        if scope.query_string:
            target += f"?{quote(scope.query_string, safe=string.punctuation)}"
        try:
            return await self._plain.ask(scope.method, target, _all_of(scope.headers), body)
        except Unreachable as fault:
            _log.warning("the plain path does not answer %s %s: %s", scope.method, scope.path, fault)
            return self._busy(request_id(scope.headers.get("request-id") or ""))

    def _busy(self, name: str) -> Reply:
        busy = self._problem(
            503, "busy", "Busy; try again in a moment", "The web is starting or away. Try again.", name
        )
        return Reply(503, [("Retry-After", "1"), *busy.headers], busy.body)

    def _broken_off(self, name: str) -> Reply:
        return self._problem(400, "malformed_body", "The body is not JSON", "The body broke off.", name)

    def _problem(self, status: int, code: str, title: str, detail: str, name: str) -> Reply:
        problem = {
            "type": f"{self._settings.base_url}/problems/{code}", "title": title, "status": status,
            "code": code, "detail": detail, "param": None, "request_id": name,
        }  # fmt: skip
        reply = self._dresser.dress(status, json.dumps(problem).encode(), name, None)
        others = [header for header in reply.headers if header[0] != "Content-Type"]
        return Reply(status, [("Content-Type", "application/problem+json"), *others], reply.body)


async def _read(headers: Any, exchange: Exchange) -> bytes | None:
    """The body; None where it is too large. Raises OSError where it broke off."""
    announced = headers.get("content-length")
    if announced is None and "transfer-encoding" not in headers:
        return None
    try:
        if announced is not None and not (announced.isdigit() and int(announced) <= MAX_BODY_BYTES):
            await _let_it_come(headers, announced, exchange)
            return None
        if announced is not None:
            return await exchange()
        return await _gather(exchange)
    except RuntimeError as fault:
        raise ConnectionError("The body broke off.") from fault


async def _gather(exchange: Exchange) -> bytes:
    """What comes in chunks; where it is too large, a byte too many of it."""
    body, came = bytearray(), 0
    async for part in exchange:
        came += len(part)
        body += part[: MAX_BODY_BYTES + 1 - len(body)]
        if came > MOST_IGNORED_BYTES:
            break
    if not body:
        # What broke off before its first byte cannot be told from nothing.
        raise ConnectionError
    return bytes(body)


async def _let_it_come(headers: Any, announced: str, exchange: Exchange) -> None:
    """Who is still sending would hear no refusal, only a closed connection; who asked first (Expect) hears it."""
    if announced.isdigit() and int(announced) <= MOST_IGNORED_BYTES and "expect" not in headers:
        async for _ in exchange:
            pass


def _is_ordinary(headers: Any) -> bool:
    """What is there twice, or not in ASCII, the plain path must look at."""
    return all(len(headers.get_all(name)) == (name in headers) for name in _LOOKED_AT)


def _all_of(headers: Any) -> Headers:
    """Those that are not in ASCII too, of which no more is known: the plain path refuses them where it reads them."""
    given: Headers = list(headers.items())
    return given + [(name, "\xff") for name in _LOOKED_AT if name in headers and not headers.get_all(name)]
