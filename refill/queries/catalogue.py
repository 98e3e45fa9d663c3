"""What is on offer now, in one mode."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from refill.domain.errors import Unknown
from refill.domain.modes import modes_for
from refill.models import Pack, Plan, Price


@dataclass(frozen=True, slots=True)
class PriceRow:
    id: int
    plan_id: int
    interval: str
    credits: int
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class PlanRow:
    id: int
    code: str
    name: str
    rank: int
    limits: dict[str, Any]
    features: list[str]
    prices: tuple[PriceRow, ...]


@dataclass(frozen=True, slots=True)
class PackRow:
    id: int
    credits: int
    amount_minor: int
    currency: str


def _offered(livemode: bool) -> Q:
    return Q(mode__in=modes_for(livemode), withdrawn_at__isnull=True)


def _prices(plan_ids: Iterable[int], livemode: bool) -> dict[int, list[PriceRow]]:
    found: dict[int, list[PriceRow]] = defaultdict(list)
    rows = Price.objects.filter(_offered(livemode), plan_id__in=plan_ids).order_by("interval", "amount_minor", "id")
    for row in rows.values(*PriceRow.__slots__):
        found[row["plan_id"]].append(PriceRow(**row))
    return found


def _plan(row: Plan, prices: Iterable[PriceRow]) -> PlanRow:
    return PlanRow(row.pk, row.code, row.name, row.rank, row.limits, row.features, tuple(prices))


def plans(*, livemode: bool) -> list[PlanRow]:
    """All plans on offer, lowest rank first, each with its prices on offer."""
    rows = list(Plan.objects.filter(_offered(livemode)).order_by("rank", "id"))
    prices = _prices([row.pk for row in rows], livemode)
    return [_plan(row, prices[row.pk]) for row in rows]


def plan(plan_id: int, *, livemode: bool) -> PlanRow:
    """One plan on offer. Raises Unknown."""
    row = Plan.objects.filter(_offered(livemode), pk=plan_id).first()
    if row is None:
        raise Unknown("There is no such plan.")
    return _plan(row, _prices([row.pk], livemode)[row.pk])


def price(price_id: int) -> PriceRow:
    """One price, on offer or not. Raises Unknown."""
    row = Price.objects.filter(pk=price_id).values(*PriceRow.__slots__).first()
    if row is None:
        raise Unknown("There is no such price.")
    return PriceRow(**row)


def packs(*, livemode: bool) -> list[PackRow]:
    """All packs on offer, the smallest first."""
    rows = Pack.objects.filter(_offered(livemode)).order_by("credits", "id")
    return [PackRow(**row) for row in rows.values(*PackRow.__slots__)]


def pack(pack_id: int) -> PackRow:
    """One pack, on offer or not. Raises Unknown."""
    row = Pack.objects.filter(pk=pack_id).values(*PackRow.__slots__).first()
    if row is None:
        raise Unknown("There is no such pack.")
    return PackRow(**row)
