"""Auto-recharge: whether it fires, how many packs, and when a declined one is tried again (RULES §5.2-5.8). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from refill.domain.money import ceil_div, say_count, say_money
from refill.domain.taxes import Tax, with_tax

RETRY_AFTER_HOURS = (1, 6, 24)
MOST_THRESHOLD = 1_000_000_000
MOST_PER_DAY = 100
MANY_IN_A_DAY = 3
Reason = Literal[
    "above", "fired", "account_closed", "recharge_open", "no_card", "breaker_open", "day_cap", "month_cap",
    "gap_above_month_cap",
]  # fmt: skip
_STATES = {"day_cap": "capped", "month_cap": "capped", "breaker_open": "stopped", "no_card": "stopped"}


@dataclass(frozen=True, slots=True)
class Rule:
    """What was agreed to: credits, and minor units of one currency. The month's cap includes tax."""

    threshold: int
    pack_credits: int
    pack_minor: int
    currency: str
    max_per_day: int
    max_per_month_minor: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How the account stands at the instant of a check. `required`: what a refused debit asked for, else 0.

    `today_count` and `month_minor` are of recharges open, unknown and settled in the local day and month.
    """

    available: int
    required: int
    today_count: int
    month_minor: int
    day_ends_at: datetime
    month_ends_at: datetime
    tax: Tax
    is_closed: bool = False
    is_open: bool = False
    has_card: bool = True
    has_usable_card: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """Fired, or not and why. `until` is the end of the day or month whose cap is reached."""

    reason: Reason
    gap: int = 0
    packs: int = 0
    credits: int = 0
    tax_minor: int = 0
    total_minor: int = 0
    until: datetime | None = None


def cost(rule: Rule, packs: int, tax: Tax) -> tuple[int, int]:
    """Return (tax, total) of so many packs, minor units."""
    return with_tax(packs * rule.pack_minor, tax)


def decide(rule: Rule, standing: Standing) -> Decision:
    """Say whether a recharge fires now, and how large: one charge for enough packs to close the whole gap, or none.

    RULES §5.3: strictly below the threshold, or short of what a refused debit asked for; §5.4: caps are exact.
    """
    gap = max(rule.threshold, standing.required) - standing.available
    if gap <= 0:
        return Decision("above")
    packs = ceil_div(gap, rule.pack_credits)
    tax_minor, total_minor = cost(rule, packs, standing.tax)
    reason, until = _hindrance(rule, standing, total_minor)
    return Decision(reason or "fired", gap, packs, packs * rule.pack_credits, tax_minor, total_minor, until)


def _hindrance(rule: Rule, standing: Standing, total_minor: int) -> tuple[Reason | None, datetime | None]:
    if standing.is_closed:
        return "account_closed", None
    if standing.is_open:
        return "recharge_open", None
    if not standing.has_card:
        return "no_card", None
    if not standing.has_usable_card:
        return "breaker_open", None
    return capped(rule, standing, total_minor)


def capped(rule: Rule, standing: Standing, total_minor: int) -> tuple[Reason | None, datetime | None]:
    """Return the cap that forbids a charge of `total_minor`, and when it ends; (None, None) where none does.

    A month is reached when not one pack fits any more. A larger gap that does not fit is not charged in part.
    """
    if standing.today_count >= rule.max_per_day:
        return "day_cap", standing.day_ends_at
    left_minor = rule.max_per_month_minor - standing.month_minor
    if cost(rule, 1, standing.tax)[1] > left_minor:
        return "month_cap", standing.month_ends_at
    if total_minor > left_minor:
        return "gap_above_month_cap", None
    return None, None


def faults_of(rule: Rule, tax: Tax) -> list[tuple[str, str]]:
    """Return (field, why) for each value that is out of bounds or contradicts another; none when it can be saved."""
    found = []
    if not 1 <= rule.threshold <= MOST_THRESHOLD:
        found.append(("threshold", f"Choose a threshold from 1 to {MOST_THRESHOLD:,} credits."))
    if not 1 <= rule.max_per_day <= MOST_PER_DAY:
        found.append(("max_per_day", f"Choose 1 to {MOST_PER_DAY} recharges a day."))
    one_minor = cost(rule, 1, tax)[1]
    if rule.max_per_month_minor < one_minor:
        said = say_money(one_minor, rule.currency)
        found.append(("max_per_month", f"One pack costs {said} with tax: a lower cap would never allow a recharge."))
    return found


def warnings_of(rule: Rule, tax: Tax) -> list[str]:
    """What may be saved, and can stop a recharge all the same."""
    packs = ceil_div(rule.threshold, rule.pack_credits)
    total_minor = cost(rule, packs, tax)[1]
    if total_minor <= rule.max_per_month_minor:
        return []
    said = f"{say_count(packs, 'pack')} ({say_money(total_minor, rule.currency)} with tax)"
    return [f"From zero the shortage needs {said}, which the monthly cap never allows."]


def sentence(rule: Rule) -> str:
    """What has to be agreed to, to the letter (RULES §5.2)."""
    times = "once" if rule.max_per_day == 1 else f"{rule.max_per_day:,} times"
    return (
        f"When credits fall below {rule.threshold:,}, buy packs of {rule.pack_credits:,} at"
        f" {say_money(rule.pack_minor, rule.currency)} each, as many as the shortage needs, at most {times} a day and"
        f" {say_money(rule.max_per_month_minor, rule.currency)} a month."
    )


def agrees(consent: str, rule: Rule) -> bool:
    """Whether it is that sentence; marks of emphasis and line breaks do not change what is said."""
    return " ".join(consent.replace("*", "").split()) == " ".join(sentence(rule).split())


def state_of(enabled: bool, order_status: str | None, reason: str) -> str:
    """How auto-recharge stands, in a word, from the open recharge's status and the last decision's reason."""
    if not enabled:
        return "off"
    if order_status is not None:
        return {"processing": "charging", "declined": "retrying"}.get(order_status, order_status)
    return _STATES.get(reason, "ready")


def next_try(declined_at: datetime, rounds: int) -> datetime | None:
    """When a declined recharge is tried again, counted from its first decline; None after the last (RULES §5.6).

    `rounds` counts those made, the first included.
    """
    if rounds > len(RETRY_AFTER_HOURS):
        return None
    return declined_at + timedelta(hours=RETRY_AFTER_HOURS[rounds - 1])


@dataclass(frozen=True, slots=True)
class PackOffer:
    id: int
    credits: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class PlanOffer:
    """A price of the interval that the account is on; credits for each period."""

    id: int
    credits: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Saving:
    """The same credits for less: `paid_minor` as they were bought, `would_pay_minor` with tax."""

    id: int
    quantity: int
    credits: int
    paid_minor: int
    would_pay_minor: int

    @property
    def saved_minor(self) -> int:
        return self.paid_minor - self.would_pay_minor


def larger_pack(credits: int, paid_minor: int, packs: Iterable[PackOffer], tax: Tax) -> Saving | None:
    """The pack that would have given at least these credits for the least money; None where nothing is saved."""
    found = []
    for pack in packs:
        quantity = ceil_div(credits, pack.credits)
        _, total_minor = with_tax(quantity * pack.amount_minor, tax)
        found.append(Saving(pack.id, quantity, quantity * pack.credits, paid_minor, total_minor))
    return _best(found)


def larger_plan(
    credits: int, paid_minor: int, current: PlanOffer | None, plans: Iterable[PlanOffer], tax: Tax
) -> Saving | None:
    """The price whose further allowance covers what a period's recharges bought, for less than they cost."""
    if current is None:
        return None
    found = []
    for plan in plans:
        more = plan.credits - current.credits
        if more >= credits > 0:
            _, total_minor = with_tax(plan.amount_minor - current.amount_minor, tax)
            found.append(Saving(plan.id, 1, more, paid_minor, total_minor))
    return _best(found)


def _best(savings: Sequence[Saving]) -> Saving | None:
    worth = [saving for saving in savings if saving.saved_minor > 0]
    return max(worth, key=lambda saving: (saving.saved_minor, -saving.credits, -saving.id), default=None)
