"""Events and their signatures."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

SECRET = "whsec_for_tests_only"


def signed(event: dict[str, Any], *, secret: str = SECRET, age_seconds: int = 0) -> tuple[bytes, str]:
    """The body and the Stripe-Signature header."""
    body = json.dumps(event).encode()
    at = int(time.time()) - age_seconds
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return body, f"t={at},v1={digest}"
