"""Who belongs to an account."""

from __future__ import annotations

from refill.domain.errors import Unknown
from refill.models import Membership


def demand_member(account_id: int, member_id: int) -> None:
    """Raises Unknown unless the member was ever in this account."""
    if not Membership.objects.filter(account_id=account_id, pk=member_id).exists():
        raise Unknown("There is no such member in this account.", param="member")
