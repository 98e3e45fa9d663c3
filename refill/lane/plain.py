"""The plain path behind the lane: whatever is not ordinary is asked there, over HTTP, and answered as it answers."""

from __future__ import annotations

import asyncio
import http.client
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from refill.lane.replies import Headers, Reply

AT_ONCE = 32
MAX_SECONDS = 60
TRIES = 3
# They concern one connection, or are written anew by the server that answers.
_OWN = frozenset(
    ("connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "content-length", "expect", "server",
     "date")
)  # fmt: skip


class Unreachable(ConnectionError):
    """The plain path does not answer; whether it acted nobody knows."""


class Plain:
    """Calls on kept connections, one for each thread."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="plain")
        self._kept = threading.local()

    async def ask(self, method: str, target: str, headers: Headers, body: bytes | None) -> Reply:
        """The plain path's answer. `body` None: it was not read, and none must be needed. Raises Unreachable."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, method, target, headers, body)

    def _ask(self, method: str, target: str, headers: Headers, body: bytes | None) -> Reply:
        # What happens once by its key, or is a read, may be asked again where the connection ended in the middle.
        is_repeatable = method == "GET" or any(name.lower() == "idempotency-key" for name, _ in headers)
        for tries_left in reversed(range(TRIES if is_repeatable else 1)):
            link: http.client.HTTPConnection | None = getattr(self._kept, "link", None)
            if link is None or not is_repeatable:
                link = self._kept.link = http.client.HTTPConnection(self._host, self._port, timeout=MAX_SECONDS)
            try:
                return self._send(link, method, target, headers, body)
            except (OSError, http.client.HTTPException) as fault:
                self._kept.link = None
                link.close()
                if not tries_left:
                    raise Unreachable(str(fault)) from fault
        raise AssertionError("the last try answers or raises")

    def _send(
        self, link: http.client.HTTPConnection, method: str, target: str, headers: Headers, body: bytes | None
    ) -> Reply:
        link.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in headers:
            if name.lower() not in _OWN:
                link.putheader(name, value)
        announced = next((value for name, value in headers if name.lower() == "content-length"), None)
        if body is not None:
            announced = str(len(body))
        if announced is not None:
            link.putheader("Content-Length", announced)
            if body is None:
                # It will not come, so nobody must wait for it.
                link.putheader("Expect", "100-continue")
        link.endheaders(body or None)
        answer = link.getresponse()
        reply = Reply(answer.status, _passed_on(answer.getheaders()), answer.read())
        if body is None:
            link.close()
        return reply


def _passed_on(headers: Sequence[tuple[str, str]]) -> Headers:
    return [(name, value) for name, value in headers if name.lower() not in _OWN]
