"""Choosing: the plans side by side, packs, and what waiting means."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from refill.domain.errors import Refusal
from refill.domain.money import ceil_div
from refill.domain.policies import explain
from refill.domain.quotes import Offer
from refill.domain.records import BalanceRead, QuoteKind, QuoteRequest
from refill.queries.pages import catalogue, fits, standing, use
from refill.queries.pages.catalogue import Offered, PackOffered
from refill.services.money.allowances import coming
from refill.services.money.previews import preview
from refill.web.access import place_of
from refill.web.addresses import whole
from refill.web.context import fuel_of
from refill.web.formats import days_between
from refill.web.views.buying import pack_way

DAYS_OF_A_MONTH = 30


@dataclass(frozen=True, slots=True)
class Choice:
    """One plan at the chosen number of credits. `way` is up, down, now or none (not sold at it)."""

    plan_name: str
    price: Offered | None
    features: tuple[str, ...]
    seats: int
    numbers: int
    nearest: Offered
    offer: Offer | None
    refusal: str
    way: str
    is_current: bool
    fits: bool
    is_primary: bool
    other_interval: Offered | None
    last_month_minor: int | None

    @property
    def gained(self) -> int:
        """Credits that come with it now."""
        return self.offer.after - self.offer.before if self.offer else 0


def usual_need(used: use.Months, balance: BalanceRead, zone: str) -> int:
    """Return the credits that are usually used in the time until the reset; in a month where none is coming."""
    if not used.average:
        return 0
    days = days_between(balance.at, balance.resets_at, zone) if balance.resets_at else DAYS_OF_A_MONTH
    return ceil_div(used.average * days, DAYS_OF_A_MONTH)


@require_safe
def upgrade(request: HttpRequest) -> HttpResponse:
    place = place_of(request)
    fuel = fuel_of(request)
    assert fuel.balance is not None
    resets_at = fuel.balance.resets_at
    stands = standing.standing_of(place.account_id)
    # Of a plan that has ended nothing is current: whatever is chosen is a new beginning, the last one at first.
    last, current = stands.price, None if stands.is_over else stands.price
    prices = catalogue.prices_for(currency=place.currency, livemode=place.livemode, held=[last.id] if last else [])
    packs = catalogue.packs_for(currency=place.currency, livemode=place.livemode)
    used = use.last_months(place.account_id, place.zone, fuel.balance.at)
    short = whole(request.GET.get("short"))
    interval = request.GET.get("interval", "")
    if interval not in ("month", "year"):
        interval = last.interval if last and not last.facts.is_free else "month"
    shown = [price for price in prices if price.interval == interval and not price.facts.is_free]
    tiers = sorted({price.monthly_credits for price in shown})
    best = fits.best_fit(shown, used.average, packs) if used.average else None
    tier = _tier(request, tiers, best.price if best else None, last, is_over=stands.is_over)
    kind: QuoteKind = "reactivate" if stands.is_over else "change_plan"
    choices = _choices(place.account_id, kind, prices, shown, tier, last, best, used, packs)
    frees = [price for price in prices if price.facts.is_free and (not current or price.id != current.id)]
    return render(
        request,
        "pages/upgrade.html",
        {
            "standing": stands,
            "kind": kind,
            "tiers": tiers,
            "tier": tier,
            "tier_now": current.monthly_credits if current and current.interval == interval else None,
            "interval": interval,
            "choices": choices,
            "picked": next((choice for choice in choices if choice.is_primary), None),
            "frees": frees,
            "used": used,
            "best": best,
            "now_cost": fits.cost_of(current, used.average, packs) if current and used.average else None,
            "short": short,
            "pack": pack_way(packs, short or usual_need(used, fuel.balance, place.zone)),
            "is_dry": fuel.level == "out",
            "at_zero": explain(stands.policy, str)["inbound_at_zero"],
            "next_credits": coming(place.account_id, resets_at) if resets_at and stands.refills else 0,
        },
    )


def _tier(
    request: HttpRequest, tiers: list[int], best: Offered | None, current: Offered | None, *, is_over: bool
) -> int:
    """The number of credits looked at: as asked for (the next that is sold), what fits, or the next step up; of a plan
    that is over the same step again."""
    if not tiers:
        return 0
    asked = whole(request.GET.get("credits"))
    if asked:
        return next((tier for tier in tiers if tier >= asked), tiers[-1])
    now = current.monthly_credits if current else 0
    if best and best.monthly_credits > now:
        return best.monthly_credits
    return next((tier for tier in tiers if tier > now or (is_over and tier == now)), tiers[-1])


def _choices(
    account_id: int, kind: QuoteKind, prices: tuple[Offered, ...], shown: list[Offered], tier: int,
    last: Offered | None, best: fits.Cost | None, used: use.Months, packs: tuple[PackOffered, ...],
) -> list[Choice]:  # fmt: skip
    current = None if kind == "reactivate" else last
    by_plan: dict[int, list[Offered]] = {}
    for price in shown:
        by_plan.setdefault(price.plan_id, []).append(price)
    at_tier: dict[int, Offered | None] = {
        plan: next((p for p in row if p.monthly_credits == tier), None) for plan, row in by_plan.items()
    }
    asked = [p for p in at_tier.values() if p and (current is None or p.id != current.id)]
    requests = [QuoteRequest(kind=kind, price_id=price.id) for price in asked]
    offers = dict(zip([p.id for p in asked], preview(account_id=account_id, requests=requests), strict=True))
    primary = _primary(asked, offers, last, best)
    found = []
    for plan, row in by_plan.items():
        at = at_tier[plan]
        nearest = at or min(row, key=lambda p: abs(p.monthly_credits - tier))
        result = offers.get(at.id) if at else None
        offer = result if isinstance(result, Offer) else None
        is_current = at is not None and current is not None and at.id == current.id
        found.append(
            Choice(
                nearest.plan_name, at, nearest.features, nearest.seats, nearest.numbers, nearest, offer,
                result.detail if isinstance(result, Refusal) else "", _way(offer, is_current),
                is_current or (current is not None and current.plan_id == plan),
                best is not None and at is not None and best.price.id == at.id,
                at is not None and at.id == primary, _other_interval(prices, at),
                fits.cost_of(at, used.last, packs).month_minor if at and used.last is not None else None,
            )
        )  # fmt: skip
    return found


def _way(offer: Offer | None, is_current: bool) -> str:
    if is_current:
        return "now"
    if offer is None:
        return "none"
    return "down" if offer.effect.get("do") == "schedule" else "up"


def _primary(
    asked: list[Offered], offers: dict[int, Offer | Refusal], current: Offered | None, best: fits.Cost | None
) -> int | None:
    """The one green button: what fits, else the own plan at this step, else the first that is an upgrade."""
    ups = [
        price for price in asked
        if isinstance(offer := offers[price.id], Offer) and offer.effect.get("do") != "schedule"
    ]  # fmt: skip
    if best and any(price.id == best.price.id for price in ups):
        return best.price.id
    ups = [price for price in ups if current is None or price.monthly_credits >= current.monthly_credits]
    same = [price for price in ups if current and price.plan_id == current.plan_id]
    chosen = same or ups
    return chosen[0].id if chosen else None


def _other_interval(prices: tuple[Offered, ...], price: Offered | None) -> Offered | None:
    if price is None:
        return None
    return next(
        (
            other for other in prices
            if other.plan_id == price.plan_id and other.interval != price.interval
            and other.monthly_credits == price.monthly_credits
        ),
        None,
    )  # fmt: skip
