"""Which payments of a period paid for seats and numbers, and what goes back of them where the policy credits what is
removed (RULES §4, Add-ons)."""

from __future__ import annotations

from datetime import datetime

from refill.domain.quotes.situation import AddOnFacts, PaidExtras
from refill.domain.refunds import Payment, tax_within
from refill.models import Charge, Dispute, Invoice, Order, Refund
from refill.services.invoicing import credit_notes
from refill.services.recording import audit


def of_period(account_id: int, period_id: int, add_on: AddOnFacts) -> tuple[PaidExtras, ...]:
    """The payments of a period for one kind of extras, newest first: those added in it, then what the period began
    with."""
    done = Order.objects.filter(account_id=account_id, status="succeeded")
    gone: dict[int, int] = {}
    for removal in done.filter(plan__do="fewer_extras", plan__kind=add_on.kind, plan__period=period_id):
        for order_id, count, _ in removal.plan.get("back", []):
            gone[order_id] = gone.get(order_id, 0) + count
    added = done.filter(plan__do="extras", plan__kind=add_on.kind, plan__period=period_id, plan__quantity__gt=0)
    found, left = [], add_on.quantity
    for order in added.order_by("-settled_at", "-id"):
        count = min(left, int(order.plan["quantity"]) - gone.get(order.pk, 0))
        if count > 0:
            found.append(_paid(order, count, order.settled_at))
            left -= count
    began = beginning_of(account_id, period_id)
    if began is not None and left > 0:
        found.append(_paid(payer_of(began), left, None))
    return tuple(one for one in found if one is not None)


def beginning_of(account_id: int, period_id: int | None) -> Order | None:
    """The order that a period began with."""
    began = Order.objects.filter(account_id=account_id, status="succeeded", period=period_id)
    return began.exclude(plan__do__in=["extras", "fewer_extras"]).order_by("-id").first()


def payer_of(began: Order) -> Order:
    """A renewal that was overdue was paid by another order."""
    done = Order.objects.filter(account_id=began.account_id, status="succeeded")
    return done.filter(plan__overdue=began.pk).first() or began


def _paid(order: Order, count: int, since: datetime | None) -> PaidExtras | None:
    """None where no money was taken, or the bank is asked to take it back. An order that was covered whole by what it
    credited was paid by the money that this was."""
    charge = Charge.objects.filter(account_id=order.account_id, order=order, state="succeeded").first()
    if charge is None and order.credited_from:
        payers = Order.objects.filter(account_id=order.account_id, pk__in=[payer for payer, *_ in order.credited_from])
        found = [_paid(payer, count, since) for payer in payers]
        return max((one for one in found if one is not None), key=lambda one: one.most_minor, default=None)
    if charge is None or Dispute.objects.filter(account_id=order.account_id, charge=charge, state="open").exists():
        return None
    lines_minor = sum(line["amount_minor"] for line in order.lines)
    most = charge.amount_minor - charge.refund_due_minor - charge.disputed_minor
    return PaidExtras(order.pk, count, since, lines_minor, charge.amount_minor, max(0, most))


def give_back(removal: Order, now: datetime) -> None:
    """Credit notes and intents to refund, in the transaction of the removal; the provider is asked by what is due."""
    for order_id, _, amount_minor in removal.plan["back"]:
        charge = Charge.objects.get(order_id=order_id, account_id=removal.account_id, state="succeeded")
        invoice = Invoice.objects.get(account_id=removal.account_id, order_id=order_id)
        payment = Payment(
            total_minor=charge.amount_minor, tax_minor=invoice.tax_minor, lines_minor=0, credits_minor=0,
            currency=charge.currency, returned_minor=charge.refund_due_minor, disputed_minor=charge.disputed_minor,
        )  # fmt: skip
        working = "; ".join(line["description"] for line in removal.lines if line["amount_minor"] < 0)
        note = credit_notes.issue(
            invoice, now, reason="operator", amount_minor=amount_minor, tax_minor=tax_within(payment, amount_minor),
            working=working,
        )  # fmt: skip
        before = charge.refund_due_minor
        charge.refund_due_minor, charge.refund_try_at = before + amount_minor, now
        charge.save(update_fields=["refund_due_minor", "refund_try_at"])
        refund = Refund.objects.create(
            account_id=removal.account_id, charge=charge, credit_note=note, reason="operator",
            amount_minor=amount_minor, currency=charge.currency, due_minor=charge.refund_due_minor, grants=[],
            note="extras removed before the end of their period", actor=removal.actor, created_at=now,
        )  # fmt: skip
        audit(
            removal.account_id, now, removal.actor, "refund.made", subject=str(refund.pk),
            before={"refund_due_minor": before},
            after={"order": order_id, "charge": charge.pk, "amount_minor": amount_minor, "credit_note": note.pk},
        )  # fmt: skip
