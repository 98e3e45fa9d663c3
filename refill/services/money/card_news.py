"""What banks and the card provider do to a card by themselves: another date or number, or it is gone (RULES §9.3)."""

from __future__ import annotations

from datetime import datetime

from refill.domain.payments import CardFace
from refill.domain.records import PRODUCT
from refill.gateways import clock
from refill.models import PaymentMethod
from refill.services.entering import entered
from refill.services.money import cards, charging, recharging
from refill.services.money.notices import money
from refill.services.money.recharge_facts import wake
from refill.services.recording import audit

_SEEN = ("brand", "last4", "exp_month", "exp_year")


def follow(card: PaymentMethod) -> None:
    """Bring a card to what the provider keeps of it now; again is harmless. Raises ProviderUnavailable."""
    seen = charging.gateway_of(card.account).card_now(card.reference, card.customer_reference)
    with entered(card.account_id) as balance:
        kept = PaymentMethod.objects.get(pk=card.pk)
        if kept.removed_at is not None:
            return
        if seen is None:
            _lose(kept, balance.at)
        elif not _renew(kept, seen, balance.at):
            return
        wake(card.account_id, balance.at, "card")
    recharging.at_once(card.account_id)


def _renew(card: PaymentMethod, seen: CardFace, now: datetime) -> bool:
    """Take over what is to be seen of it; true where that is news. One that expires later is told of again, later."""
    before = {name: getattr(card, name) for name in _SEEN}
    after = {name: getattr(seen, name) for name in _SEEN}
    if before == after and card.fingerprint == seen.fingerprint:
        return False
    for name, value in after.items():
        setattr(card, name, value)
    card.fingerprint, card.renewed_at, card.expiry_told_at = seen.fingerprint, now, None
    card.save()
    audit(card.account_id, now, PRODUCT, "card.renewed", subject=str(card.pk), before=before, after=after)
    return True


def _lose(card: PaymentMethod, now: datetime) -> None:
    """The provider does not have it any more: nothing is charged to it, and whoever answers for the money is told."""
    parts = {name: getattr(card, name) for name in ("is_default", "is_recharge", "is_backup")}
    heir = cards.put_away(card, now)
    PaymentMethod.objects.filter(pk=card.pk).update(forgotten_at=clock.now())
    audit(card.account_id, now, PRODUCT, "card.lost", subject=str(card.pk), before={"last4": card.last4, **parts})
    if any(parts.values()):
        money.card_lost(card, parts, heir, now)
