"""Auto-recharge as it stands, its decisions, and what would have been cheaper (RULES §5.4-5.8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from refill.domain import calendars, recharge
from refill.domain.modes import modes_for
from refill.domain.recharge import PackOffer, PlanOffer, Saving
from refill.domain.taxes import Tax
from refill.models import (
    Account,
    Charge,
    Order,
    Pack,
    PaymentMethod,
    Period,
    Price,
    Recharge,
    RechargeDecision,
)
from refill.queries import policies
from refill.queries.taxes import tax_of

ADVICE_DAYS = 30


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """Fired; or not, and why. Credits, and minor units with tax; `entry_seq` is the debit that was the cause."""

    id: int
    at: datetime
    reason: str
    cause: str
    entry_seq: int | None
    available: int
    threshold: int
    required: int | None
    gap: int
    packs: int
    amount_minor: int
    currency: str
    order_id: int | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class RechargeRow:
    """What was agreed to, and how it stands. `until`: when a cap ends or the next try comes."""

    enabled: bool
    threshold: int
    pack_id: int
    pack_credits: int
    pack_minor: int
    max_per_day: int
    max_per_month_minor: int
    currency: str
    consent: str
    consent_by: str
    consent_at: datetime | None
    broken_cards: tuple[int, ...]
    reason: str
    state: str
    until: datetime | None
    order_id: int | None
    action_url: str | None


@dataclass(frozen=True, slots=True)
class Use:
    """Recharges open, unknown and settled in the local day and month; minor units with tax."""

    today_count: int
    month_minor: int


@dataclass(frozen=True, slots=True)
class Advice:
    """A local day of several recharges: what it cost, and what would have cost less."""

    on: date
    recharges: int
    credits: int
    paid_minor: int
    pack: Saving | None
    plan: Saving | None


def settings_of(account_id: int) -> RechargeRow | None:
    """What the account agreed to; none where nobody ever saved anything."""
    row = Recharge.objects.select_related("pack").filter(account_id=account_id).first()
    if row is None:
        return None
    order = _open_order(account_id)
    state = recharge.state_of(row.enabled, order.status if order else None, row.reason)
    until = order.next_try_at if order else row.reason_until
    return RechargeRow(
        row.enabled, row.threshold, row.pack_id, row.pack.credits, row.pack.amount_minor, row.max_per_day,
        row.max_per_month_minor, row.pack.currency, row.consent, row.consent_by, row.consent_at,
        tuple(broken["card"] for broken in row.broken), row.reason, state,
        until if state in ("capped", "retrying") else None, order.pk if order else None,
        _action_url(order) if order else None,
    )  # fmt: skip


def cards_of(account_id: int) -> tuple[int | None, int | None]:
    """(the card marked for recharges, the backup)."""
    cards = PaymentMethod.objects.filter(account_id=account_id, removed_at=None)
    main = cards.filter(is_recharge=True).values_list("pk", flat=True).first()
    return main, cards.filter(is_backup=True).values_list("pk", flat=True).first()


def pack_of(pack_id: int) -> PackOffer | None:
    """A pack, on sale or not: the one that was agreed to stays."""
    row = Pack.objects.filter(pk=pack_id).first()
    return PackOffer(row.pk, row.credits, row.amount_minor) if row else None


def use_of(account_id: int, now: datetime) -> Use:
    """What counts towards the caps at this instant."""
    zone = Account.objects.values_list("timezone", flat=True).get(pk=account_id)
    day, month = calendars.local_day_bounds(now, zone), calendars.local_month_bounds(now, zone)
    rows = _counted(account_id, min(day[0], month[0]))
    return Use(
        sum(1 for at, _, _ in rows if day[0] <= at < day[1]),
        sum(amount for at, amount, _ in rows if month[0] <= at < month[1]),
    )


def decisions(account_id: int, *, before: int | None, limit: int, skip: int = 0) -> list[DecisionRow]:
    """Decisions below the id `before`, the newest first; `skip` leaves out so many of them."""
    rows = RechargeDecision.objects.filter(account_id=account_id)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [DecisionRow(**row) for row in rows.order_by("-pk").values(*DecisionRow.__slots__)[skip : skip + limit]]


def statuses_of(account_id: int, rows: Iterable[DecisionRow]) -> dict[int, str]:
    """How the orders that decisions name stand now."""
    named = [row.order_id for row in rows if row.order_id]
    return dict(Order.objects.filter(account_id=account_id, pk__in=named).values_list("pk", "status"))


def advice_of(account_id: int, now: datetime) -> Advice | None:
    """The latest local day of the last 30 with three recharges or more, and what would have cost less (RULES §5.7)."""
    account = Account.objects.get(pk=account_id)
    rows = _counted(account_id, now - timedelta(days=ADVICE_DAYS))
    by_day: dict[date, list[tuple[int, int]]] = defaultdict(list)
    for at, amount_minor, credits in rows:
        by_day[calendars.wall_of(at, account.timezone).date()].append((amount_minor, credits))
    busy = [day for day, bought in by_day.items() if len(bought) >= recharge.MANY_IN_A_DAY]
    if not busy:
        return None
    bought = by_day[max(busy)]
    paid_minor, credits = sum(one[0] for one in bought), sum(one[1] for one in bought)
    tax = tax_now(account_id, now)
    return Advice(
        max(busy), len(bought), credits, paid_minor,
        recharge.larger_pack(credits, paid_minor, _packs(account), tax), _plan(account, tax, rows),
    )  # fmt: skip


def _counted(account_id: int, since: datetime) -> list[tuple[datetime, int, int]]:
    """(when, minor units, credits) of recharges that count; declined charges do not."""
    charges = Charge.objects.filter(account_id=account_id, order__kind="recharge", created_at__gte=since)
    found = charges.exclude(state="declined").order_by("pk").values_list("created_at", "amount_minor", "order__plan")
    return [(at, amount_minor, int(plan["credits"])) for at, amount_minor, plan in found]


def _open_order(account_id: int) -> Order | None:
    is_open = Q(status__in=["processing", "needs_action"]) | Q(status="declined", next_try_at__isnull=False)
    return Order.objects.filter(is_open, account_id=account_id, kind="recharge").first()


def _action_url(order: Order) -> str | None:
    waiting = Charge.objects.filter(account_id=order.account_id, order=order, state="needs_action")
    return waiting.values_list("action_url", flat=True).first()


def _packs(account: Account) -> list[PackOffer]:
    rows = Pack.objects.filter(currency=account.currency, withdrawn_at=None, mode__in=modes_for(account.livemode))
    return [PackOffer(row.pk, row.credits, row.amount_minor) for row in rows]


def _plan(account: Account, tax: Tax, rows: list[tuple[datetime, int, int]]) -> Saving | None:
    """What this period's recharges would have cost as a larger allowance of the same plan and interval."""
    period = Period.objects.select_related("price").filter(account_id=account.pk, state="current").first()
    if period is None:
        return None
    now_on = period.price
    offers = Price.objects.filter(
        plan_id=now_on.plan_id, interval=now_on.interval, currency=now_on.currency, withdrawn_at=None,
        mode__in=modes_for(account.livemode),
    )  # fmt: skip
    inside = [(amount, credits) for at, amount, credits in rows if at >= period.starts_at]
    return recharge.larger_plan(
        sum(credits for _, credits in inside), sum(amount for amount, _ in inside), _offer(now_on),
        [_offer(price) for price in offers], tax,
    )  # fmt: skip


def _offer(price: Price) -> PlanOffer:
    return PlanOffer(price.pk, price.credits, price.amount_minor)


def tax_now(account_id: int, now: datetime) -> Tax:
    """What a charge at `now` would carry, under the policies in force for the account."""
    return tax_of(account_id, now, policies.in_force(account_id).tax)
