"""A payment as whoever has its link may see it: no more than a receipt would say."""

from __future__ import annotations

from dataclasses import dataclass

from refill.domain import ids
from refill.models import Charge


@dataclass(frozen=True, slots=True)
class PaymentPage:
    charge_id: int
    account_name: str
    amount_minor: int
    currency: str
    state: str
    card: str
    is_sandbox: bool
    decline_code: str
    order: str


def payment_of(charge_id: int) -> PaymentPage | None:
    """Return the charge, or nothing."""
    row = Charge.objects.select_related("account", "payment_method").filter(pk=charge_id).first()
    if row is None:
        return None
    card = row.payment_method
    return PaymentPage(
        row.pk, row.account.name, row.amount_minor, row.currency, row.state,
        card.label if card else "a card",
        card is not None and card.gateway == "sandbox", row.decline_code, ids.encode("ord", row.order_id),
    )  # fmt: skip
