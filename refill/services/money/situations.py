"""Gather all that a quote is computed from, and name what of it has changed since (RULES §4.1, §4.2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import connection

from refill.domain.modes import modes_for
from refill.domain.quotes import (
    AddOnFacts,
    CardFacts,
    GrantFacts,
    OverdueFacts,
    PackFacts,
    PeriodFacts,
    PriceFacts,
    Situation,
    SubscriptionFacts,
)
from refill.domain.quotes.lines import add_on_facts
from refill.domain.quotes.situation import CLOSED
from refill.domain.records import QuoteRequest
from refill.domain.seats import UNLIMITED
from refill.models import (
    Account,
    AddOn,
    Balance,
    Charge,
    Membership,
    Number,
    Order,
    Pack,
    PaymentMethod,
    Period,
    Price,
    Subscription,
)
from refill.services import periods
from refill.services.invoicing import taxes
from refill.services.money import paid_extras


def modes_of(account: Account) -> tuple[str, ...]:
    """The modes of the catalogue's rows that are for this account."""
    return modes_for(account.livemode)


def price_facts(price: Price) -> PriceFacts:
    """A price as quotes read it, with what its plan includes."""
    plan = price.plan
    return PriceFacts(
        id=price.pk, plan_id=plan.pk, plan_name=plan.name, interval=periods.interval_of(price),
        credits=price.credits, amount_minor=price.amount_minor, currency=price.currency,
        seats=int(plan.limits.get("seats", UNLIMITED)), numbers=int(plan.limits.get("numbers", UNLIMITED)),
        withdrawn=price.withdrawn_at is not None or plan.withdrawn_at is not None,
    )  # fmt: skip


def pack_facts(pack: Pack) -> PackFacts:
    """A pack as quotes read it."""
    return PackFacts(pack.pk, pack.credits, pack.amount_minor, pack.currency, pack.withdrawn_at is not None)


def grants_of(account_id: int) -> tuple[GrantFacts, ...]:
    """Grants with something left or held, in burn order."""
    with connection.cursor() as cursor:
        cursor.execute(
            """select id, source, period_id, remaining, held, started, ends_at, starts_at from refill_grant_now
                where account_id = %s and (remaining > 0 or held > 0) order by ends_at, rank, starts_at, id""",
            [account_id],
        )
        return tuple(GrantFacts(*row) for row in cursor.fetchall())


def advance_grants(account_id: int) -> list[tuple[int, int, int]]:
    """(period, grant, credits used or held) of advances whose period was never paid and that nobody accounted for."""
    with connection.cursor() as cursor:
        cursor.execute(
            """select p.id, g.id, g.spent + g.held - p.advance_made_up
                 from refill_grant_now g join refill_period p on p.id = g.period_id
                where g.account_id = %s and g.cause = 'advance' and not p.advance_settled
                  and p.paid in ('unpaid', 'void') and p.state <> 'skipped' and p.billed
                  and g.spent + g.held > p.advance_made_up order by p.id""",
            [account_id],
        )
        return cursor.fetchall()  # type: ignore[no-any-return]


def undecided(account_id: int) -> bool:
    """A charge of the subscription is undecided, or a renewal is due and not yet charged (RULES §4.11)."""
    open_charge = Charge.objects.filter(account_id=account_id, state__in=Charge.UNDECIDED)
    if open_charge.exclude(order__kind__in=["buy_credits", "recharge"]).exists():
        return True
    return Period.objects.filter(account_id=account_id, state="current", billed=False, paid="unpaid").exists()


def overdue_of(account_id: int) -> OverdueFacts | None:
    """The renewal that is owed: of the current period, declined and not given up."""
    order = (
        Order.objects.select_related("period__price__plan")
        .filter(account_id=account_id, kind="renewal", status="declined", period__paid="unpaid")
        .order_by("-id")
        .first()
    )
    if order is None or order.period is None:
        return None
    period = order.period
    advances = advance_grants(account_id)
    used = sum(credits for owner, _, credits in advances if owner == period.pk)
    # A zero-price plan granted its credits at the boundary; what is owed is its extras.
    left = max(0, period.credits - used) if period.state == "current" and period.price.amount_minor else 0
    older = min(left, sum(credits for owner, _, credits in advances if owner != period.pk))
    owed = sum(line["amount_minor"] for line in order.lines)
    label = price_facts(period.price).label
    return OverdueFacts(order.pk, period.pk, label, owed, left - older, used, older)


def default_card(account_id: int, card_id: int | None = None) -> PaymentMethod | None:
    """The card that is named, or that is charged where none is; None where it is gone."""
    cards = PaymentMethod.objects.filter(account_id=account_id, removed_at=None)
    return cards.filter(pk=card_id).first() if card_id else cards.filter(is_default=True).first()


