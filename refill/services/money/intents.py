"""A charge as the provider is told of it, and the link by which the customer finishes it."""

from __future__ import annotations

import json
from hashlib import sha256

from django.conf import settings
from django.core.signing import BadSignature, Signer

from refill.domain import ids
from refill.domain.errors import Unknown
from refill.domain.payments import ChargeIntent
from refill.ledger import balances
from refill.models import Charge, Order, Quote


def _links() -> Signer:
    return Signer(sep=".", salt="refill.pay")


def intent_of(charge: Charge) -> ChargeIntent:
    """Everything that the provider keeps with the charge. Should the database be lost, it can be told from this."""
    card = charge.payment_method
    age = balances.instant(charge.account_id) - charge.created_at
    return ChargeIntent(
        charge.provider_key, card.reference if card else "", charge.amount_minor, charge.currency,
        f"Refill order {ids.encode('ord', charge.order_id)}",
        customer_reference=card.customer_reference if card else "", reference=charge.provider_reference,
        age_seconds=int(age.total_seconds()), facts=_facts(charge, charge.order),
    )  # fmt: skip


def _facts(charge: Charge, order: Order) -> dict[str, str]:
    facts = {
        "refill_account": ids.encode("acc", charge.account_id),
        "refill_order": ids.encode("ord", order.pk),
        "refill_charge": ids.encode("chg", charge.pk),
        "refill_order_kind": order.kind,
    }
    if order.plan.get("credits") is not None:
        facts["refill_credits"] = str(order.plan["credits"])
    if order.quote is not None:
        facts["refill_quote"] = quote_hash(order.quote)
    return facts


def quote_hash(quote: Quote) -> str:
    """Names exactly what was shown: 32 hex digits of its hash."""
    shown = json.dumps([quote.pk, quote.offer, quote.due_now_minor, quote.currency], sort_keys=True)
    return sha256(shown.encode()).hexdigest()[:32]


def action_url(charge: Charge) -> str:
    """The link by which the customer finishes a payment that the bank asked about. It needs no sign-in, works as long
    as the payment waits, and can do nothing else."""
    return f"{settings.BASE_URL}/pay/{_links().sign(ids.encode('chg', charge.pk))}"


def charge_of(token: str) -> int:
    """The charge that such a link is for. Raises Unknown."""
    try:
        return ids.decode("chg", _links().unsign(token))[0]
    except (BadSignature, ids.UnknownId):
        raise Unknown("There is no such payment.") from None
