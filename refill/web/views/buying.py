"""Packs: choosing one, and the one that is set beside the plans."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from refill.queries.pages import catalogue, fits, standing
from refill.queries.pages.catalogue import PackOffered
from refill.web.access import place_of
from refill.web.addresses import whole


@dataclass(frozen=True, slots=True)
class PackWay:
    """So many of one pack; minor units and credits together."""

    pack: PackOffered
    quantity: int

    @property
    def amount_minor(self) -> int:
        return self.pack.amount_minor * self.quantity

    @property
    def credits(self) -> int:
        return self.pack.credits * self.quantity


def pack_way(packs: tuple[PackOffered, ...], need: int) -> PackWay | None:
    """Return the pack that is set beside the plans."""
    found = fits.pack_for(packs, need)
    return PackWay(*found) if found else None


@require_safe
def buy(request: HttpRequest) -> HttpResponse:
    place = place_of(request)
    packs = catalogue.packs_for(currency=place.currency, livemode=place.livemode)
    short = whole(request.GET.get("short"))
    stands = standing.standing_of(place.account_id)
    rows = [(pack, max(1, -(-short // pack.credits)) if short else 1) for pack in packs]
    chosen = min(rows, key=lambda row: row[0].amount_minor * row[1], default=None) if short else None
    picked = next((pack for pack in packs if pack.public_id == request.GET.get("pack")), None)
    if picked is not None:
        chosen = (picked, whole(request.GET.get("quantity"), 1, 1_000) or 1)
    current = stands.price
    step = None
    if current and not current.facts.is_free:
        prices = catalogue.prices_for(currency=place.currency, livemode=place.livemode)
        step = next(
            (
                p for p in prices
                if p.plan_id == current.plan_id and p.interval == current.interval and p.credits > current.credits
            ),
            None,
        )  # fmt: skip
    return render(
        request,
        "pages/buy.html",
        {
            "rows": rows,
            "chosen": (chosen or rows[0])[0].id if rows else None,
            "quantity": (chosen or rows[0])[1] if rows else 1,
            "short": short,
            "standing": stands,
            "step": step,
        },
    )
