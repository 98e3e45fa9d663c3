"""The first mail of an account: that it is there, and how its Owner gets in."""

from __future__ import annotations

from datetime import datetime

from refill.models import Account, User
from refill.services.mail import mails


def welcome(account: Account, owner: User, now: datetime) -> None:
    """Posted before anybody else is a member, so to the Owner alone; one without a password learns where to set it."""
    facts = {"has_password": bool(owner.password) and owner.has_usable_password()}
    mails.post(kind="welcome", account_id=account.pk, at=now, to=None, facts=facts, once=f"welcome {account.pk}")
