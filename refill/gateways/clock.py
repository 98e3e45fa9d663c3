"""The system's clock: the one place that reads it. Accounts' own time comes from the database, after their lock."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Return the real instant, UTC. For leases, sign-ins, limits and kept answers."""
    return datetime.now(UTC)


def pause(seconds: float) -> None:
    """Let real time pass."""
    time.sleep(seconds)
