"""Members of an account: roles changed, members removed, leaving (RULES §8).

Everything happens under the account's lock, with the actor's role read again there: two at once cannot take from each
other what neither has any more.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q

from refill.domain import ids
from refill.domain.errors import Conflict, Forbidden, Invalid, NothingToDo, Unknown
from refill.domain.records import Actor
from refill.domain.roles import Right, Role, may, may_change, may_give, may_remove, who_has
from refill.domain.seats import takes_seat
from refill.gateways import clock
from refill.models import Asking, Inbox, InboxMember, Invitation, Membership, OwnershipOffer
from refill.models.team import OPEN
from refill.services.entering import entered
from refill.services.mail import mails
from refill.services.recording import audit, emit
from refill.services.team import seats


def acting_role(account_id: int, actor: Actor) -> Role | None:
    """The actor's role as it is under the lock; None for the operator. Raises Forbidden for who has left."""
    if actor.user_id is None:
        return actor.role
    return Role(own_place(account_id, actor.user_id).role)


def demand(account_id: int, actor: Actor, right: Right) -> None:
    """Raises Forbidden unless the actor has the right now; the operator has all."""
    role = acting_role(account_id, actor)
    if role is not None and not may(role, right):
        names = ", ".join(one.label for one in who_has(right))
        raise Forbidden(f"{right.label}: these roles may: {names}.")


def own_place(account_id: int, user_id: int) -> Membership:
    """Raises Forbidden for who is not, or no longer, a member."""
    member = Membership.objects.filter(account_id=account_id, user_id=user_id, removed_at=None).first()
    if member is None:
        raise Forbidden("You are no longer a member of this account.")
    return member


def find(account_id: int, member_id: int) -> Membership:
    """A member who is there now. Raises Unknown."""
    members = Membership.objects.select_related("user").filter(account_id=account_id, removed_at=None)
    member = members.filter(pk=member_id).first()
    if member is None:
        raise Unknown("There is no such member in this account.")
    return member


def change_role(
    *, account_id: int, actor: Actor, member_id: int, role: Role, successor_id: int | None = None,
    drop_seat: bool = False,
) -> None:  # fmt: skip
    """Move a member to another role. Who becomes an Observer hands work over, and their paid seat may be dropped.

    Raises Unknown, Forbidden (above one's own rank, the Owner's role), NothingToDo, SeatsFull (RULES §8).
    """
    with entered(account_id) as balance:
        member = find(account_id, member_id)
        move(member, role, actor, balance.at)
        if role is Role.OBSERVER:
            hand_over(member, successor_id, actor, balance.at)
            if drop_seat:
                seats.drop(account_id, "seat", balance.at, actor)


def move(member: Membership, role: Role, actor: Actor, now: datetime) -> None:
    """The change itself, within the transaction that holds the account."""
    account_id, before = member.account_id, Role(member.role)
    by = acting_role(account_id, actor)
    if by is not None and not may_change(by, before, role):
        raise Forbidden("Roles are changed by Owner and Admins, never above their own rank, never the Owner's.")
    if before is Role.OWNER or role is Role.OWNER:
        raise Invalid("An account has one Owner, who hands ownership over.", param="role")
    if role is before:
        raise NothingToDo(f"{member.user.name or member.user.email} is {role.label} already.")
    if seats.takes_seat_now(before, role):
        seats.demand_seats(account_id, 1)
    set_role(member, role, actor, now)


def set_role(member: Membership, role: Role, actor: Actor, now: datetime) -> None:
    """Write the role with its audit row and event; promises made in the old role end with it."""
    before = member.role
    member.role = role.value
    member.save(update_fields=["role"])
    subject = ids.encode("mem", member.pk)
    audit(member.account_id, now, actor, "member.role_changed", subject=subject, before=before, after=role.value)
    emit(member.account_id, now, "member.role_changed", member=member.pk, before=before, after=role.value)
    _revoke_what_they_promised(member, role, actor, now)
    _tell(member, now, "role_changed", {"before": Role(before).label, "after": role.label})


def remove(
    *, account_id: int, actor: Actor, member_id: int, successor_id: int | None = None, drop_seat: bool = False
) -> None:
    """Take a member out: their work goes to the successor, their paid seat is kept for the next or dropped at renewal.

    Raises Unknown, Forbidden (above one's own rank; the Owner, by anybody), Invalid (successor).
    """
    with entered(account_id) as balance:
        member = find(account_id, member_id)
        by = acting_role(account_id, actor)
        if Role(member.role) is Role.OWNER:
            raise Forbidden("The Owner cannot be removed; ownership is handed over first.")
        if by is not None and not may_remove(by, Role(member.role)):
            raise Forbidden("Members are removed by Owner and Admins, never above their own rank.")
        _take_out(member, actor, balance.at, successor_id, drop_seat)
        _tell(member, balance.at, "member_removed", {})


