"""Advice, with its arithmetic."""

from __future__ import annotations

from datetime import date
from typing import Literal

from refill.api.shapes.parts import Instant, Money, Out, money
from refill.domain import ids
from refill.domain.advice import Runway, Step
from refill.domain.calendars import Interval
from refill.domain.money import say_count
from refill.queries.advice import Fit
from refill.queries.pages.fits import Cost


class RunwayOut(Out):
    """How long the credits last at the pace of the last seven days."""

    available: int
    used_in_week: int
    days_left: int | None
    runs_out_at: Instant | None
    lasts_until_reset: bool
    working: str

    @classmethod
    def of(cls, available: int, row: Runway) -> RunwayOut:
        return cls(
            available=available, used_in_week=row.used_in_week, days_left=row.days_left, runs_out_at=row.runs_out_at,
            lasts_until_reset=row.lasts_until_reset, working=row.working,
        )  # fmt: skip


class StepOut(Out):
    """The best next step: nothing, a quote to ask for (send `quote` to POST /v1/quotes), or to wait until the reset."""

    do: Literal["nothing", "wait", "buy_credits", "change_plan"]
    credits: int
    due_now: Money | None
    quote: dict[str, dict[str, str | int]] | None
    working: str

    @classmethod
    def of(cls, step: Step | None, short: int, working: str, currency: str) -> StepOut:
        if step is None:
            return cls(do="wait" if short else "nothing", credits=0, due_now=None, quote=None, working=working)
        if step.do == "buy_credits":
            asks: dict[str, str | int] = {"pack": ids.encode("pack", step.id), "quantity": step.quantity}
        else:
            asks = {"price": ids.encode("price", step.id)}
        return cls(
            do=step.do, credits=step.credits, due_now=money(step.due_now_minor, currency), quote={step.do: asks},
            working=f"{working}; {step.words}",
        )  # fmt: skip


class MonthUse(Out):
    month: date
    credits: int


class PriceCost(Out):
    """What an average month would have cost at a price: its month, and packs for what its credits do not cover."""

    price: str
    name: str
    interval: Interval
    credits_a_month: int
    month: Money
    packs: int
    working: str

    @classmethod
    def of(cls, cost: Cost, average: int) -> PriceCost:
        price = cost.price
        said = f"{average:,} used a month, {price.monthly_credits:,} in the plan"
        said += f", {say_count(cost.packs, 'pack')} for the rest" if cost.packs else ""
        return cls(
            price=price.public_id, name=price.label, interval=price.interval, credits_a_month=price.monthly_credits,
            month=money(cost.month_minor, price.currency), packs=cost.packs, working=said,
        )  # fmt: skip


class PlanFit(Out):
    """The cheapest prices for the use of the last whole months; `saves` is by month, against what the account is on."""

    months: list[MonthUse]
    average: int
    current: PriceCost | None
    prices: list[PriceCost]
    saves: Money | None
    working: str

    @classmethod
    def of(cls, row: Fit, currency: str) -> PlanFit:
        best = row.costs[0] if row.costs else None
        saves = row.current.month_minor - best.month_minor if row.current and best else None
        used = " + ".join(f"{credits:,}" for _, credits in row.months)
        return cls(
            months=[MonthUse(month=month, credits=credits) for month, credits in row.months], average=row.average,
            current=PriceCost.of(row.current, row.average) if row.current else None,
            prices=[PriceCost.of(cost, row.average) for cost in row.costs],
            saves=money(max(0, saves), currency) if saves is not None else None,
            working=f"({used}) ÷ {len(row.months)} = {row.average:,} credits a month",
        )  # fmt: skip


class Advice(Out):
    """Worked out from the account's own history; nothing is guessed, and nothing changes."""

    runway: RunwayOut
    next_step: StepOut
    plan_fit: PlanFit | None
