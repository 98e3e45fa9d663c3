"""Plans, prices and packs: added or withdrawn, never edited, so that those on them stay on them (RULES §4.9)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from refill.domain.errors import Conflict, Invalid, Unknown
from refill.domain.modes import mode_of, modes_for
from refill.domain.money import EXPONENTS
from refill.domain.records import Actor
from refill.gateways import clock
from refill.models import Pack, Plan, Price
from refill.services.recording import audit
from refill.services.selling.price_changes import lock_prices

MOST_CREDITS = 1_000_000_000
MOST_MINOR = 1_000_000_000_000


def add_plan(
    *, actor: Actor, name: str, rank: int, features: list[str] | None = None, limits: dict[str, int] | None = None,
    livemode: bool | None, code: str | None = None, prices: Iterable[tuple[str, int, int, str]] = (),
) -> int:  # fmt: skip
    """Add a plan (tier) with its prices (interval, credits, minor units, currency), all or none; return its id.

    Raises Conflict for a code that is taken, and what `add_price` raises.
    """
    with transaction.atomic():
        mode = mode_of(livemode)
        lock_prices()  # of two at once with one code, the second is refused
        if code and Plan.objects.filter(code=code, mode=mode, withdrawn_at=None).exists():
            raise Conflict(f"There is a plan {code} already.", param="code")
        plan = Plan.objects.create(
            code=code or f"plan-{clock.now().timestamp():.6f}".replace(".", "-"), name=name, rank=rank,
            features=features or [], limits=limits or {}, mode=mode, created_at=clock.now(),
        )  # fmt: skip
        audit(
            None,
            plan.created_at,
            actor,
            "catalogue.plan_added",
            subject=str(plan.pk),
            after={"name": name, "rank": rank},
        )
        for interval, credits, amount_minor, currency in prices:
            add_price(
                actor=actor, plan_id=plan.pk, interval=interval, credits=credits, amount_minor=amount_minor,
                currency=currency, livemode=livemode,
            )  # fmt: skip
        return plan.pk


def add_price(
    *, actor: Actor, plan_id: int, interval: str, credits: int, amount_minor: int, currency: str, livemode: bool | None
) -> int:
    """Add a price to a plan; it withdraws nothing. Returns its id. Raises Unknown, Invalid."""
    _check(credits, 0, amount_minor, 0, currency)
    if interval not in ("month", "year"):
        raise Invalid("interval is month or year.", param="interval")
    with transaction.atomic():
        plan = Plan.objects.filter(pk=plan_id, withdrawn_at=None, mode__in=modes_for(livemode)).first()
        if plan is None:
            raise Unknown("There is no such plan.", param="plan")
        price = Price.objects.create(
            plan=plan, interval=interval, credits=credits, amount_minor=amount_minor, currency=currency,
            mode=mode_of(livemode), created_at=clock.now(),
        )  # fmt: skip
        after = {"plan": plan_id, "credits": credits, "amount_minor": amount_minor, "currency": currency}
        audit(None, price.created_at, actor, "catalogue.price_added", subject=str(price.pk), after=after)
        return price.pk


def add_pack(*, actor: Actor, credits: int, amount_minor: int, currency: str, livemode: bool | None) -> int:
    """Add a pack; return its id. Raises Invalid."""
    _check(credits, 1, amount_minor, 1, currency)
    with transaction.atomic():
        pack = Pack.objects.create(
            credits=credits,
            amount_minor=amount_minor,
            currency=currency,
            mode=mode_of(livemode),
            created_at=clock.now(),
        )
        after: dict[str, Any] = {"credits": credits, "amount_minor": amount_minor, "currency": currency}
        audit(None, pack.created_at, actor, "catalogue.pack_added", subject=str(pack.pk), after=after)
        return pack.pk


def _check(credits: int, least_credits: int, amount_minor: int, least_minor: int, currency: str) -> None:
    if not least_credits <= credits <= MOST_CREDITS:
        raise Invalid(f"credits is {least_credits} to {MOST_CREDITS:,}.", param="credits")
    if not least_minor <= amount_minor <= MOST_MINOR:
        raise Invalid(f"amount is {least_minor} to {MOST_MINOR:,} minor units.", param="price.amount")
    if currency not in EXPONENTS:
        raise Invalid("currency is a lower-case ISO 4217 code, such as usd.", param="price.currency")
