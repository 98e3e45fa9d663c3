"""One POST to somebody's endpoint: to the address that was checked, no further, bounded in time and in size."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpcore
import httpx

from refill.gateways.addresses import AddressRefused, look_up
from refill.gateways.cards import refuse_inside_transaction

SECONDS = 15
MOST_ANSWER_BYTES = 16_384
SHOWN_CHARACTERS = 1_000


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back: a status, or the words of what went wrong instead."""

    status: int | None
    words: str
    milliseconds: int
    retry_after_seconds: int = 0

    @property
    def is_delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class _Bounded(httpcore.NetworkStream):
    """A stream with one deadline for all that is read and written, however slowly it drips."""

    def __init__(self, stream: httpcore.NetworkStream, until: float) -> None:
        self._stream, self._until = stream, until

    def _left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Bounded(self._stream.start_tls(ssl_context, server_hostname, self._left()), self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Pinned(httpcore.NetworkBackend):
    """Connects to the address that the look-up allowed: there is no second look-up that could answer otherwise."""

    def __init__(self, until: float) -> None:
        self._until = until

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:  # fmt: skip
        address, left = look_up(host, port), max(0.1, self._until - time.monotonic())
        made = httpcore.SyncBackend().connect_tcp(address, port, left, local_address, socket_options)
        return _Bounded(made, self._until)


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def post(url: str, *, headers: dict[str, str], body: bytes, seconds: int = SECONDS) -> Answered:
    """Send it once and return what came back; never raises for what the other side does. Redirects are not followed."""
    refuse_inside_transaction()
    begun = time.monotonic()
    pool = httpcore.ConnectionPool(ssl_context=_tls(), network_backend=_Pinned(begun + seconds))
    status, words, asked = None, "", 0
    try:
        with pool, pool.stream("POST", url, headers=list(headers.items()), content=body) as answer:
            status, words, asked = answer.status, _beginning(answer), _retry_after(answer.headers)
    except AddressRefused as refused:
        words = str(refused)
    except httpcore.TimeoutException:
        words = words or f"No whole answer within {seconds} seconds."
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError, ValueError) as fault:
        words = words or f"{type(fault).__name__}: {fault}"[:SHOWN_CHARACTERS]
    if status is not None and 300 <= status < 400:
        words = f"Redirects are not followed. {words}"[:SHOWN_CHARACTERS]
    return Answered(status, words.replace("\0", "�"), int((time.monotonic() - begun) * 1_000), asked)


def _beginning(answer: httpcore.Response) -> str:
    """The first part of the answer. A status that has come counts, whatever becomes of the rest."""
    read = bytearray()
    try:
        for piece in answer.iter_stream():
            read += piece
            if len(read) >= MOST_ANSWER_BYTES:
                break
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
        pass
    return bytes(read[:MOST_ANSWER_BYTES]).decode(errors="replace")[:SHOWN_CHARACTERS]


def _retry_after(headers: list[tuple[bytes, bytes]]) -> int:
    given = next((value for name, value in headers if name.lower() == b"retry-after"), b"")
    return int(given) if given.isdigit() and len(given) < 6 else 0
