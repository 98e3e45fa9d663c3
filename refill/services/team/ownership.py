"""Ownership is handed over: the Owner offers, the member accepts; at no instant are there two or none (RULES §8)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from refill.domain import ids
from refill.domain.errors import Conflict, Forbidden, Invalid, NothingToDo
from refill.domain.records import Actor
from refill.domain.roles import Role
from refill.gateways import clock
from refill.models import Membership, OwnershipOffer
from refill.services.entering import entered
from refill.services.mail import mails
from refill.services.recording import audit
from refill.services.team import members, seats

DAYS = 7


def offer(*, account_id: int, actor: Actor, member_id: int) -> None:
    """Offer ownership to a member. Nothing changes before they accept; it can be withdrawn until then.

    Raises Forbidden unless the actor is the Owner, Invalid (oneself, an Observer), Conflict while another is open.
    """
    with entered(account_id) as balance:
        owner = _demand_owner(account_id, actor)
        member = members.find(account_id, member_id)
        if member.pk == owner.pk or Role(member.role) is Role.OBSERVER:
            raise Invalid("Choose another member, who is not an Observer.", param="member")
        real = clock.now()
        OwnershipOffer.objects.filter(account_id=account_id, state="open", expires_at__lte=real).update(
            state="withdrawn", answered_at=real
        )
        if OwnershipOffer.objects.filter(account_id=account_id, state="open").exists():
            raise Conflict("Ownership is offered to somebody already. Withdraw that first.")
        expires_at = real + timedelta(days=DAYS)
        made = OwnershipOffer.objects.create(
            account_id=account_id, owner=owner, member=member, offered_at=real, expires_at=expires_at
        )
        audit(account_id, balance.at, actor, "ownership.offered", subject=ids.encode("mem", member.pk))
        _tell(made, owner, member, balance.at)


def withdraw(*, account_id: int, actor: Actor) -> None:
    """Take the open offer back. Raises NothingToDo, Forbidden."""
    with entered(account_id) as balance:
        _demand_owner(account_id, actor)
        made = _open(account_id)
        _close(made, OwnershipOffer.State.WITHDRAWN)
        audit(account_id, balance.at, actor, "ownership.withdrawn", subject=ids.encode("mem", made.member_id))


def answer(*, account_id: int, actor: Actor, accepted: bool) -> None:
    """The member's answer. Accepted, they are the Owner at once and who offered is an Admin.

    Raises NothingToDo where nothing is offered (any more), Forbidden for anybody but who it was offered to.
    """
    with entered(account_id) as balance:
        if actor.user_id is None:
            raise Forbidden("Only the member it is offered to can answer.")
        made = _open(account_id)
        member = members.own_place(account_id, actor.user_id)
        if made.member_id != member.pk:
            raise Forbidden("Only the member it is offered to can answer.")
        owner = members.find(account_id, made.owner_id)
        if Role(owner.role) is not Role.OWNER:
            raise NothingToDo("Who offered is not the Owner any more.")
        if not accepted:
            _close(made, OwnershipOffer.State.DECLINED)
            audit(account_id, balance.at, actor, "ownership.declined", subject=ids.encode("mem", member.pk))
            return
        if Role(member.role) is Role.OBSERVER:
            seats.demand_seats(account_id, 1)
        _close(made, OwnershipOffer.State.ACCEPTED)
        members.set_role(owner, Role.ADMIN, actor, balance.at)
        members.set_role(member, Role.OWNER, actor, balance.at)
        audit(account_id, balance.at, actor, "ownership.accepted", subject=ids.encode("mem", member.pk))


def _demand_owner(account_id: int, actor: Actor) -> Membership:
    if actor.user_id is None:
        raise Forbidden("Only the Owner, signed in, hands ownership over.")
    member = members.own_place(account_id, actor.user_id)
    if Role(member.role) is not Role.OWNER:
        raise Forbidden("Only the Owner hands ownership over.")
    return member


def _open(account_id: int) -> OwnershipOffer:
    found = OwnershipOffer.objects.filter(Q(expires_at__gt=clock.now()), account_id=account_id, state="open").first()
    if found is None:
        raise NothingToDo("Ownership is not being offered, or the offer has run out.")
    return found


def _close(made: OwnershipOffer, state: OwnershipOffer.State) -> None:
    made.state, made.answered_at = state, clock.now()
    made.save(update_fields=["state", "answered_at"])


def _tell(made: OwnershipOffer, owner: Membership, member: Membership, now: datetime) -> None:
    facts = {"by": owner.user.name, "path": "/settings/team/ownership", "expires_at": made.expires_at.isoformat()}
    mails.post(
        kind="ownership_offered", account_id=made.account_id, at=now, to=[member.user.email], facts=facts,
        once=f"ownership {made.pk}",
    )  # fmt: skip
