"""Test clocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from refill.domain.errors import Unknown
from refill.models import TestClock


@dataclass(frozen=True, slots=True)
class ClockRow:
    id: int
    now: datetime
    running: bool


def get(clock_id: int) -> ClockRow:
    """One clock and its instant now. Raises Unknown."""
    running = TestClock.objects.filter(pk=clock_id).values_list("running", flat=True).first()
    if running is None:
        raise Unknown("There is no such test clock.")
    with connection.cursor() as cursor:
        cursor.execute("select clock_instant(%s)", [clock_id])
        (now,) = cursor.fetchone()
    return ClockRow(clock_id, now, running)
