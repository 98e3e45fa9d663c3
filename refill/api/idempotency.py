"""One request, once: the Idempotency-Key header, what it is compared by, and kept answers.

Spends and holds carry their key in the ledger; all other POSTs keep their answer by services.answers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from refill.api.access import KeyRule
from refill.api.callers import Caller
from refill.api.wire import Reply
from refill.domain import ids
from refill.domain.errors import IdempotencyKeyMissing
from refill.domain.records import Kept
from refill.lane.keys import fingerprint, plain_key
from refill.services.developers import answers
from refill.services.recording import request_under_way

HEADER = "Idempotency-Key"


def read_key(request: HttpRequest, rule: KeyRule) -> str | None:
    """The key of a POST, quoted or not. Raises IdempotencyKeyMissing where one is required, Invalid for a bad one."""
    if rule == "none":
        return None
    written = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if written is None:
        if rule == "required":
            raise IdempotencyKeyMissing(f"Send an {HEADER} header: a retry must not happen twice.", param=HEADER)
        return None
    return plain_key(written, HEADER)


def scope_of(caller: Caller) -> str:
    """Keys are told apart by account; without one, by the platform key that acts."""
    if caller.account_id is not None:
        return ids.encode("acc", caller.account_id)
    return ids.encode("key", caller.key_id)


def once(
    request: HttpRequest, caller: Caller, key: str | None, body: Any, act: Callable[[], Reply],
    show: Callable[[int], Reply] | None = None, *, secret: bool = False,
) -> Reply:  # fmt: skip
    """Act, or give the kept answer again, which is kept encrypted if `secret`. A refusal or fault frees the key.

    `show` answers with what the same request made when its process died before the answer was kept.

    Raises IdempotencyMismatch, IdempotencyInFlight, and whatever `act` raises.
    """
    if key is None:
        return act()
    scope = scope_of(caller)
    mark = fingerprint(request.method or "", request.path_info, body)
    kept = answers.begin(scope=scope, key=key, fingerprint=mark)
    if isinstance(kept, Kept):
        response: Reply = HttpResponse(kept.body, status=kept.status, content_type=kept.content_type)
        response["Idempotent-Replayed"] = "true"
        return response
    try:
        with request_under_way(scope, key):
            response = act() if kept.made is None or show is None else show(kept.made)
    except BaseException:
        answers.free(scope=scope, key=key)
        raise
    answers.keep(
        scope=scope, key=key, status=response.status_code, body=response.content,
        content_type=response["Content-Type"], secret=secret,
    )  # fmt: skip
    return response
