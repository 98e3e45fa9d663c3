"""Accounts as they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from refill.domain.errors import Unknown
from refill.models import Account


@dataclass(frozen=True, slots=True)
class AccountRow:
    id: int
    name: str
    timezone: str
    currency: str
    status: str
    livemode: bool
    created_at: datetime
    test_clock_id: int | None


def is_live(account_id: int) -> bool:
    """Whether it is a live account; this never changes. Raises Unknown."""
    found = Account.objects.filter(pk=account_id).values_list("livemode", flat=True).first()
    if found is None:
        raise Unknown("There is no such account.")
    return found


def get(account_id: int) -> AccountRow:
    """One account. Raises Unknown."""
    row = Account.objects.filter(pk=account_id).values(*AccountRow.__slots__).first()
    if row is None:
        raise Unknown("There is no such account.")
    return AccountRow(**row)
