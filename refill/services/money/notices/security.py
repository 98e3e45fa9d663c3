"""Mails about API keys: whoever answers for an account hears of each one (RULES §8)."""

from __future__ import annotations

from datetime import datetime

from refill.domain.records import Actor
from refill.services.mail import mails
from refill.services.money.notices.facts import actor_words


def key_changed(account_id: int, key_id: int, name: str, change: str, actor: Actor, now: datetime) -> None:
    """A key was made, renewed (`change` rotated) or revoked, by whom. The key itself is never in a mail."""
    facts = {"key": name, "change": change, "by": actor_words(actor), "changed_at": now}
    once = f"key {key_id} {change}"
    mails.post(kind="key_changed", account_id=account_id, at=now, to=None, facts=facts, once=once)
