"""Refunds by grant, previewed to the minor unit: what was previewed is what is done (RULES §9.5)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from refill.domain.credited_on import Passed
from refill.domain.errors import Conflict, Invalid, NothingToDo, RefundStale
from refill.domain.money import say_count, say_money
from refill.domain.records import Actor, BalanceRead
from refill.domain.refunds import Payment, Reason, RefundOffer, at_wish, mark_of, tax_within
from refill.ledger import grants
from refill.models import Dispute, Refund
from refill.services.entering import entered
from refill.services.invoicing import credit_notes
from refill.services.money import charging, credited_back
from refill.services.money.credited_back import Part
from refill.services.money.payments import Paid, move_paid, paid_by
from refill.services.recording import audit, made


def preview(
    *, account_id: int, order_id: int, reason: Reason, amount_minor: int | None = None, keep_credits: bool = False
) -> RefundOffer:
    """Say exactly what `make` would do now; changes nothing.

    At the customer's wish the sum follows from the rule. At the operator's fault it is `amount_minor`, all that is left
    where none is named, and the credits may be left. Raises Unknown, Conflict, Invalid, NothingToDo.
    """
    with entered(account_id) as balance:
        return _offer(paid_by(account_id, order_id), balance, reason, amount_minor, keep_credits)


def make(
    *, account_id: int, order_id: int, reason: Reason, amount_minor: int | None = None, keep_credits: bool = False,
    mark: str | None = None, note: str = "", actor: Actor,
) -> int:  # fmt: skip
    """Give back, and return the refund: credits, credit note and intent in one transaction, then the provider.

    With the `mark` of a preview it is refused as stale, with a fresh one, unless exactly that is what would be done.
    Raises RefundStale, and what `preview` raises.
    """
    with entered(account_id) as balance:
        paid = paid_by(account_id, order_id)
        offer = _offer(paid, balance, reason, amount_minor, keep_credits)
        if mark is not None and mark != offer.mark:
            raise RefundStale("Something changed since this preview; look at the fresh one.", preview=offer)
        refund = _take_back(paid, offer, balance, actor, note)
        made(refund.pk)
    charging.refund(paid.charge.pk)
    return refund.pk


def _take_back(paid: Paid, offer: RefundOffer, balance: BalanceRead, actor: Actor, note: str) -> Refund:
    account_id, now, charge = paid.order.account_id, balance.at, paid.charge
    own = {grant.id for grant in paid.payment.grants}
    for grant_id, credits in offer.takes:
        # Its own are taken back whole: what returns to them later is taken too.
        grants.revoke(
            account_id, grant_id, None if grant_id in own else credits, "its payment was given back", actor.label
        )
    way = _way(paid, offer.reason, offer.amount_minor)
    credited_back.move_paid(account_id, credited_back.parts(account_id, way), -1)
    document = credit_notes.issue(
        paid.invoice, now, reason=offer.reason, amount_minor=offer.amount_minor, tax_minor=offer.tax_minor,
        working=offer.working,
    )  # fmt: skip
    before = charge.refund_due_minor
    charge.refund_due_minor += offer.amount_minor
    charge.refund_try_at = now
    charge.save(update_fields=["refund_due_minor", "refund_try_at"])
    move_paid(paid, -offer.amount_minor)
    refund = Refund.objects.create(
        account_id=account_id, charge=charge, credit_note=document, reason=offer.reason,
        amount_minor=offer.amount_minor, currency=offer.currency, due_minor=charge.refund_due_minor,
        grants=[list(taken) for taken in offer.takes], through=credited_back.written(way), note=note, actor=actor.label,
        created_at=now,
    )  # fmt: skip
    audit(
        account_id, now, actor, "refund.made", subject=str(refund.pk), before={"refund_due_minor": before},
        after={
            "order": paid.order.pk, "charge": charge.pk, "reason": offer.reason, "amount_minor": offer.amount_minor,
            "refund_due_minor": charge.refund_due_minor, "grants": refund.grants, "credit_note": document.pk,
            "note": note,
        },
    )  # fmt: skip
    return refund


def _offer(
    paid: Paid, balance: BalanceRead, reason: Reason, amount_minor: int | None, keep_credits: bool
) -> RefundOffer:
    payment = paid.payment
    if Dispute.objects.filter(account_id=paid.order.account_id, charge=paid.charge, state="open").exists():
        raise Conflict("This payment is disputed; wait until the bank has decided.")
    if reason == "customer":
        if amount_minor is not None or keep_credits:
            raise Invalid("At the customer's wish sum and credits follow from the rule; name neither.", param="amount")
        amount_minor, working = at_wish(payment)
    else:
        amount_minor, working = _at_fault(payment, amount_minor)
    if amount_minor == 0:
        raise NothingToDo("Nothing of this payment is left to give back.")
    way = _way(paid, reason, amount_minor)
    parts = [Part(Fraction(1), payment.grants), *credited_back.parts(paid.order.account_id, way)]
    taken = [] if keep_credits else [(grant, part.takes_of(grant)) for part in parts for grant in part.grants]
    # Grants that have not started are not in the balance.
    spendable = sum(credits for grant, credits in taken if grant.started)
    offer = RefundOffer(
        order_id=paid.order.pk, reason=reason, amount_minor=amount_minor, tax_minor=tax_within(payment, amount_minor),
        currency=payment.currency, most_minor=payment.most_minor, working=working, warnings=_warnings(paid, way),
        takes=tuple((grant.id, credits) for grant, credits in taken),
        keeps_credits=keep_credits, available_before=balance.available, available_after=balance.available - spendable,
    )  # fmt: skip
    return replace(offer, mark=mark_of(offer))


def _at_fault(payment: Payment, amount_minor: int | None) -> tuple[int, str]:
    if amount_minor is None:
        amount_minor = payment.most_minor
    if not 0 <= amount_minor <= payment.most_minor:
        raise Invalid(
            f"At most {payment.most_minor:,} minor units of this payment are left to give back.", param="amount",
            most=payment.most_minor,
        )  # fmt: skip
    return amount_minor, "as the operator decided"


def _way(paid: Paid, reason: Reason, amount_minor: int) -> Passed:
    """At the customer's wish what was credited to a later change is not given back, so nothing of it is taken."""
    return Passed() if reason == "customer" else credited_back.way(paid, amount_minor)


def _warnings(paid: Paid, way: Passed) -> tuple[str, ...]:
    said = []
    credited_minor = sum(amount for (source, _), amount in way.items() if source == paid.order.pk)
    if credited_minor:
        credited = say_money(credited_minor, paid.payment.currency)
        said.append(f"{credited} of this was credited to a later change of plan: what it bought there is taken first.")
    if paid.bought or paid.order.plan["do"] == "upgrade":
        said.append("The plan stays as it is. To stop it, cancel it too.")
    held = sum(grant.held for grant in paid.payment.grants)
    if held:
        said.append(f"{say_count(held, 'credit', 'are')} held and counted as used; what is released cannot be spent.")
    return tuple(said)
