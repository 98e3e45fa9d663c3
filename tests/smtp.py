"""A mail server of the tests' own: it keeps what it took, and plays the faults that it is told to."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage


class Postbox(socketserver.ThreadingTCPServer):
    """`refused` are addresses it answers 550 to, `later` 451; with `silent` it takes a mail and hangs up unanswered.
    `greeting` is its first line, `to_sender` what it says of who sends."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.taken: list[EmailMessage] = []
        self.refused: set[str] = set()
        self.later: set[str] = set()
        self.silent = 0
        self.greeting = "220 postbox"
        self.to_sender = "250 ok"

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Session(socketserver.StreamRequestHandler):
    server: Postbox

    def handle(self) -> None:
        self._say(self.server.greeting)
        while line := self.rfile.readline():
            word = line.decode().strip()
            if word.upper().startswith("MAIL FROM:"):
                self._say(self.server.to_sender)
            elif word.upper().startswith("RCPT TO:"):
                self._say(self._to(word[8:].strip(" <>")))
            elif word.upper() == "DATA":
                self._say("354 go on")
                if not self._take():
                    return
            elif word.upper() == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 postbox")

    def _to(self, address: str) -> str:
        if address in self.server.refused:
            return "550 nobody of that name"
        return "451 later" if address in self.server.later else "250 ok"

    def _take(self) -> bool:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        message = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.server.taken.append(message)
        if self.server.silent:
            self.server.silent -= 1
            return False
        self._say("250 taken")
        return True

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@contextmanager
def postbox() -> Iterator[Postbox]:
    server = Postbox()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
