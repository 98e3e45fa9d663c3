"""The request log: written in bunches, forgotten after 30 days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta

from refill.domain.records import LoggedCall
from refill.gateways import clock
from refill.models import ApiRequest

KEPT = timedelta(days=30)
FORGOTTEN_AT_ONCE = 20_000


def keep(rows: Sequence[LoggedCall]) -> None:
    """Write calls of one process, in the order in which they came."""
    ApiRequest.objects.bulk_create((ApiRequest(**asdict(row)) for row in rows), batch_size=500)


def forget_old() -> int:
    """Drop calls older than 30 days, some at a time; return how many."""
    old = ApiRequest.objects.filter(at__lt=clock.now() - KEPT).order_by("at")
    return ApiRequest.objects.filter(pk__in=old.values("pk")[:FORGOTTEN_AT_ONCE]).delete()[0]
