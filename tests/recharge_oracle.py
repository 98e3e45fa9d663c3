"""Whether each decision of auto-recharge is justified, worked out anew from what was agreed to and from charges alone
(RULES §5.3, §5.4, §5.6, §5.8).

Much happens at one instant of a clock that stands still: a charge counts for a decision of its own instant where it may
have been there before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from refill.models import Charge, RechargeDecision

UNDECIDED = ("created", "sent", "needs_action", "unknown")
NAMES_ITS_ORDER = ("fired", "declined", "needs_action", "not_sent", "dropped")


@dataclass(frozen=True, slots=True)
class Agreed:
    """What was agreed to; money with the tax of one pack, which is proportional where a pack's is whole."""

    zone: ZoneInfo
    threshold: int
    pack_credits: int
    total_of: Callable[[int], int]
    max_per_day: int
    max_per_month_minor: int


def demand_justified(decision: RechargeDecision, agreed: Agreed, charges: Iterable[Charge]) -> None:
    """Fails for a decision that the rule and the charges of all recharges so far do not give."""
    known = [charge for charge in charges if charge.created_at <= decision.at]
    assert decision.threshold == agreed.threshold
    if decision.reason in NAMES_ITS_ORDER:
        assert decision.order_id is not None
        _demand_outcome(decision, agreed, [charge for charge in known if charge.order_id == decision.order_id])
    if decision.reason in NAMES_ITS_ORDER[1:] or (decision.order_id is not None and decision.reason != "fired"):
        return
    if decision.cause == "retry" and decision.reason == "fired":
        return  # Another card, or a later try, for a shortage that was justified when the order was made.
    gap = max(agreed.threshold, decision.required or 0) - decision.available
    assert decision.gap == gap > 0
    assert decision.packs == -(-gap // agreed.pack_credits)
    assert decision.amount_minor == agreed.total_of(decision.packs)
    if decision.reason != "fired":
        assert _hinders(decision, agreed, known), decision.reason


def _demand_outcome(decision: RechargeDecision, agreed: Agreed, own: list[Charge]) -> None:
    assert own
    if decision.reason == "fired":
        assert {charge.amount_minor for charge in own} == {decision.amount_minor}
        assert decision.amount_minor == agreed.total_of(decision.packs)
    elif decision.reason in ("declined", "dropped"):
        assert any(charge.state == "declined" for charge in own)


def _hinders(decision: RechargeDecision, agreed: Agreed, known: list[Charge]) -> bool:
    """Whether there was what is said to have kept a recharge from being made."""
    counted = [charge for charge in known if charge.state != "declined" or _decided_by(charge) >= decision.at]
    at = decision.at.astimezone(agreed.zone)
    local = [(charge.created_at.astimezone(agreed.zone), charge.amount_minor) for charge in counted]
    today = sum(when.date() == at.date() for when, _ in local)
    month_minor = sum(minor for when, minor in local if (when.year, when.month) == (at.year, at.month))
    left_minor = agreed.max_per_month_minor - month_minor
    match decision.reason:
        case "day_cap":
            return today >= agreed.max_per_day
        case "month_cap":
            return agreed.total_of(1) > left_minor
        case "gap_above_month_cap":
            return decision.amount_minor > left_minor
        case "breaker_open":
            return any(charge.state == "declined" for charge in known)
        case "recharge_open":
            return any(charge.state in UNDECIDED or _decided_by(charge) >= decision.at for charge in known) or any(
                charge.state == "declined" and not charge.decline_final for charge in known
            )
    return False


def _decided_by(charge: Charge) -> datetime:
    return charge.settled_at or datetime.max.replace(tzinfo=charge.created_at.tzinfo)
