"""What changes would cost and give, computed like quotes and not stored: for comparing before choosing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from refill.domain.errors import Refusal
from refill.domain.quotes import Offer, make_offer
from refill.domain.records import QuoteRequest
from refill.models import Account, Pack, Price
from refill.services.entering import entered
from refill.services.money.situations import gather, modes_of, pack_facts, price_facts


def preview(*, account_id: int, requests: Sequence[QuoteRequest]) -> list[Offer | Refusal]:
    """Return for each request its offer as it would be quoted now, or why it would be refused (RULES §4.1)."""
    if not requests:
        return []
    with entered(account_id) as balance:
        account = Account.objects.get(pk=account_id)
        situation, _ = gather(account, balance.at, requests[0])
        wanted = [request.price_id for request in requests if request.price_id]
        prices = Price.objects.select_related("plan").filter(pk__in=wanted, mode__in=modes_of(account))
        packs = Pack.objects.filter(
            pk__in=[request.pack_id for request in requests if request.pack_id], mode__in=modes_of(account)
        )
        situation = replace(
            situation,
            prices={**situation.prices, **{price.pk: price_facts(price) for price in prices}},
            packs={pack.pk: pack_facts(pack) for pack in packs},
        )
    found: list[Offer | Refusal] = []
    for request in requests:
        try:
            found.append(make_offer(situation, request))
        except Refusal as refusal:
            found.append(refusal)
    return found
