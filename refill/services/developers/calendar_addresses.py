"""The secret address at which an account's boundaries can be subscribed to: one at a time, and revocable."""

from __future__ import annotations

import secrets
from hashlib import sha256

from refill.domain.errors import Unknown
from refill.domain.records import Actor
from refill.gateways import clock
from refill.models import CalendarAddress
from refill.services.entering import entered
from refill.services.recording import audit


def make(*, account_id: int, actor: Actor) -> str:
    """Make the address and return its secret; one made before is dead. Raises Unknown."""
    secret = secrets.token_urlsafe(24)
    with entered(account_id) as balance:
        CalendarAddress.objects.update_or_create(
            account_id=account_id, defaults={"hash": _digest(secret), "created_at": clock.now()}
        )
        audit(account_id, balance.at, actor, "calendar.made")
    return secret


def revoke(*, account_id: int, actor: Actor) -> None:
    """End the address; harmless where there is none."""
    with entered(account_id) as balance:
        gone, _ = CalendarAddress.objects.filter(account_id=account_id).delete()
        if gone:
            audit(account_id, balance.at, actor, "calendar.revoked")


def account_of(secret: str) -> int:
    """The account whose calendar this is. Raises Unknown."""
    found = CalendarAddress.objects.filter(hash=_digest(secret)).values_list("account_id", flat=True).first()
    if found is None:
        raise Unknown("There is no such calendar.")
    return found


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
