"""Mails about credits that run out, or are there again (RULES §6.1)."""

from __future__ import annotations

from datetime import datetime

from refill.domain.policies import explain
from refill.domain.records import BalanceRead
from refill.domain.warnings import Refilled
from refill.models import Grant, Period, Recharge
from refill.services import periods
from refill.services.mail import mails
from refill.services.money.situations import price_facts


def low(account_id: int, balance: BalanceRead, refill: Refilled, percent: int) -> None:
    """So few are left of what there was after the last refill; at zero, what can be done about it."""
    facts = {
        "available": balance.available, "of": refill.credits, "percent": percent, "resets_at": balance.resets_at,
        "bought": balance.purchased_left,
        "at_zero": explain(periods.policy_in_force(account_id), str)["inbound_at_zero"],
        "has_recharge": Recharge.objects.filter(account_id=account_id, enabled=True).exists(),
    }  # fmt: skip
    kind = "credits_low" if balance.available else "credits_out"
    once = f"credits {account_id} {refill.seq} {percent}"
    mails.post(kind=kind, account_id=account_id, at=balance.at, to=None, facts=facts, once=once)


def refilled(period: Period, balance: BalanceRead) -> None:
    """A period has begun for which nobody pays, so no receipt says that its credits are there."""
    _refilled(period, balance, "period", period.credits, period.starts_at, period.ends_at, f"{period.pk}")


def month_refilled(period: Period, grant: Grant, balance: BalanceRead) -> None:
    """A month of a period that deals its credits out by the month has begun; the year's receipt was long ago."""
    assert grant.ends_at is not None
    given = grant.amount - grant.revoked
    _refilled(period, balance, "month", given, grant.starts_at, grant.ends_at, f"{period.pk} {grant.cause}")


def _refilled(
    period: Period, balance: BalanceRead, what: str, given: int, starts_at: datetime, ends_at: datetime, once: str
) -> None:
    if not given:
        return
    facts = {
        "plan": price_facts(period.price).label, "what": what, "credits": given, "starts_at": starts_at,
        "resets_at": ends_at, "available": balance.available, "bought": balance.purchased_left,
    }  # fmt: skip
    mails.post(
        kind="credits_refilled", account_id=period.account_id, at=balance.at, to=None, facts=facts,
        once=f"credits_refilled {once}",
    )  # fmt: skip
