"""What a rule would have bought on days that have passed: an estimate by day, for people who choose one. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from refill.domain.money import ceil_div
from refill.domain.policies import Tax
from refill.domain.recharge import Rule, cost


@dataclass(frozen=True, slots=True)
class Replayed:
    """Recharges and packs that there would have been; minor units with tax. `used` is what left in those days."""

    used: int
    recharges: int
    packs: int
    credits: int
    total_minor: int


def replay(rule: Rule, opening: int, days: Iterable[tuple[int, int]], tax: Tax) -> Replayed:
    """Run the rule over days of (credits used, change of the balance but for recharges), from the opening balance.

    One recharge a day at most, for the day's whole gap, as long as the month's cap holds all of it.
    """
    balance, used, recharges, packs, total_minor = opening, 0, 0, 0, 0
    for gone, change in days:
        used += gone
        balance += change
        if balance >= rule.threshold:
            continue
        needed = ceil_div(rule.threshold - balance, rule.pack_credits)
        charged = cost(rule, needed, tax)[1]
        if total_minor + charged > rule.max_per_month_minor:
            continue
        recharges, packs, total_minor = recharges + 1, packs + needed, total_minor + charged
        balance += needed * rule.pack_credits
    return Replayed(used, recharges, packs, packs * rule.pack_credits, total_minor)
