"""Decisions of auto-recharge: a row for each reason, and word to those who listen (RULES §5.4, §5.8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from refill.domain.recharge import Decision
from refill.models import Recharge, RechargeDecision
from refill.services.money.notices.recharges import capped
from refill.services.recording import emit

MOST_MINOR = 2**63 - 1
CAPS = {"day_cap": "day", "month_cap": "month", "gap_above_month_cap": "month"}
MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class Cause:
    """What made us look at the balance. `entry_seq`: the debit's ledger entry, where there is one."""

    word: str
    said: str
    required: int | None = None
    entry_seq: int | None = None


def note(
    settings: Recharge, now: datetime, available: int, decision: Decision, cause: Cause, *, reason: str = "",
    order_id: int | None = None, until: datetime | None = None,
) -> None:  # fmt: skip
    """Write a decision, unless the last one said the same; what fired is written each time."""
    word, until = reason or decision.reason, until or decision.until
    if word == settings.reason and until == settings.reason_until and order_id is None:
        return
    RechargeDecision.objects.create(
        account_id=settings.account_id, at=now, reason=word, cause=cause.word, entry_seq=cause.entry_seq,
        available=available, threshold=settings.threshold, required=cause.required, gap=max(0, decision.gap),
        packs=decision.packs, amount_minor=min(decision.total_minor, MOST_MINOR), currency=settings.pack.currency,
        order_id=order_id, until=until,
    )  # fmt: skip
    settings.reason, settings.reason_until = word, until


def tell_cap(settings: Recharge, now: datetime, decision: Decision, ends_at: datetime, available: int) -> None:
    """Say once for each day or month, and each height of the cap, that it keeps a recharge from being made."""
    cap = CAPS[decision.reason]
    height = settings.max_per_day if cap == "day" else settings.max_per_month_minor
    mark = f"{decision.reason} {height} {ends_at.isoformat()}"
    if mark in settings.told:
        return
    settings.told = [*settings.told, mark][-MOST_TOLD:]
    emit(settings.account_id, now, "auto_recharge.capped", **_cap_facts(settings, cap, decision, ends_at))
    capped(settings, now, decision, cap, ends_at, available)


def _cap_facts(settings: Recharge, cap: str, decision: Decision, ends_at: datetime) -> dict[str, Any]:
    facts: dict[str, Any] = {"cap": cap, "reason": decision.reason, "until": ends_at.isoformat().replace("+00:00", "Z")}
    if cap == "day":
        return facts | {"max_per_day": settings.max_per_day}
    return facts | {
        "max_per_month_minor": settings.max_per_month_minor, "needed_minor": decision.total_minor,
        "currency": settings.pack.currency,
    }  # fmt: skip
