"""Whoever tries cards that are not theirs needs many tries: declines of what people pay by hand are counted, for each
card and for the account, and so are cards added (reliability, X20). In live mode: no card of test mode is anybody's."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from refill.domain.errors import TooMany
from refill.models import Account, Charge, PaymentMethod

DECLINES_OF_CARD, DECLINES_OF_ACCOUNT, CARDS_ADDED = 3, 5, 20
WITHIN, ADDED_WITHIN = timedelta(hours=1), timedelta(days=1)
_log = structlog.get_logger("refill.cards")


def demand_few_declines(account_id: int, card: PaymentMethod, now: datetime) -> None:
    """Before a card is charged by hand. The account is locked. Raises TooMany, which says when."""
    if not _is_live(account_id):
        return
    declined = Charge.objects.filter(account_id=account_id, state="declined", confirm_key__isnull=False,
                                     created_at__gt=now - WITHIN)  # fmt: skip
    tries = list(declined.order_by("-created_at").values_list("created_at", "payment_method__fingerprint"))
    same = [at for at, fingerprint in tries if card.fingerprint and fingerprint == card.fingerprint]
    if len(tries) >= DECLINES_OF_ACCOUNT:
        _log.warning("declines_stopped", account=account_id, declines=len(tries))
        raise _later("The bank declined five payments within an hour.", tries[DECLINES_OF_ACCOUNT - 1][0], now)
    if len(same) >= DECLINES_OF_CARD:
        said = "The bank declined this card three times within an hour. Take another card."
        raise _later(said, same[DECLINES_OF_CARD - 1], now)


def demand_few_cards(account_id: int, now: datetime) -> None:
    """Before a card is added. Raises TooMany, which says when."""
    if not _is_live(account_id):
        return
    added = PaymentMethod.objects.filter(account_id=account_id, created_at__gt=now - ADDED_WITHIN)
    times = list(added.order_by("-created_at").values_list("created_at", flat=True)[:CARDS_ADDED])
    if len(times) == CARDS_ADDED:
        raise _later(f"At most {CARDS_ADDED} cards are added in a day.", times[-1], now, ADDED_WITHIN)


def _is_live(account_id: int) -> bool:
    return Account.objects.filter(pk=account_id, livemode=True).exists()


def _later(said: str, first: datetime, now: datetime, within: timedelta = WITHIN) -> TooMany:
    """The limit is open again when the oldest that counts is that old."""
    seconds = int((first + within - now).total_seconds()) + 1
    return TooMany(f"{said} Try again in {-(-seconds // 60)} minutes.", retry_after_seconds=seconds)
