"""How a shortage of credits can be closed, and what each way costs: a pack, an upgrade, waiting (RULES §6.2, §7.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from refill.domain.errors import Refusal
from refill.domain.money import ceil_div
from refill.domain.records import QuoteRequest
from refill.models import Account, Pack, Price
from refill.services import periods
from refill.services.entering import read_balance
from refill.services.money import previews
from refill.services.money.allowances import coming
from refill.services.money.situations import modes_of

MOST_UPGRADES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to have so many credits more; what is paid now, with tax. `wait` costs nothing, and comes `at`."""

    kind: Literal["pack", "upgrade", "wait"]
    credits: int
    amount_minor: int
    currency: str
    pack_id: int | None = None
    quantity: int = 1
    price_id: int | None = None
    name: str = ""
    at: datetime | None = None


def ways(*, account_id: int, short: int) -> tuple[Way, ...]:
    """The cheapest packs of one kind, the cheapest upgrade, and the reset: each of them closes the gap alone."""
    account = Account.objects.get(pk=account_id)
    packs = Pack.objects.filter(mode__in=modes_of(account), withdrawn_at=None, currency=account.currency)
    buys = [QuoteRequest(kind="buy_credits", pack_id=pack.pk, quantity=ceil_div(short, pack.credits)) for pack in packs]
    subscription = periods.live_subscription(account_id)
    dearer: list[Price] = []
    if subscription is not None:
        price = subscription.price
        offered = Price.objects.filter(mode__in=modes_of(account), withdrawn_at=None, plan__withdrawn_at=None)
        dearer = list(
            offered.filter(currency=price.currency, interval=price.interval, amount_minor__gt=price.amount_minor)
            .filter(plan__rank__gte=price.plan.rank)
            .select_related("plan").order_by("amount_minor", "-credits")[:MOST_UPGRADES]
        )  # fmt: skip
    changes = [QuoteRequest(kind="change_plan", price_id=price.pk) for price in dearer]
    offers = previews.preview(account_id=account_id, requests=[*buys, *changes])
    found: list[Way] = []
    fitting = [
        Way(kind="pack", credits=offer.after - offer.before, amount_minor=offer.due_now_minor,
            currency=account.currency, pack_id=request.pack_id, quantity=request.quantity)
        for request, offer in zip(buys, offers, strict=False) if not isinstance(offer, Refusal)
    ]  # fmt: skip
    found += sorted(fitting, key=lambda way: (way.amount_minor, way.credits))[:1]
    found += [
        Way(kind="upgrade", credits=offer.after - offer.before, amount_minor=offer.due_now_minor,
            currency=account.currency, price_id=price.pk, name=price.plan.name)
        for price, offer in zip(dearer, offers[len(buys):], strict=True)
        if not isinstance(offer, Refusal) and offer.after - offer.before >= short
    ][:1]  # fmt: skip
    return (*found, *_wait(account, short))


def _wait(account: Account, short: int) -> list[Way]:
    """The reset, where the next allowance is enough."""
    balance = read_balance(account.pk)
    subscription = periods.live_subscription(account.pk)
    if balance.resets_at is None or subscription is None or subscription.cancel_at is not None:
        return []
    credits = coming(account.pk, balance.resets_at) - balance.allowance_left
    if credits < short:
        return []
    return [Way(kind="wait", credits=credits, amount_minor=0, currency=account.currency, at=balance.resets_at)]
