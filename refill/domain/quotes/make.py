"""The door to all quotes."""

from __future__ import annotations

from refill.domain.errors import ChargeInProgress
from refill.domain.quotes.change import offer_change
from refill.domain.quotes.extras import offer_extras, offer_fewer_extras
from refill.domain.quotes.offer import Offer, settle_owed
from refill.domain.quotes.other import (
    offer_cancel,
    offer_credits,
    offer_overdue,
    offer_return,
)
from refill.domain.quotes.situation import Situation
from refill.domain.records import QuoteRequest


def make_offer(situation: Situation, request: QuoteRequest) -> Offer:
    """Offer what is asked for, in this situation (RULES §4.1). Pure: the same in, the same out.

    What is owed is settled first from what it grants. Raises Invalid for what cannot be asked, ChargeInProgress while a
    charge of the subscription is undecided (RULES §4.11), and other Conflicts that say what to do first.
    """
    return settle_owed(_offer(situation, request), situation.owed)


def _offer(situation: Situation, request: QuoteRequest) -> Offer:
    if request.kind == "buy_credits":
        return offer_credits(situation, request)
    if situation.undecided:
        raise ChargeInProgress("A charge of this subscription is being decided. Try again when it is.")
    if request.kind == "change_plan":
        return offer_change(situation, request.price_id)
    if request.kind in ("add_seats", "add_number"):
        return offer_extras(situation, request)
    if request.kind == "remove_add_on":
        return offer_fewer_extras(situation, request)
    if request.kind == "cancel":
        return offer_cancel(situation)
    if request.kind == "reactivate":
        return offer_return(situation, request)
    return offer_overdue(situation, request)
