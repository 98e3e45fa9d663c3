"""What an order's payment paid for, and what became of it: the ground of refunds and disputes (RULES §9.5)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest

from refill.domain.errors import Conflict, Unknown
from refill.domain.refunds import PaidGrant, Payment, UnitPrice
from refill.models import Account, Charge, Invoice, Order, Pack, Period, Price
from refill.services.money.credited_on import plan_credited
from refill.services.money.situations import modes_of

PACKS = ("buy", "recharge")
# The grants of an order, as they are drawn: packs name their order, an upgrade's difference its cause, and the rest of
# a plan's credits their period.
_GRANTS = """
select n.id, n.source, n.amount, n.remaining, n.spent, n.held, n.started, n.revoked, g.recalled
  from refill_grant_now n join refill_grant g on g.id = n.id
 where n.account_id = %(account)s
   and ((g.source in ('purchase', 'recharge') and g.order_id = %(order)s)
     or (g.source = 'allowance' and g.cause = %(upgrade)s)
     or (g.source = 'allowance' and g.period_id = any(%(periods)s) and g.cause not like 'upgrade-%%'))
 order by g.ends_at, g.rank, g.starts_at, g.id
"""


@dataclass(frozen=True, slots=True)
class Bought:
    """A period whose allowance an order paid for, at the price that was paid."""

    period: Period
    price: Price


@dataclass(frozen=True, slots=True)
class Paid:
    """The rows behind a payment, and the payment itself."""

    order: Order
    charge: Charge
    invoice: Invoice
    bought: tuple[Bought, ...]
    payment: Payment


def paid_by(account_id: int, order_id: int) -> Paid:
    """What this order's charge paid for. The account is locked. Raises Unknown, Conflict where nothing was paid."""
    order = Order.objects.select_related("period").filter(account_id=account_id, pk=order_id).first()
    if order is None:
        raise Unknown("There is no such order in this account.", param="order")
    charge = Charge.objects.filter(account_id=account_id, order=order, state="succeeded").first()
    invoice = Invoice.objects.filter(account_id=account_id, order=order, status="paid").first()
    if order.status != Order.Status.SUCCEEDED or charge is None or invoice is None:
        raise Conflict("No money was taken for this order, so none can be given back.")
    bought = bought_by(order)
    grants = grants_of_order(order, bought)
    lines_minor = sum(line["amount_minor"] for line in order.lines)
    payment = Payment(
        total_minor=charge.amount_minor, tax_minor=invoice.tax_minor, lines_minor=lines_minor,
        credits_minor=min(lines_minor, for_credits(order, bought, lines_minor)), currency=charge.currency,
        returned_minor=charge.refund_due_minor, disputed_minor=charge.disputed_minor, grants=grants,
        used_before=_used_before(order, bought, grants), credited_minor=plan_credited(order),
        dearest=_dearest(order, bought), extras_returned_minor=_extras_returned(order),
    )  # fmt: skip
    return Paid(order, charge, invoice, bought, payment)


def move_paid(paid: Paid, amount_minor: int) -> None:
    """What was given back of a plan is no longer paid for its period, so that a later change credits that much less
    (RULES §4.5); above zero: it is paid again."""
    if paid.order.plan["do"] in PACKS or not paid.payment.total_minor:
        return
    period_ids = [bought.period.pk for bought in paid.bought] or [paid.order.plan.get("period")]
    gone_minor = paid.payment.gone_minor
    change = _still_paid(paid.payment, gone_minor - amount_minor) - _still_paid(paid.payment, gone_minor)
    Period.objects.filter(account_id=paid.order.account_id, pk=period_ids[-1]).update(
        paid_minor=Greatest(0, F("paid_minor") + change)
    )


def _still_paid(payment: Payment, gone_minor: int) -> int:
    """What is paid for the credits once so much went back, so that what comes again is what had gone."""
    return max(0, payment.credits_minor - gone_minor * payment.lines_minor // payment.total_minor)


def bought_by(order: Order) -> tuple[Bought, ...]:
    """Periods whose whole allowance the order paid for: the overdue one that it paid first, and its own."""
    orders = [order]
    if order.plan.get("overdue"):
        overdue = Order.objects.select_related("period").get(account_id=order.account_id, pk=order.plan["overdue"])
        orders.insert(0, overdue)
    return tuple(
        Bought(paid.period, Price.objects.get(pk=paid.plan.get("price") or paid.period.price_id))
        for paid in orders
        if paid.period is not None
    )


def grants_of_order(order: Order, bought: tuple[Bought, ...]) -> tuple[PaidGrant, ...]:
    facts: dict[str, Any] = {
        "account": order.account_id, "order": order.pk, "upgrade": f"upgrade-{order.pk}",
        "periods": [one.period.pk for one in bought],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_GRANTS, facts)
        return tuple(PaidGrant(*row) for row in cursor.fetchall())


def _used_before(order: Order, bought: tuple[Bought, ...], grants: tuple[PaidGrant, ...]) -> int:
    """Plan credits that were paid for and not granted, because they had been used in advance (RULES §3.5, §4.5)."""
    more = int(order.plan["credits"]) if order.plan["do"] == "upgrade" else 0
    paid_credits = more + sum(one.price.credits for one in bought)
    return max(0, paid_credits - sum(grant.amount for grant in grants)) if bought else 0


def _extras_returned(order: Order) -> int:
    """What went back of this payment for extras that were removed (RULES §4, Add-ons)."""
    removals = Order.objects.filter(account_id=order.account_id, status="succeeded", plan__do="fewer_extras")
    rows = removals.filter(plan__has_key="back").values_list("plan", flat=True)
    return sum(amount for plan in rows for order_id, _, amount in plan["back"] if order_id == order.pk)


def for_credits(order: Order, bought: tuple[Bought, ...], lines_minor: int) -> int:
    """What of the lines was for credits: all of a pack; of a plan its price, without seats and numbers."""
    if order.plan["do"] in PACKS:
        return lines_minor
    upgraded = int(order.plan["plan_minor"]) if order.plan["do"] == "upgrade" else 0
    return upgraded + sum(one.price.amount_minor for one in bought)


def _dearest(order: Order, bought: tuple[Bought, ...]) -> UnitPrice | None:
    """The dearest published price a credit of that kind, and never less than what was paid (RULES §9.5)."""
    account = Account.objects.get(pk=order.account_id)
    if order.plan["do"] in PACKS:
        packs = Pack.objects.filter(mode__in=modes_of(account), currency=order.currency, withdrawn_at=None)
        found = [(pack.amount_minor, pack.credits) for pack in packs]
        found += Pack.objects.filter(pk=order.plan["pack"]).values_list("amount_minor", "credits")
    else:
        own = [one.price for one in bought] or list(Price.objects.filter(pk=order.plan.get("price") or 0))
        prices = Price.objects.filter(
            mode__in=modes_of(account), currency=order.currency, withdrawn_at=None, interval="month",
            plan__in=[price.plan_id for price in own], plan__withdrawn_at=None,
        )  # fmt: skip
        found = [(price.amount_minor, price.credits) for price in [*prices, *own] if price.credits]
    if not found:
        return None
    return UnitPrice(*max(found, key=lambda row: Fraction(*row)))
