"""What no client library sends, at both doors as granian serves them: the same answers, no 5xx, nobody kept waiting."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from tests.faults.test_kills import KEY, headers
from tests.faults.test_kills_alone import Parts, open_account, parts, spend

pytestmark = pytest.mark.no_database
__all__ = ["parts"]
SPEND = b'{"credits":1,"kind":"text"}'
MB = 1024 * 1024
BROKEN, LARGE, INVALID = "400 malformed_body", "413 body_too_large", "422 invalid_request"
ESTIMATE, CHUNKED = "POST /v1/messages/estimate", "Transfer-Encoding: chunked"
MANY = "&".join(f"a{at}=1" for at in range(2_000))


@pytest.fixture(scope="module")
def account(parts: Parts) -> str:
    return open_account(parts.doors[0], "raw", 1_000_000)


def call(
    start: str, *lines: str, body: bytes = b"", length: int | None = None, account: str = "ACCOUNT", key: str = "KEY",
    last: bool = True,
) -> bytes:  # fmt: skip
    """One request; ACCOUNT and KEY stand for what the test fills in."""
    announced = len(body) if length is None else length
    given = [f"{start} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {KEY}", f"Refill-Account: {account}"]
    given += [f"Idempotency-Key: {key}", *([f"Content-Length: {announced}"] if announced else []), *lines]
    given += ["Connection: close" if last else "X-More: yes", "", ""]
    return "\r\n".join(given).encode("latin-1") + body


def chunked(body: bytes) -> bytes:
    parts = [body[at : at + 65_536] for at in range(0, len(body), 65_536)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in [*parts, b""])


def text(size: int) -> bytes:
    return b'{"credits":1,"kind":"text","reference":"%s"}' % (b"x" * size)


CASES = {
    "as it should be": (call("POST /v1/usage", body=SPEND), "201"),
    "two at once": (call("POST /v1/usage", body=SPEND, last=False) + call("GET /v1/balance"), "201 200"),
    "half a body": (call("POST /v1/usage", body=SPEND, length=500), BROKEN),
    "half a body elsewhere": (call(ESTIMATE, body=b'{"body":"a"}', length=99), BROKEN),
    "less announced than sent": (call("POST /v1/usage", body=SPEND, length=5), BROKEN),
    "two lengths": (call("POST /v1/usage", "Content-Length: 3", body=SPEND), "400"),
    "in chunks": (call("POST /v1/usage", CHUNKED) + chunked(SPEND), "201"),
    "in chunks elsewhere": (
        call(ESTIMATE, CHUNKED) + chunked(b'{"body":"hello"}'), "200"
    ),
    "no chunk": (call("POST /v1/usage", CHUNKED) + b"0\r\n\r\n", BROKEN),
    "half a chunk": (call("POST /v1/usage", CHUNKED) + b'1b\r\n{"credits":1,', BROKEN),
    "broken chunks": (call("POST /v1/usage", CHUNKED) + b"zz\r\n", BROKEN),
    "10 MB": (call("POST /v1/usage", body=text(10 * MB)), LARGE),
    "10 MB elsewhere": (call(ESTIMATE, body=text(10 * MB)), LARGE),
    "10 MB in chunks": (call("POST /v1/usage", CHUNKED) + chunked(text(10 * MB)), LARGE),
    "more than can be": (call("POST /v1/usage", length=10**12), LARGE),
    "two keys": (call("GET /v1/balance", "Authorization: Bearer rf_test_x"), "401 unauthenticated"),
    "two accounts": (call("GET /v1/balance", "Refill-Account: acc_1"), "404 not_found"),
    "an account not in ASCII": (call("GET /v1/balance", account="acc_\xff"), "404 not_found"),
    "a key not in ASCII": (call("POST /v1/usage", body=SPEND, key="\xff"), INVALID),
    "NUL in the path": (call("GET /v1/messages/msg_%00"), "404 not_found"),
    "no UTF-8 in the path": (call("GET /v1/messages/%ff%fe"), "404 not_found"),
    "escapes in the path": (call("GET /v1/messages/%3Fa=%25"), "404 not_found"),
    "raw UTF-8": (call("GET /v1/ledger?kind=\xc3\xa9"), INVALID),
    "very many parameters": (call(f"GET /v1/ledger?{MANY}"), INVALID),
    "deep JSON": (call("POST /v1/usage", body=b"[" * 100_000 + b"]" * 100_000), BROKEN),
    "OPTIONS": (call("OPTIONS /v1/usage"), "405 method_not_allowed"),
    "huge headers": (call("GET /v1/balance", f"X-Big: {'y' * MB}"), "431"),
    "garbage": (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", "400"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_both_doors_say_the_same(name: str, parts: Parts, account: str) -> None:
    sent, said = CASES[name]
    for door, port in parts.ports.items():
        asked = sent.replace(b"ACCOUNT", account.encode()).replace(b"KEY", f"{name} {door}".encode())
        heard = ask(port, asked, breaks_off="half" in name or "broken" in name)
        codes = re.findall(rb'"code": ?"([a-z_]+)"', heard)
        assert b" ".join([*re.findall(rb"HTTP/1.1 (\d+) ", heard), *codes]).decode() == said, door


def ask(port: int, sent: bytes, *, breaks_off: bool) -> bytes:
    """Send all of it, or say that no more comes, and hear all of the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(sent)
        if breaks_off:
            connection.shutdown(socket.SHUT_WR)
        heard = b""
        while part := connection.recv(65_536):
            heard += part
        return heard


@contextmanager
def waiting(port: int, number: int, sent: bytes) -> Iterator[None]:
    """So many connections that have sent this, and then nothing."""
    with ExitStack() as kept:
        for _ in range(number):
            connection = kept.enter_context(socket.create_connection(("127.0.0.1", port)))
            connection.sendall(sent)
        yield


HALF_HEAD, HALF_BODY = b"POST /v1/usage HTTP/1.1\r\nHost: x\r\n", call("POST /v1/usage", body=b"{", length=99)


@pytest.mark.parametrize(
    ("door", "number", "sent"),
    [
        ("web", 400, b""),
        ("web", 100, HALF_HEAD),
        ("lane", 400, b""),
        ("lane", 100, HALF_HEAD),
        ("lane", 100, HALF_BODY),
    ],
    ids=["web: idle", "web: half a head", "lane: idle", "lane: half a head", "lane: half a body"],
)
def test_who_sends_nothing_more_keeps_nobody_else(
    door: str, number: int, sent: bytes, parts: Parts, account: str
) -> None:
    url = f"http://127.0.0.1:{parts.ports[door]}/v1"
    with (
        waiting(parts.ports[door], number, sent.replace(b"ACCOUNT", account.encode())),
        httpx.Client(timeout=30) as client,
    ):
        for at in range(5):
            assert client.get(f"{url}/balance", headers=headers("", account)).status_code == 200
            assert spend(client, url, account, f"beside {door} {number} {len(sent)} {at}")[0] == 201
