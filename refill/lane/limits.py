"""How many calls an account key may make. Counted in this process's memory; platform keys have no limit."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from refill.domain.errors import TooMany

CALLS = 6000
WINDOW_SECONDS = 60
POLICY = f'"calls";q={CALLS};w={WINDOW_SECONDS}'
_MOST_KEYS = 100_000


@dataclass(slots=True)
class _Window:
    started: float
    used: int = 0


_windows: dict[int, _Window] = {}
_lock = threading.Lock()


def count(key_id: int) -> str:
    """Count one call of a key and return its RateLimit header. Raises TooMany with retry_after_seconds."""
    now = time.monotonic()
    with _lock:
        if len(_windows) > _MOST_KEYS:
            _windows.clear()
        window = _windows.get(key_id)
        if window is None or now - window.started >= WINDOW_SECONDS:
            window = _windows[key_id] = _Window(now)
        window.used += 1
        left, seconds = CALLS - window.used, WINDOW_SECONDS - int(now - window.started)
    if left < 0:
        raise TooMany(f"At most {CALLS} calls in {WINDOW_SECONDS} seconds.", retry_after_seconds=seconds)
    return f'"calls";r={left};t={seconds}'
