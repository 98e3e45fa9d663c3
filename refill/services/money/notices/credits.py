"""Mails about credits that run out (RULES §6.1)."""

from __future__ import annotations

from refill.domain.policies import explain
from refill.domain.records import BalanceRead
from refill.domain.warnings import Refilled
from refill.models import Recharge
from refill.services import periods
from refill.services.mail import mails


def low(account_id: int, balance: BalanceRead, refill: Refilled, percent: int) -> None:
    """So few are left of what there was after the last refill; at zero, what can be done about it."""
    current = periods.current_period(account_id)
    version = current.policy if current else periods.latest_policy()
    facts = {
        "available": balance.available, "of": refill.credits, "percent": percent, "resets_at": balance.resets_at,
        "bought": balance.purchased_left,
        "at_zero": explain(periods.policy_of(version), str)["inbound_at_zero"],
        "has_recharge": Recharge.objects.filter(account_id=account_id, enabled=True).exists(),
    }  # fmt: skip
    kind = "credits_low" if balance.available else "credits_out"
    once = f"credits {account_id} {refill.seq} {percent}"
    mails.post(kind=kind, account_id=account_id, at=balance.at, to=None, facts=facts, once=once)
