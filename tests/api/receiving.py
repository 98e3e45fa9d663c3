"""Endpoints on this machine: real servers that keep what they get and answer as told."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from refill.services.developers import delivering
from refill.worker.courier import Courier

Reply = tuple[int, dict[str, str], bytes]
OK: Reply = (200, {}, b"thanks")


@dataclass
class Received:
    headers: dict[str, str]
    body: bytes


@dataclass
class Endpoint:
    """What came, and what is answered: `replies` in turn, then 200."""

    url: str = ""
    got: list[Received] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    gate: threading.Event | None = None


@contextmanager
def endpoint(*replies: Reply) -> Iterator[Endpoint]:
    """A server on a port of its own."""
    made = Endpoint(replies=list(replies))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(made))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    made.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    try:
        yield made
    finally:
        if made.gate is not None:
            made.gate.set()
        server.shutdown()
        server.server_close()


def _handler(made: Endpoint) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if len(body) < int(self.headers["Content-Length"]):
                return  # whoever sent it was killed in the middle
            made.got.append(Received({name.lower(): value for name, value in self.headers.items()}, body))
            if made.gate is not None:
                made.gate.wait(30)
            status, headers, answer = made.replies.pop(0) if made.replies else OK
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def raw_server(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that does as it likes with each connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    over = threading.Event()

    def loop() -> None:
        while not over.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            threading.Thread(target=_serve, args=(serve, connection), daemon=True).start()

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
    finally:
        over.set()
        thread.join()
        listener.close()


def _serve(serve: Callable[[socket.socket], None], connection: socket.socket) -> None:
    with connection, suppress(OSError):
        serve(connection)


def deliver() -> None:
    """Let a courier bring all that is due, until nothing is on its way."""
    courier = Courier(places=8)
    while courier.turn():
        courier.rest()
    courier.end()


def answered(status: int | None, *, retry_after_seconds: int = 0) -> delivering.Answered:
    return delivering.Answered(status, "", 1, retry_after_seconds)
