"""The lane's door, as granian's RSGI calls it."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from refill.domain.errors import TooMany
from refill.lane import balances, limits, spends
from refill.lane.balances import Balances
from refill.lane.callers import Callers, account_of
from refill.lane.connections import Wire
from refill.lane.counts import Counts
from refill.lane.naming import request_id
from refill.lane.plain import Plain, Unreachable
from refill.lane.replies import Dresser, Reply
from refill.lane.together import Together

MAX_BODY_BYTES = 8 * 1024 * 1024
# More of them make smaller transactions: slower, measured with 1, 2 and 4.
SWIFT_CONNECTIONS = 1
PATIENT_CONNECTIONS = 4
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
        announced = headers.get("content-length")
        body = await exchange() if announced and announced.isdigit() and int(announced) <= MAX_BODY_BYTES else None
        call = self._calls.get((scope.method, scope.path))
        if call is not None and not scope.query_string:
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
        target = f"{scope.path}?{scope.query_string}" if scope.query_string else scope.path
        try:
            return await self._plain.ask(scope.method, target, list(scope.headers.items()), body)
        except Unreachable as fault:
            _log.warning("the plain path does not answer %s %s: %s", scope.method, scope.path, fault)
            return self._busy(request_id(scope.headers.get("request-id") or ""))

    def _busy(self, name: str) -> Reply:
        problem = {
            "type": f"{self._settings.base_url}/problems/busy", "title": "Busy; try again in a moment", "status": 503,
            "code": "busy", "detail": "The web is starting or away. Try again.", "param": None, "request_id": name,
        }  # fmt: skip
        reply = self._dresser.dress(503, json.dumps(problem).encode(), name, None)
        others = [header for header in reply.headers if header[0] != "Content-Type"]
        return Reply(503, [("Content-Type", "application/problem+json"), ("Retry-After", "1"), *others], reply.body)
