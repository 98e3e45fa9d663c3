"""Whose money a change of plan credited, kept when it happens (RULES §4.5, §4.6)."""

from __future__ import annotations

from refill.domain.credited_on import Passed, last_first
from refill.domain.quotes.situation import AddOnFacts
from refill.models import AddOn, Charge, Dispute, Order, Period, Price, Refund
from refill.services.money import paid_extras


def is_covered(order: Order, period: Period) -> bool:
    """Whether what a change credits of this period is still paid, and did not go back while its charge was on its way.
    What is overdue is paid by the change itself."""
    if order.plan.get("overdue"):
        return True
    credited = dict(order.plan.get("credited", {}))
    if credited.pop("plan", 0) > period.paid_minor:
        return False
    payers = {kind: _extras_payers(order, period.pk, kind) for kind in credited}
    return all(amount <= sum(left for _, left in payers[kind]) for kind, amount in credited.items())


def record(order: Order) -> None:
    """Keep whose money this change credits, while the period that it ends or changes is current still."""
    rows = _payers_of(order)
    if rows:
        order.credited_from = rows
        order.save(update_fields=["credited_from"])


def _payers_of(order: Order) -> list[tuple[int, int, str]]:
    period_id, rows = order.plan.get("period"), []
    for what, amount_minor in order.plan.get("credited", {}).items():
        payers = _plan_payers(order, period_id) if what == "plan" else _extras_payers(order, period_id, what)
        rows += [(payer, given, what) for payer, given in last_first(amount_minor, payers)]
    return rows


def plan_credited(order: Order) -> int:
    """What of an order's plan was credited to later ones and has not been taken back since; minor units."""
    later = Order.objects.filter(account_id=order.account_id, status="succeeded").exclude(credited_from=[])
    rows = [row for one in later.values_list("credited_from", flat=True) for row in one]
    whole = sum(amount for payer, amount, what in rows if payer == order.pk and what == "plan")
    left = sum(amount for (payer, _), amount in left_of(order.account_id).items() if payer == order.pk)
    return min(whole, left) if whole else 0


def left_of(account_id: int) -> Passed:
    """What was credited, by payer and order, and has not been taken back."""
    found = Passed()
    orders = Order.objects.filter(account_id=account_id, status="succeeded").exclude(credited_from=[]).order_by("id")
    for order in orders:
        for payer, amount, _ in order.credited_from:
            found[payer, order.pk] = found.get((payer, order.pk), 0) + amount
    if not found:
        return found
    taken = [
        *Dispute.objects.filter(account_id=account_id).exclude(state="won").values_list("through", flat=True),
        *Refund.objects.filter(account_id=account_id).values_list("through", flat=True),
    ]
    for source, target, amount in (row for rows in taken for row in rows):
        found[source, target] -= amount
    return found


def _plan_payers(order: Order, period_id: int | None) -> list[tuple[int, int]]:
    """Who paid for a period's plan, the last first; what of it has gone back comes after what has not."""
    done = Order.objects.filter(account_id=order.account_id, status="succeeded")
    paid: dict[Order, int] = {}
    for one in done.filter(plan__do="upgrade", plan__period=period_id).order_by("-settled_at", "-id"):
        paid[one] = int(one.plan["plan_minor"])
    began = paid_extras.beginning_of(order.account_id, period_id)
    if began is not None:
        payer = paid_extras.payer_of(began)
        paid[payer] = paid.get(payer, 0) + Price.objects.get(pk=began.plan["price"]).amount_minor
    paid.pop(order, None)
    gone = {one: _gone(one, plan_minor) for one, plan_minor in paid.items()}
    left = [(one.pk, plan_minor - gone[one]) for one, plan_minor in paid.items()]
    return left + [(one.pk, gone_minor) for one, gone_minor in gone.items()]


def _gone(order: Order, plan_minor: int) -> int:
    """What of this went back with the order's charge."""
    charge = Charge.objects.filter(account_id=order.account_id, order=order, state="succeeded").first()
    if charge is None:
        return 0
    lines_minor = sum(int(line["amount_minor"]) for line in order.lines)
    return min(plan_minor, (charge.refund_due_minor + charge.disputed_minor) * lines_minor // charge.amount_minor)


def _extras_payers(order: Order, period_id: int | None, kind: str) -> list[tuple[int, int]]:
    """Who paid for a period's extras of one kind, the last first, and at most what."""
    quantity = AddOn.objects.values_list("quantity", flat=True).get(account_id=order.account_id, kind=kind)
    facts = AddOnFacts("seat" if kind == "seat" else "number", quantity, quantity, quantity)
    found = paid_extras.of_period(order.account_id, period_id or 0, facts)
    return [(one.order_id, one.left_minor) for one in found if one.order_id != order.pk]