def gather(account: Account, now: datetime, request: QuoteRequest) -> tuple[Situation, dict[str, Any]]:
    """Return the situation at `now` (cut to whole seconds) and its basis. The account is locked."""
    account_id = account.pk
    subscription = periods.live_subscription(account_id) or _last_subscription(account_id)
    period = periods.current_period(account_id)
    latest = periods.latest_policy()
    version = period.policy if period else latest
    overdue = overdue_of(account_id)
    card = default_card(account_id, request.payment_method_id)
    policy = periods.policy_of(version)
    add_ons = add_ons_of(account_id, price_facts(subscription.price) if subscription else None)
    if period is not None and period.paid == "paid":
        add_ons = tuple(
            replace(a, paid=paid_extras.of_period(account_id, period.pk, a)) if a.quantity else a for a in add_ons
        )
    owed = sum(credits for _, _, credits in advance_grants(account_id))
    prices, packs = _on_offer(account, request, subscription)
    held, taken = numbers_held(account_id), _is_taken(request.phone)
    tax = taxes.tax_of(account_id, policy, now)
    next_policy = periods.policy_of(latest)
    situation = Situation(
        now=now.replace(microsecond=0), zone=account.timezone, currency=account.currency,
        policy=policy, tax=tax, account_status=account.status,
        subscription=_subscription_facts(subscription, period) if subscription else None,
        grants=grants_of(account_id), add_ons=add_ons, overdue=overdue,
        card=CardFacts(card.pk, f"{card.brand} {card.last4}") if card else None,
        free_allowance_at=account.free_allowance_at, advance_owed=owed, undecided=undecided(account_id),
        prices=prices, packs=packs, numbers_held=held, phone_taken=taken,
        owed=Balance.objects.values_list("owed", flat=True).get(account_id=account_id), next_policy=next_policy,
        next_tax=taxes.tax_of(account_id, next_policy, period.ends_at if period else now),
    )  # fmt: skip
    basis = {
        "plan": [
            account.status,
            *([subscription.pk, subscription.status, subscription.price_id] if subscription else []),
        ],
        "scheduled_change": [str(subscription.scheduled_price_id), str(subscription.cancel_at)] if subscription else [],
        "period": [period.pk, period.paid, period.paid_minor] if period else [],
        "overdue": [overdue.order_id, overdue.amount_minor] if overdue else [],
        "card": [card.pk if card else None],
        "policies": [version.pk, latest.pk],
        "add_ons": [[a.kind, a.quantity, a.at_renewal, *([p.most_minor] for p in a.paid)] for a in add_ons],
        "numbers": [held, taken] if request.phone else [],
        "time_zone": [account.timezone],
        "tax": [tax.rate_basis_points, tax.inclusive, tax.reverse_charge],
        "price": [[p.id, p.amount_minor, p.credits, p.withdrawn] for p in prices.values() if p.id == request.price_id]
        + [[p.id, p.amount_minor, p.credits, p.withdrawn] for p in packs.values() if p.id == request.pack_id],
    }
    return situation, basis


def changed_since(old: dict[str, Any], new: dict[str, Any], kind: str) -> list[str]:
    """Name what is not as it was. A pack is not computed from the plan, but sold only to who can spend; spends and
    passing time never count."""
    if kind != "buy_credits":
        return [name for name in new if old.get(name) != new[name]]
    return [name for name, value in _of_a_pack(new).items() if _of_a_pack(old).get(name) != value]


def _of_a_pack(basis: dict[str, Any]) -> dict[str, Any]:
    """What of a basis the price of a pack depends on."""
    kept = {name: basis[name] for name in ("card", "policies", "price", "tax")}
    return {"plan": basis["plan"][0] in CLOSED, "period": basis["period"][:1]} | kept


def _last_subscription(account_id: int) -> Subscription | None:
    return Subscription.objects.select_related("price__plan").filter(account_id=account_id).order_by("-id").first()


def _subscription_facts(subscription: Subscription, period: Period | None) -> SubscriptionFacts:
    scheduled = subscription.scheduled_price
    facts = None
    if period is not None and period.subscription_id == subscription.pk:
        facts = PeriodFacts(
            period.pk, period.index, period.starts_at, period.ends_at, period.full_ends_at, period.paid,
            period.paid_minor, period.most_held,
        )  # fmt: skip
    return SubscriptionFacts(
        subscription.pk, subscription.status, price_facts(subscription.price), facts, subscription.cancel_at,
        price_facts(scheduled) if scheduled else None, _coming(period) if period and facts else None,
    )  # fmt: skip


def _coming(period: Period) -> PriceFacts | None:
    following = Period.objects.select_related("price__plan").filter(
        account_id=period.account_id, subscription_id=period.subscription_id, index=period.index + 1
    )
    found = following.first()
    return price_facts(found.price) if found else None


def add_ons_of(account_id: int, price: PriceFacts | None) -> tuple[AddOnFacts, ...]:
    """Paid extras and what is in use, at a price."""
    rows = AddOn.objects.filter(account_id=account_id).values_list("kind", "quantity", "quantity_at_renewal")
    keeps = Number.objects.filter(account_id=account_id).exists()
    return add_on_facts(
        price, {kind: (now, then) for kind, now, then in rows}, seats=seats_used(account_id),
        numbers=numbers_held(account_id) if keeps else None,
    )  # fmt: skip


def seats_used(account_id: int) -> int:
    """Members who take a seat."""
    return Membership.objects.filter(account_id=account_id, removed_at=None).exclude(role="observer").count()


def numbers_held(account_id: int) -> int:
    """Phone numbers that take a place: had, or being bought."""
    return Number.objects.filter(account_id=account_id, removed_at=None, released_at=None).count()


def _is_taken(phone: str | None) -> bool:
    return phone is not None and Number.objects.filter(e164=phone, released_at=None).exists()


def _on_offer(
    account: Account, request: QuoteRequest, subscription: Subscription | None
) -> tuple[dict[int, PriceFacts], dict[int, PackFacts]]:
    wanted = [price_id for price_id in (request.price_id, subscription.price_id if subscription else None) if price_id]
    prices = Price.objects.select_related("plan").filter(pk__in=wanted, mode__in=modes_of(account))
    packs = Pack.objects.filter(pk=request.pack_id or 0, mode__in=modes_of(account))
    return {price.pk: price_facts(price) for price in prices}, {pack.pk: pack_facts(pack) for pack in packs}
