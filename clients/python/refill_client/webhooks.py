"""Webhooks by the Standard Webhooks specification: is this delivery from Refill, and from now?"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any, TypedDict


class WebhookEvent(TypedDict):
    """What a delivery says."""

    type: str
    timestamp: str
    id: str
    account: str
    data: dict[str, Any]


class SignatureRefused(Exception):
    """The delivery was not signed with this secret, or is too old; answer 400 and do nothing."""


def verify(
    secret: str,
    headers: Mapping[str, str],
    body: bytes | str,
    *,
    tolerance_seconds: int = 300,
    now: float | None = None,
) -> WebhookEvent:
    """The event of a delivery. `secret` is `whsec_…`; `headers` are those of the request, in any case.

    Raises SignatureRefused. An event may come twice: keep its `id`.
    """
    sent = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, stamp, marks = (sent[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
        at = int(stamp)
        key = b64decode(secret.removeprefix("whsec_"), validate=True)
    except (KeyError, ValueError) as fault:
        raise SignatureRefused("a header is missing, or the secret is not one of ours") from fault
    if abs((time.time() if now is None else now) - at) > tolerance_seconds:
        raise SignatureRefused("the delivery is too old, or from the future")
    raw = body.encode() if isinstance(body, str) else body
    expected = b64encode(hmac.new(key, f"{message_id}.{at}.".encode() + raw, hashlib.sha256).digest())
    given = [mark.partition(",")[2].encode() for mark in marks.split(" ") if mark.startswith("v1,")]
    # All are compared, so that the time taken says nothing.
    if sum(hmac.compare_digest(expected, mark) for mark in given) == 0:
        raise SignatureRefused("no signature fits")
    event: WebhookEvent = json.loads(raw)
    return event
