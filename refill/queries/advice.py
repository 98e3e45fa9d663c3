"""What advice is made from: use by week and month, prices and packs, and the plan that fits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from refill.domain.calendars import wall_of
from refill.models import Account
from refill.queries.pages import catalogue, fits, standing, use
from refill.queries.pages.catalogue import Offered, PackOffered

WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Fit:
    """What an average month of this use would have cost at each price; the cheapest first."""

    months: tuple[tuple[date, int], ...]
    average: int
    costs: tuple[fits.Cost, ...]
    current: fits.Cost | None


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the account could take, and what it is on."""

    currency: str
    current: Offered | None
    prices: tuple[Offered, ...]
    packs: tuple[PackOffered, ...]


def used_in_week(account_id: int, now: datetime) -> int:
    """Credits used in the last seven local days, today among them."""
    zone = Account.objects.values_list("timezone", flat=True).get(pk=account_id)
    end = wall_of(now, zone).date()
    days = use.by_day(account_id, zone, end - timedelta(days=WEEK_DAYS - 1), end)
    return sum(day.credits for day in days)


def shelf(account_id: int) -> Shelf:
    """Prices and packs on offer to the account, in its currency."""
    account = Account.objects.get(pk=account_id)
    current = standing.standing_of(account_id).price
    held = [current.id] if current else []
    prices = catalogue.prices_for(currency=account.currency, livemode=account.livemode, held=held)
    packs = catalogue.packs_for(currency=account.currency, livemode=account.livemode)
    return Shelf(account.currency, current, prices, packs)


def fit(account_id: int, now: datetime, offered: Shelf) -> Fit | None:
    """The plan that fits the last whole months with use, at most three. None without a whole month."""
    zone = Account.objects.values_list("timezone", flat=True).get(pk=account_id)
    used = use.last_months(account_id, zone, now)
    if used.average is None:
        return None
    average = used.average
    on_offer = [price for price in offered.prices if not price.withdrawn and not price.facts.is_free]
    costs = [fits.cost_of(price, average, offered.packs) for price in on_offer]
    cheapest = sorted(costs, key=lambda cost: (cost.month_minor, -cost.price.credits, cost.price.id))
    current = fits.cost_of(offered.current, average, offered.packs) if offered.current else None
    return Fit(used.months, average, tuple(cheapest[:5]), current)
