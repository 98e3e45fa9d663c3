"""HTTP load: keep-alive connections in one loop over epoll, which costs little of the processor it shares."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Iterator

from bench.pgbench import Sample
from refill.cli.places import StartRefused

SILENT_SECONDS = 30
_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_LAST_CHUNK = b"0\r\n\r\n"


def request(method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    """The bytes of one request."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + _END + body


def _is_whole(answer: bytes) -> bool:
    ends = answer.find(_END)
    if ends < 0:
        return False
    body = len(answer) - ends - len(_END)
    at = answer.find(_LENGTH, 0, ends)
    if at < 0:
        at = answer[:ends].lower().find(_LENGTH)
    if at < 0:
        return answer.endswith(_LAST_CHUNK)
    return body >= int(answer[at + len(_LENGTH) : answer.index(b"\r", at)])


def run(port: int, clients: int, seconds: float, requests: Iterator[bytes], created: Callable[[bytes], bool]) -> Sample:
    """Keep every connection busy for so long. StartRefused with the answer where one is not as it should be."""
    poll = select.epoll()
    links: dict[int, socket.socket] = {}
    sent_at: dict[int, float] = {}
    partial: dict[int, bytes] = {}
    latencies: list[float] = []
    try:
        for _ in range(clients):
            link = socket.create_connection(("127.0.0.1", port), timeout=SILENT_SECONDS)
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            links[link.fileno()] = link
            poll.register(link.fileno(), select.EPOLLIN)
        began = time.perf_counter()
        for number, link in links.items():
            sent_at[number] = time.perf_counter()
            link.sendall(next(requests))
        while sent_at:
            ready = poll.poll(SILENT_SECONDS)
            if not ready:
                raise StartRefused(f"The web did not answer within {SILENT_SECONDS} s.")
            for number, _ in ready:
                answer = partial.pop(number, b"") + links[number].recv(1 << 20)
                if answer and not _is_whole(answer):
                    partial[number] = answer
                    continue
                if not created(answer):
                    raise StartRefused(f"The web answered: {answer[:600].decode(errors='replace') or 'nothing'}")
                now = time.perf_counter()
                latencies.append((now - sent_at.pop(number)) * 1_000)
                if now - began < seconds:
                    sent_at[number] = now
                    links[number].sendall(next(requests))
        took = time.perf_counter() - began
    finally:
        poll.close()
        for link in links.values():
            link.close()
    return Sample(len(latencies) / took, len(latencies), latencies)


def is_well(answer: bytes) -> bool:
    return answer.startswith(b"HTTP/1.1 2")


def is_created(answer: bytes) -> bool:
    return answer.startswith(b"HTTP/1.1 201")
