"""Money that goes back: refunds by the operator, disputes as the sandbox's bank plays them (RULES §9.5)."""

import secrets

from ninja import Query, Router

from refill.api.callers import ApiRequest
from refill.api.calls import call
from refill.api.cursors import before_of, page_of
from refill.api.shapes.parts import Listed, Paging, listed, number_of
from refill.api.shapes.refunds import Dispute, DisputeEnd, DisputeIn, Refund, RefundIn
from refill.domain.errors import Invalid, RefundStale
from refill.queries import orders as found_orders
from refill.queries import refunds as found
from refill.services.money import disputes, refunds

router = Router(tags=["Refunds and disputes"])


def _refund(request: ApiRequest, refund_id: int) -> Refund:
    return Refund.of(found.get(request.caller.account, refund_id))


@call(router, "POST", "/refunds", "create_refund", gives=Refund, status=201, refuses=(409,), shows=_refund)
def create_refund(request: ApiRequest, wanted: RefundIn) -> Refund:
    """Give money back by grant, or preview it.

    At the customer's wish the sum is the price less what was used at the dearest published price a credit; held counts
    as used, and what is unspent is taken back. At the operator's fault the operator decides. It makes a credit note.
    """
    caller, order_id = request.caller, number_of("ord", wanted.order, "order")
    amount_minor = None
    if wanted.amount is not None:
        if wanted.amount.currency != found_orders.get(caller.account, order_id).currency:
            raise Invalid("The order was paid in another currency.", param="amount.currency")
        amount_minor = wanted.amount.amount
    facts = {
        "account_id": caller.account, "order_id": order_id, "reason": wanted.reason, "amount_minor": amount_minor,
        "keep_credits": wanted.keep_credits,
    }  # fmt: skip
    if wanted.preview:
        return Refund.offered(refunds.preview(**facts))  # type: ignore[arg-type]
    try:
        made = refunds.make(**facts, mark=wanted.mark, note=wanted.note, actor=caller.actor)  # type: ignore[arg-type]
    except RefundStale as stale:
        fresh = Refund.offered(stale.facts["preview"]).model_dump(mode="json")
        raise RefundStale(stale.detail, preview=fresh) from None
    return _refund(request, made)


@call(router, "GET", "/refunds", "list_refunds", gives=Listed[Refund])
def list_refunds(request: ApiRequest, paging: Query[Paging]) -> Listed[Refund]:
    """What was given back."""
    rows = found.newest(request.caller.account, before=before_of(request, paging.cursor), limit=paging.limit + 1)
    page = page_of(request, rows, paging.limit, lambda row: row.id)
    return listed(Listed[Refund], page, Refund.of)


@call(router, "GET", "/refunds/{refund_id}", "get_refund", gives=Refund)
def get_refund(request: ApiRequest, refund_id: str) -> Refund:
    """One refund."""
    return _refund(request, number_of("ref", refund_id))


@call(router, "POST", "/disputes", "create_dispute", gives=Dispute, status=201, refuses=(409,))
def create_dispute(request: ApiRequest, wanted: DisputeIn) -> Dispute:
    """Play a customer's bank that takes a payment back. Test mode only: live disputes come from the provider."""
    account_id = request.caller.account
    charge = disputes.charge_of(account_id, number_of("ord", wanted.order, "order"))
    if wanted.amount is not None and wanted.amount.currency != charge.currency:
        raise Invalid("The order was paid in another currency.", param="amount.currency")
    amount_minor = wanted.amount.amount if wanted.amount else charge.amount_minor
    reference = f"sandbox_{secrets.token_hex(12)}"
    return Dispute.of(found.dispute(account_id, disputes.opened(charge, amount_minor, reference, fee_minor=wanted.fee)))


@call(router, "POST", "/disputes/{dispute_id}/close", "close_dispute", gives=Dispute, refuses=(409,))
def close_dispute(request: ApiRequest, dispute_id: str, wanted: DisputeEnd) -> Dispute:
    """Play the bank's decision. Won: everything is as before; lost: the money is gone, and a credit note says so."""
    account_id, number = request.caller.account, number_of("dis", dispute_id)
    disputes.closed(disputes.charge_of_dispute(account_id, number), wanted.won)
    return Dispute.of(found.dispute(account_id, number))


@call(router, "GET", "/disputes", "list_disputes", gives=Listed[Dispute])
def list_disputes(request: ApiRequest, paging: Query[Paging]) -> Listed[Dispute]:
    """Payments that customers' banks took back."""
    rows = found.disputes(request.caller.account, before=before_of(request, paging.cursor), limit=paging.limit + 1)
    page = page_of(request, rows, paging.limit, lambda row: row.id)
    return listed(Listed[Dispute], page, Dispute.of)
