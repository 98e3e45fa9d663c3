"""Plans and packs as they are sold to one account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from refill.domain import ids
from refill.domain.calendars import Interval
from refill.domain.modes import modes_for
from refill.domain.quotes import PriceFacts
from refill.domain.seats import UNLIMITED
from refill.models import Pack, Price


@dataclass(frozen=True, slots=True)
class Offered:
    """One price of a plan; credits and minor units for each period of its interval. A plan that names no limit has
    UNLIMITED seats or numbers."""

    id: int
    plan_id: int
    plan_name: str
    rank: int
    features: tuple[str, ...]
    seats: int
    numbers: int
    interval: Interval
    credits: int
    amount_minor: int
    currency: str
    withdrawn: bool

    @property
    def public_id(self) -> str:
        return ids.encode("price", self.id)

    @property
    def label(self) -> str:
        return self.facts.label

    @property
    def monthly_credits(self) -> int:
        return self.credits if self.interval == "month" else self.credits // 12

    @property
    def facts(self) -> PriceFacts:
        return PriceFacts(
            self.id, self.plan_id, self.plan_name, self.interval, self.credits, self.amount_minor,
            self.currency, self.seats, self.numbers, self.withdrawn,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PackOffered:
    id: int
    credits: int
    amount_minor: int
    currency: str

    @property
    def public_id(self) -> str:
        return ids.encode("pack", self.id)


def offered(price: Price) -> Offered:
    """Return the record of a price whose plan is loaded."""
    plan = price.plan
    return Offered(
        price.pk, plan.pk, plan.name, plan.rank, tuple(map(str, plan.features)),
        int(plan.limits.get("seats", UNLIMITED)), int(plan.limits.get("numbers", UNLIMITED)),
        "year" if price.interval == "year" else "month", price.credits, price.amount_minor, price.currency,
        price.withdrawn_at is not None or plan.withdrawn_at is not None,
    )  # fmt: skip


def prices_for(*, currency: str, livemode: bool, held: Iterable[int] = ()) -> tuple[Offered, ...]:
    """Return the prices on offer, by rank, interval and credits; and those in `held`, withdrawn or not."""
    rows = Price.objects.select_related("plan").filter(currency=currency, mode__in=modes_for(livemode))
    kept = set(held)
    found = [offered(row) for row in rows]
    on_offer = [price for price in found if not price.withdrawn or price.id in kept]
    return tuple(sorted(on_offer, key=lambda p: (p.rank, p.interval, p.credits, p.amount_minor, p.id)))


def packs_for(*, currency: str, livemode: bool) -> tuple[PackOffered, ...]:
    """Return the packs on offer, smallest first."""
    rows = Pack.objects.filter(currency=currency, mode__in=modes_for(livemode), withdrawn_at=None)
    return tuple(
        PackOffered(row.pk, row.credits, row.amount_minor, row.currency) for row in rows.order_by("credits", "id")
    )
