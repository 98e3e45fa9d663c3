"""Money that was given back in the provider's own dashboard, booked here by grant (RULES §9.5).

The provider is asked for the sum of all refunds of the charge. What is booked already is the rest of that sum, so
that booking it again, or beside a further refund there, books nothing twice, and no money moves by it.
"""

from __future__ import annotations

from refill.domain.errors import Conflict, NothingToDo, Unknown
from refill.domain.records import Actor
from refill.domain.refunds import RefundOffer
from refill.gateways import clock
from refill.models import Charge, ProviderDifference
from refill.services.money import charging, intents, refunds


def preview(*, difference_id: int, keep_credits: bool = False) -> RefundOffer:
    """What booking it would do: a credit note, and the unspent credits of the payment unless they are left.

    Raises Unknown, NothingToDo where there is no more than is booked, Conflict, Invalid and ProviderUnavailable.
    """
    charge, amount_minor = _given_back(difference_id)
    return refunds.preview(
        account_id=charge.account_id, order_id=charge.order_id, reason="operator", amount_minor=amount_minor,
        keep_credits=keep_credits,
    )  # fmt: skip


def book(*, difference_id: int, keep_credits: bool = False, mark: str, note: str = "", actor: Actor) -> int:
    """Book exactly what was previewed, and return the refund. Raises RefundStale, and what `preview` raises."""
    charge, amount_minor = _given_back(difference_id)
    made = refunds.make(
        account_id=charge.account_id, order_id=charge.order_id, reason="operator", amount_minor=amount_minor,
        keep_credits=keep_credits, mark=mark, note=note or "given back in the provider's dashboard", actor=actor,
    )  # fmt: skip
    ProviderDifference.objects.filter(pk=difference_id, gone_at=None).update(gone_at=clock.now())
    return made


def _given_back(difference_id: int) -> tuple[Charge, int]:
    """The charge, and what the provider gave back of it beyond what is booked; minor units."""
    row = ProviderDifference.objects.filter(pk=difference_id, what="refunded", gone_at=None).first()
    found = Charge.objects.select_related("account", "order__quote", "payment_method")
    charge = found.filter(pk=row.charge_id or 0).first() if row is not None else None
    if charge is None:
        raise Unknown("There is no such difference.")
    taken = charging.gateway_of(charge.account).look(intents.intent_of(charge))
    if taken is None:
        raise Conflict("The provider does not know this charge any more.")
    if taken.refunded_minor <= charge.refund_due_minor:
        raise NothingToDo("The provider gave back no more than is booked; the next comparison closes this.")
    return charge, taken.refunded_minor - charge.refund_due_minor
