"""How webhooks are signed and tried again, by the Standard Webhooks specification."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Sequence

SECRET_PREFIX = "whsec_"  # noqa: S105
SECRET_BYTES = 32
# Seconds from one try to the next: ten tries in three days.
WAITS: tuple[int, ...] = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 64_800, 80_000)
# How long an endpoint that fails is left alone, whatever is due there, after so many failures in a row.
PAUSES: tuple[int, ...] = (1, 5, 30, 120, 300, 600)
MOST_ASKED_SECONDS = 3_600


def sign(secrets: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """The header webhook-signature: one signature for each secret that is valid now, parted by spaces."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    marks = (hmac.new(secret, signed, hashlib.sha256).digest() for secret in secrets)
    return " ".join(f"v1,{b64encode(mark).decode()}" for mark in marks)


def show_secret(secret: bytes) -> str:
    """A secret as its receiver keeps it."""
    return SECRET_PREFIX + b64encode(secret).decode()


def wait_seconds(tries: int, thousandths: int, asked_seconds: int = 0) -> int | None:
    """Seconds until the next try after `tries` tries, or None when that was the last.

    `thousandths` (0 to 999) is the jitter: up to a tenth sooner or later. The receiver may ask for up to an hour.
    """
    if tries > len(WAITS):
        return None
    base = WAITS[tries - 1]
    jittered = base + base * (2 * thousandths - 999) // 9_990
    return max(1, jittered, min(asked_seconds, MOST_ASKED_SECONDS))


def pause_seconds(failures: int) -> int:
    """For how many seconds an endpoint is left alone after so many failures in a row, at least one."""
    return PAUSES[min(failures, len(PAUSES)) - 1]
