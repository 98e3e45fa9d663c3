"""Mails about a dispute: the bank took the money back; the payment stands after all. Lost, the credit note says it."""

from __future__ import annotations

from datetime import datetime

from refill.ledger import balances
from refill.models import Dispute, Order
from refill.services.mail import mails
from refill.services.money.notices.facts import what_of


def opened(dispute: Dispute, order: Order, now: datetime) -> None:
    """What was set aside, and what is owed."""
    taken, owed = (sum(row[name] for row in dispute.grants) for name in ("taken", "owed"))
    _post("dispute_opened", dispute, order, now, {"taken": taken, "owed": owed})


def won(dispute: Dispute, order: Order, now: datetime) -> None:
    """Everything is as before."""
    _post("dispute_won", dispute, order, now, {})


def _post(kind: str, dispute: Dispute, order: Order, now: datetime, facts: dict[str, int]) -> None:
    available = balances.enter(dispute.account_id)[0].available
    shared = {
        "what": what_of(order), "total_minor": dispute.amount_minor, "currency": dispute.currency,
        "available": available,
    }  # fmt: skip
    mails.post(
        kind=kind, account_id=dispute.account_id, at=now, to=None, facts=shared | facts, once=f"{kind} {dispute.pk}"
    )
