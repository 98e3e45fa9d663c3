"""Stored quotes (RULES §4.1)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from refill.domain.errors import Invalid
from refill.domain.quotes import Offer, Situation, make_offer
from refill.domain.quotes.offer import tax_lines_of
from refill.domain.records import Actor, QuoteRequest
from refill.models import Account, Quote
from refill.services.entering import entered
from refill.services.money.situations import default_card, gather
from refill.services.recording import audit


def create(*, account_id: int, actor: Actor, request: QuoteRequest) -> int:
    """Compute and store an offer; return the quote's id. Raises what `make_offer` raises, Invalid for a card that is
    not there; changes nothing else."""
    with entered(account_id) as balance:
        if request.payment_method_id is not None and default_card(account_id, request.payment_method_id) is None:
            raise Invalid("There is no such card.", param="payment_method")
        return store(account_id, balance.at, actor.label, request).pk


def store(account_id: int, now: datetime, actor: str, request: QuoteRequest) -> Quote:
    """Store a quote within the transaction that holds the account."""
    account = Account.objects.get(pk=account_id)
    situation, basis = gather(account, now, request)
    offer = make_offer(situation, request)
    quote = Quote.objects.create(
        account_id=account_id, kind=request.kind, request=asdict(request), offer=written(offer, situation),
        plan=offer.effect, basis=basis, due_now_minor=offer.due_now_minor, currency=account.currency,
        payment_method=situation.card.id if situation.card else None, actor=actor, effective_at=offer.effective_at,
        created_at=now, expires_at=now + timedelta(minutes=situation.policy.quote_minutes),
    )  # fmt: skip
    after = {"request": quote.request, "due_now_minor": offer.due_now_minor}
    audit(account_id, now, actor, "quote.created", subject=str(quote.pk), after=after)
    return quote


def written(offer: Offer, situation: Situation) -> dict[str, Any]:
    """The offer as JSON: what was shown, and what the invoice will say."""
    recurring = offer.recurring
    return {
        "title": offer.title,
        "lines": [asdict(line) for line in offer.lines],
        "tax_minor": offer.tax_minor,
        "tax_lines": [asdict(line) for line in tax_lines_of(offer.lines, situation.tax)],
        "due_now_minor": offer.due_now_minor,
        "recurring": None
        if recurring is None
        else {
            "amount_minor": recurring.amount_minor,
            "interval": recurring.interval,
            "next_at": recurring.next_at.isoformat(),
        },
        "grants": [
            {
                "id": move.id,
                "source": move.source,
                "before": move.before,
                "after": move.after,
                "lost": move.lost,
                "ends_at": move.ends_at.isoformat() if move.ends_at else None,
                "note": move.note,
            }
            for move in offer.grants
        ],
        "before": offer.before,
        "after": offer.after,
        "warnings": list(offer.warnings),
        "card": situation.card.label if situation.card else None,
    }


def request_of(quote: Quote) -> QuoteRequest:
    """What the quote was asked for."""
    return QuoteRequest(**quote.request)
