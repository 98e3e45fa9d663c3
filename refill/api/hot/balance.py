"""The balance: a kept row, never a sum."""

from __future__ import annotations

from refill.api.access import TABLE
from refill.api.callers import ApiRequest, identify
from refill.api.shapes.ledger import Balance, Lot
from refill.api.wire import Answer
from refill.domain.errors import Invalid
from refill.queries import ledger
from refill.services import credits

GRANTS_SHOWN = 100


def get_balance(request: ApiRequest) -> Answer:
    """The balance now, with the work of any boundary that has passed done first (RULES §2.6)."""
    request.caller = caller = identify(request, TABLE["get_balance"], recent=True)
    expand = request.GET.get("expand")
    if expand not in (None, "grants"):
        raise Invalid("Only grants can be expanded.", param="expand")
    balance = Balance.of(credits.balance(account_id=caller.account))
    if expand:
        balance.grants = [Lot.of(row) for row in ledger.open_grants(caller.account, GRANTS_SHOWN)]
    return Answer(balance.model_dump_json().encode(), 200)
