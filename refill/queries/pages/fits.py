"""Which price fits what was really used. Worked out, never "most popular"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from refill.domain.money import ceil_div, half_up
from refill.queries.pages.catalogue import Offered, PackOffered


@dataclass(frozen=True, slots=True)
class Cost:
    """What a month of this use costs on a price, with packs for what its credits do not cover."""

    price: Offered
    month_minor: int
    packs: int


def cost_of(price: Offered, used: int, packs: Sequence[PackOffered]) -> Cost:
    """Return the cost of a month in which so many credits were used; a year's price is taken by the month."""
    base = price.amount_minor if price.interval == "month" else half_up(price.amount_minor, 12)
    short = max(0, used - price.monthly_credits)
    if not short or not packs:
        return Cost(price, base, 0)
    options = [(ceil_div(short, pack.credits) * pack.amount_minor, ceil_div(short, pack.credits)) for pack in packs]
    extra, count = min(options)
    return Cost(price, base + extra, count)


def pack_for(packs: Sequence[PackOffered], need: int) -> tuple[PackOffered, int] | None:
    """Return the smallest pack that covers so many credits, and 1; the largest, and how many, where none does."""
    if not packs:
        return None
    rising = sorted(packs, key=lambda pack: pack.credits)
    fitting = next((pack for pack in rising if pack.credits >= need), rising[-1])
    return fitting, max(1, ceil_div(need, fitting.credits))


def best_fit(prices: Iterable[Offered], used: int, packs: Sequence[PackOffered]) -> Cost | None:
    """Return the cheapest price for this use; of equally cheap ones that with more credits."""
    costs = [cost_of(price, used, packs) for price in prices]
    return min(costs, key=lambda cost: (cost.month_minor, -cost.price.credits), default=None)