def leave(*, account_id: int, actor: Actor, successor_id: int | None = None) -> None:
    """Leave an account oneself. Raises Conflict for the Owner, who hands ownership over first."""
    with entered(account_id) as balance:
        if actor.user_id is None:
            raise Forbidden("Only a member can leave.")
        member = own_place(account_id, actor.user_id)
        if Role(member.role) is Role.OWNER:
            raise Conflict("You are the Owner. Hand ownership over first, then you can leave.")
        _take_out(member, actor, balance.at, successor_id, drop_seat=False)


def _take_out(member: Membership, actor: Actor, now: datetime, successor_id: int | None, drop_seat: bool) -> None:
    account_id = member.account_id
    hand_over(member, successor_id, actor, now)
    member.removed_at = now
    member.save(update_fields=["removed_at"])
    subject = ids.encode("mem", member.pk)
    audit(account_id, now, actor, "member.removed", subject=subject, before={"role": member.role})
    emit(account_id, now, "member.removed", member=member.pk, role=member.role)
    _revoke_what_they_promised(member, None, actor, now)
    InboxMember.objects.filter(account_id=account_id, member=member).delete()
    Asking.objects.filter(account_id=account_id, member=member, state="open").update(
        state="declined", answered_at=clock.now(), answered_by=actor.label
    )
    if drop_seat and takes_seat(Role(member.role)):
        seats.drop(account_id, "seat", now, actor)


def hand_over(member: Membership, successor_id: int | None, actor: Actor, now: datetime) -> None:
    """What is the member's own goes to the successor, by default to the Owner: personal inboxes become theirs.

    Raises Invalid for a successor who is not there, is an Observer, or is the member.
    """
    account_id = member.account_id
    if successor_id is None:
        successor = Membership.objects.get(account_id=account_id, role="owner", removed_at=None)
    else:
        found = Membership.objects.filter(account_id=account_id, pk=successor_id, removed_at=None)
        successor = found.exclude(role="observer").exclude(pk=member.pk).first()  # type: ignore[assignment]
        if successor is None:
            raise Invalid("Choose a member who sends texts to take over.", param="successor")
    moved = list(
        Inbox.objects.filter(account_id=account_id, member=member, removed_at=None).values_list("pk", flat=True)
    )
    Inbox.objects.filter(account_id=account_id, member=member).update(member=successor)
    for inbox_id in moved:
        subject = ids.encode("inb", inbox_id)
        before, after = ids.encode("mem", member.pk), ids.encode("mem", successor.pk)
        audit(account_id, now, actor, "inbox.handed_over", subject=subject, before=before, after=after)


def _revoke_what_they_promised(member: Membership, role: Role | None, actor: Actor, now: datetime) -> None:
    """Invitations that they may not give any more, and offers of ownership by or to them."""
    account_id, real = member.account_id, clock.now()
    for invitation in Invitation.objects.filter(OPEN, account_id=account_id, inviter=member):
        if role is None or not may_give(role, Role(invitation.role)):
            invitation.revoked_at = real
            invitation.save(update_fields=["revoked_at"])
            subject = ids.encode("ivt", invitation.pk)
            audit(account_id, now, actor, "invitation.revoked", subject=subject, after="its maker may not any more")
    if role is not Role.OWNER:
        concerned = Q(owner=member) if role is not None else Q(owner=member) | Q(member=member)
        for offer in OwnershipOffer.objects.filter(concerned, account_id=account_id, state="open"):
            offer.state, offer.answered_at = OwnershipOffer.State.WITHDRAWN, real
            offer.save(update_fields=["state", "answered_at"])
            audit(account_id, now, actor, "ownership.withdrawn", subject=ids.encode("mem", offer.member_id))


def _tell(member: Membership, now: datetime, kind: str, facts: dict[str, Any]) -> None:
    """A mail to the person whose place it is."""
    once = f"{kind} {member.pk} {clock.now().isoformat()}"
    facts = {"name": member.user.name, **facts}
    mails.post(kind=kind, account_id=member.account_id, at=now, to=[member.user.email], facts=facts, once=once)
