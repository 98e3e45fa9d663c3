"""The name that one request has in answers and logs."""

from __future__ import annotations

import re
import secrets

from refill.domain import ids

_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")


def request_id(given: str) -> str:
    """The caller's own, where it is 8 to 64 plain characters; otherwise a new one."""
    return given if _GIVEN.fullmatch(given) else ids.encode("req", secrets.randbits(63))
