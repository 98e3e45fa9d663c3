"""The request log: kept in this process's memory, written in bunches by a thread beside the calls.

A call that went well is counted where it is hot, or asked again and again to see what is new: one row a minute for each
key, address and status. All others have a row each. So
no call waits for its log, and a process that is killed loses the last seconds of it, and at most a minute of counts.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
import structlog
from django.db import connection

from refill.api.callers import ApiRequest
from refill.api.hot import HOT
from refill.api.wire import Reply
from refill.domain.card_numbers import without_card_numbers
from refill.domain.records import LoggedCall
from refill.domain.redaction import redact
from refill.gateways import clock
from refill.services.developers import request_log

FLUSH_SECONDS, COUNT_SECONDS = 2.0, 60.0
MOST_WAITING, MOST_COUNTED = 5_000, 10_000
MOST_BYTES = 8_192
POLLED = ("/v1/events", "/v1/requests")
log = structlog.get_logger("refill.api")


@dataclass(slots=True)
class _Raw:
    call: LoggedCall
    sent: bytes | str
    answered: bytes | str


@dataclass(slots=True)
class _Count:
    """Calls of one key to one address with one status: when the latest was, and how long the slowest took."""

    latest: datetime
    calls: int = 0
    milliseconds: int = 0


_waiting: deque[_Raw] = deque(maxlen=MOST_WAITING)
_counted: dict[tuple[int, int, str, str, int], _Count] = {}
_lock = threading.Lock()
_counted_since = time.monotonic()


def note(request: ApiRequest, response: Reply, begun: float) -> None:
    """Remember one call of an account; `begun` is when, by time.perf_counter."""
    caller, facts = getattr(request, "caller", None), getattr(request, "key_facts", None)
    account_id = caller.account_id if caller is not None else facts.account_id if facts is not None else None
    if account_id is None or facts is None:
        return
    path, method, status = request.path_info, request.method or "", response.status_code
    milliseconds = int((time.perf_counter() - begun) * 1_000)
    if status < 300 and (method in HOT.get(path, ()) or path in POLLED):
        _count((account_id, facts.key_id, method, path, status), milliseconds)
        return
    call = LoggedCall(
        account_id, facts.key_id, clock.now(), method, _kept(path), status, milliseconds, request_id=request.request_id
    )
    _waiting.append(_Raw(call, _short(_body(request)), _short(response.content)))


def _count(mark: tuple[int, int, str, str, int], milliseconds: int) -> None:
    now = clock.now()
    with _lock:
        count = _counted.get(mark)
        if count is None:
            if len(_counted) >= MOST_COUNTED:
                return
            count = _counted[mark] = _Count(now)
        count.calls, count.latest = count.calls + 1, now
        if milliseconds > count.milliseconds:
            count.milliseconds = milliseconds


def _body(request: ApiRequest) -> bytes:
    """The body where it has been read; nobody reads it for the log."""
    found = request.__dict__.get("_body", request.__dict__.get("body", b""))
    return found if isinstance(found, bytes) else b""


def _kept(path: str) -> str:
    """An address as far as it is kept; a database takes no NUL."""
    return without_card_numbers(path[:200]).replace("\0", "\ufffd")[:200]


def _short(body: bytes) -> bytes | str:
    """The body, or its length in its place: a long one is not kept in memory."""
    return body if len(body) <= MOST_BYTES else f"[{len(body)} bytes]"


def flush(*, counts: bool = True) -> int:
    """Write what has come together; return how many rows."""
    global _counted, _counted_since
    rows: list[LoggedCall] = []
    while _waiting:
        rows.append(_shown(_waiting.popleft()))
    if counts or time.monotonic() - _counted_since >= COUNT_SECONDS:
        with _lock:
            taken, _counted, _counted_since = _counted, {}, time.monotonic()
        rows += [_counted_call(mark, count) for mark, count in taken.items()]
    if rows:
        request_log.keep(rows)
    return len(rows)


def _counted_call(mark: tuple[int, int, str, str, int], count: _Count) -> LoggedCall:
    account_id, key_id, method, path, status = mark
    return LoggedCall(account_id, key_id, count.latest, method, path, status, count.milliseconds, calls=count.calls)


def _shown(raw: _Raw) -> LoggedCall:
    answered = _redacted(raw.answered)
    code = str(answered.get("code", "")) if raw.call.status >= 400 and isinstance(answered, dict) else ""
    return replace(raw.call, code=code[:40], sent=_redacted(raw.sent), answered=answered)


def _redacted(body: bytes | str) -> Any:
    if not body:
        return None
    if isinstance(body, str):
        return body
    try:
        return redact(msgspec.json.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return f"[{len(body)} bytes, not JSON]"


def start() -> None:
    """Write from now on, in a thread of this process, until it ends."""
    atexit.register(flush)
    threading.Thread(target=_run, name="request-log", daemon=True).start()


def _run() -> None:
    while True:
        clock.pause(FLUSH_SECONDS)
        try:
            flush(counts=False)
        except Exception:
            log.exception("request_log_failed")
        finally:
            # A connection for a moment every two seconds is cheaper than one more that is kept.
            connection.close()
