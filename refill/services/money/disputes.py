"""Disputes: a customer's bank takes money back, until it is decided (RULES §9.5).

What is unspent of the grants is taken, the rest is owed; a won dispute restores all of it, a lost one is a credit note.
What a later change of plan credited of the payment is unspent too: it is taken where it went.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from refill.domain.errors import Conflict, Invalid, Unknown
from refill.domain.refunds import PaidGrant, tax_within
from refill.ledger import grants
from refill.models import Charge, Dispute
from refill.services.entering import entered
from refill.services.invoicing import credit_notes
from refill.services.money import credited_back
from refill.services.money.credited_back import Part
from refill.services.money.notices import disputes as notices
from refill.services.money.payments import Paid, move_paid, paid_by
from refill.services.recording import audit, emit

ACTOR = "refill"


def opened(charge: Charge, amount_minor: int, reference: str, *, fee_minor: int = 0) -> int:
    """Money of a settled charge was taken back; return the dispute. Told again, nothing changes.

    Raises Conflict where the charge took no money, or nothing of it is left to take; Invalid for no amount.
    """
    if amount_minor < 1 or fee_minor < 0:
        raise Invalid("A dispute is over at least one minor unit.", param="amount")
    with entered(charge.account_id) as balance:
        known = Dispute.objects.filter(reference=reference).first()
        if known is not None:
            return known.pk
        paid = paid_by(charge.account_id, charge.order_id)
        amount_minor = min(amount_minor, paid.payment.most_minor)
        if amount_minor == 0 or Dispute.objects.filter(charge_id=paid.charge.pk, state="open").exists():
            raise Conflict("Nothing of this charge is left to dispute.")
        way = credited_back.way(paid, amount_minor)
        parts = credited_back.parts(charge.account_id, way)
        whole = Part(credited_back.rest(paid, amount_minor, way), paid.payment.grants)
        taken = [_take(charge.account_id, grant, part) for part in (whole, *parts) for grant in part.grants]
        _move_disputed(paid, amount_minor, parts)
        dispute = Dispute.objects.create(
            account_id=charge.account_id, charge=paid.charge, reference=reference, amount_minor=amount_minor,
            currency=paid.charge.currency, fee_minor=fee_minor, grants=taken, through=credited_back.written(way),
            opened_at=balance.at,
        )  # fmt: skip
        facts = {"charge": paid.charge.pk, "amount_minor": amount_minor, "grants": taken, "fee_minor": fee_minor}
        audit(charge.account_id, balance.at, ACTOR, "dispute.opened", subject=str(dispute.pk), after=facts)
        owed = sum(row["owed"] for row in taken)
        if owed:
            emit(charge.account_id, balance.at, "credits.owed", credits=owed, order=charge.order_id)
        notices.opened(dispute, paid.order, balance.at)
        return dispute.pk


def closed(charge: Charge, won: bool, *, fee_minor: int | None = None) -> bool:
    """The bank has decided the charge's open dispute. True when that was news; told again, nothing changes."""
    with entered(charge.account_id) as balance:
        dispute = Dispute.objects.filter(account_id=charge.account_id, charge=charge, state="open").first()
        if dispute is None:
            return False
        paid = paid_by(charge.account_id, charge.order_id)
        if won:
            _restore(dispute, paid)
            notices.won(dispute, paid.order, balance.at)
        else:
            _give_up(dispute, paid, balance.at)
        dispute.state, dispute.closed_at = ("won" if won else "lost"), balance.at
        dispute.fee_minor = dispute.fee_minor if fee_minor is None else fee_minor
        dispute.save()
        facts = {"charge": charge.pk, "amount_minor": dispute.amount_minor, "fee_minor": dispute.fee_minor}
        audit(charge.account_id, balance.at, ACTOR, f"dispute.{dispute.state}", subject=str(dispute.pk), after=facts)
        return True


def charge_of(account_id: int, order_id: int) -> Charge:
    """The settled charge of an order, for whoever plays the bank. Raises Unknown."""
    charge = Charge.objects.filter(account_id=account_id, order_id=order_id, state="succeeded").first()
    if charge is None:
        raise Unknown("There is no settled charge of this order.", param="order")
    return charge


def charge_of_dispute(account_id: int, dispute_id: int) -> Charge:
    """The charge of a dispute. Raises Unknown."""
    found = Dispute.objects.select_related("charge").filter(account_id=account_id, pk=dispute_id).first()
    if found is None:
        raise Unknown("There is no such dispute.")
    return found.charge


def _take(account_id: int, grant: PaidGrant, part: Part) -> dict[str, Any]:
    """Take and owe of one grant; keep what restoring it needs."""
    credits = None if part.share >= 1 else part.credits_of(grant)
    done = grants.dispute(account_id, grant.id, credits, ACTOR)
    return {
        "grant": grant.id, "taken": done.taken, "owed": done.owed, "was_recalled": done.was_recalled,
        "recalls": credits is None and not done.was_recalled,
    }  # fmt: skip


def _restore(dispute: Dispute, paid: Paid) -> None:
    account_id = dispute.account_id
    for row in dispute.grants:
        grants.undispute(
            account_id, row["grant"], taken=row["taken"], owed=row["owed"], was_recalled=row["was_recalled"],
            recalls=row["recalls"], actor=ACTOR,
        )  # fmt: skip
    _move_disputed(paid, -dispute.amount_minor, credited_back.parts(account_id, credited_back.read(dispute.through)))


def _give_up(dispute: Dispute, paid: Paid, now: datetime) -> None:
    """Lost: what the bank took stays taken, and the invoice is corrected by it."""
    before = replace(paid.payment, disputed_minor=paid.payment.disputed_minor - dispute.amount_minor)
    dispute.credit_note = credit_notes.issue(
        paid.invoice, now, reason="dispute", amount_minor=dispute.amount_minor,
        tax_minor=tax_within(before, dispute.amount_minor), working=f"dispute {dispute.reference}",
    )  # fmt: skip


def _move_disputed(paid: Paid, amount_minor: int, parts: list[Part]) -> None:
    paid.charge.disputed_minor += amount_minor
    paid.charge.save(update_fields=["disputed_minor"])
    move_paid(paid, -amount_minor)
    credited_back.move_paid(paid.order.account_id, parts, -1 if amount_minor > 0 else 1)
