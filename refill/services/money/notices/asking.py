"""Mails about requests: to those who may, and the answer to who asked (RULES §6.2, §8)."""

from __future__ import annotations

from datetime import datetime

from refill.domain.records import Actor
from refill.models import Asking, Membership
from refill.services.mail import mails
from refill.services.money.notices.facts import actor_words


def asked(asking: Asking, member: Membership, now: datetime) -> None:
    """Who asks for what, with the words that came with it."""
    facts = {"by": member.user.name, "kind": asking.kind, "role": asking.role, "note": asking.note}
    once = f"request_asked {asking.pk}"
    mails.post(kind="request_asked", account_id=asking.account_id, at=now, to=None, facts=facts, once=once)


def answered(asking: Asking, actor: Actor, now: datetime) -> None:
    """Yes or no, by whom; nobody is told who has left meanwhile, and a role that was given is told by itself."""
    is_granted = asking.state == Asking.State.GRANTED
    if is_granted and asking.kind == Asking.Kind.ROLE:
        return
    asker = Membership.objects.select_related("user").filter(pk=asking.member_id, removed_at=None).first()
    if asker is None:
        return
    facts = {
        "by": actor_words(actor), "kind": asking.kind, "role": asking.role,
        "is_granted": is_granted,
    }  # fmt: skip
    once = f"request_answered {asking.pk}"
    mails.post(
        kind="request_answered", account_id=asking.account_id, at=now, to=[asker.user.email], facts=facts, once=once
    )  # fmt: skip
