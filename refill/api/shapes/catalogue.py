"""Plans, prices, packs, and the policies."""

from __future__ import annotations

from typing import Annotated, Any, get_args

from pydantic import Field

from refill.api.shapes.parts import CreditsIn, CreditsOrNone, In, Instant, Money, MoneyIn, Name, Out, money, words
from refill.domain import ids
from refill.domain.calendars import Interval
from refill.domain.policies import as_dict
from refill.queries.catalogue import PackRow, PlanRow, PriceRow
from refill.queries.policies import PolicyRow

LimitName = Annotated[str, Field(strict=True, min_length=1, max_length=64)]
LimitValue = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
Code = Annotated[str, Field(strict=True, min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9_-]*$")]
Feature = Annotated[str, Field(strict=True, min_length=1, max_length=64)]


class PriceIn(In):
    """One step of a plan: what a period costs, and the credits it holds."""

    interval: Interval
    credits: CreditsOrNone
    price: MoneyIn


class PlanIn(In):
    """A tier. `code` names it for programs; it is made from the name where it is left out."""

    name: Name
    code: Code | None = None
    rank: Annotated[int, Field(strict=True, ge=0, le=1_000_000)] = 0
    limits: Annotated[dict[LimitName, LimitValue], Field(max_length=50)] = {}
    features: Annotated[list[Feature], Field(max_length=100)] = []
    prices: Annotated[list[PriceIn], Field(max_length=50)] = []


class PackIn(In):
    """Credits bought once."""

    credits: CreditsIn
    price: MoneyIn


class Price(Out):
    id: str
    interval: Annotated[str, words(*get_args(Interval))]
    credits: int
    price: Money

    @classmethod
    def of(cls, row: PriceRow) -> Price:
        return cls(
            id=ids.encode("price", row.id), interval=row.interval, credits=row.credits,
            price=money(row.amount_minor, row.currency),
        )  # fmt: skip


class Plan(Out):
    id: str
    code: str
    name: str
    rank: int
    limits: dict[str, Any]
    features: list[str]
    prices: list[Price]

    @classmethod
    def of(cls, row: PlanRow) -> Plan:
        return cls(
            id=ids.encode("plan", row.id), code=row.code, name=row.name, rank=row.rank, limits=row.limits,
            features=row.features, prices=[Price.of(price) for price in row.prices],
        )  # fmt: skip


class Pack(Out):
    id: str
    credits: int
    price: Money

    @classmethod
    def of(cls, row: PackRow) -> Pack:
        return cls(id=ids.encode("pack", row.id), credits=row.credits, price=money(row.amount_minor, row.currency))


class Policies(Out):
    """One version of all policies, by their names in the rules."""

    id: str
    values: dict[str, Any]
    created_at: Instant
    actor: str

    @classmethod
    def of(cls, row: PolicyRow) -> Policies:
        return cls(id=ids.encode("pol", row.id), values=as_dict(row.policy), created_at=row.created_at, actor=row.actor)
