"""Bodies that come in chunks. Nobody after us reads what was not announced, so they are read here and announced."""

from __future__ import annotations

from io import BytesIO
from typing import Protocol
from wsgiref.types import WSGIEnvironment

# How much is kept, which is a byte more than any call takes, and how much is heard.
MOST_KEPT_BYTES = 8 * 1024 * 1024 + 1
MOST_HEARD_BYTES = 32 * 1024 * 1024
_AT_ONCE = 65_536


class Stream(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


def announce(environ: WSGIEnvironment) -> None:
    """Where nothing came, perhaps it broke off: a byte that is not there is announced, and the API refuses."""
    if "HTTP_TRANSFER_ENCODING" in environ and not environ.get("CONTENT_LENGTH"):
        body = _gather(environ["wsgi.input"])
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(body), str(len(body) or 1)


def _gather(stream: Stream) -> bytes:
    body, came = bytearray(), 0
    while came <= MOST_HEARD_BYTES and (part := stream.read(_AT_ONCE)):
        came += len(part)
        body += part[: MOST_KEPT_BYTES - len(body)]
    return bytes(body)
