"""Who belongs to an account, and logins made by whoever runs the service (RULES §8)."""

from __future__ import annotations

from collections.abc import Sequence

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction

from refill.domain.errors import Conflict, Forbidden, Invalid, Unknown
from refill.domain.records import Actor
from refill.domain.roles import Role, may_give
from refill.domain.seats import takes_seat
from refill.models import Membership, User
from refill.services.entering import entered
from refill.services.recording import audit, emit
from refill.services.team import members, seats


def add_member(*, account_id: int, actor: Actor, email: str, name: str, role: Role) -> int:
    """Give a person a place in an account and return the membership's id; the login is made where there is none.

    Raises Invalid for a second Owner (ownership is only handed over), Forbidden above the actor's own rank, Conflict
    for who is a member already, SeatsFull, Unknown (RULES §8). The operator is not held to the seats.
    """
    if role is Role.OWNER:
        raise Invalid("An account has one Owner, who hands ownership over.", param="role")
    with entered(account_id) as balance:
        by = members.acting_role(account_id, actor) if actor.role else None
        if by is not None and not may_give(by, role):
            raise Forbidden("Members are added by Owner and Admins, never above their own rank.")
        if by is not None and takes_seat(role):
            seats.demand_seats(account_id, 1)
        user, _ = User.objects.get_or_create(email=email.strip().lower(), defaults={"name": name})
        if Membership.objects.filter(account_id=account_id, user=user, removed_at=None).exists():
            raise Conflict(f"{user.email} is a member already.", param="email")
        member = Membership.objects.create(account_id=account_id, user=user, role=role.value, created_at=balance.at)
        audit(account_id, balance.at, actor, "member.added", subject=str(member.pk), after={"role": role.value})
        emit(account_id, balance.at, "member.added", member=member.pk, role=role.value)
        return member.pk


def give_logins(*, emails: Sequence[str], password: str) -> None:
    """Set a password that these logins share and take their addresses as verified: for people whom the operator vouches
    for. It is hashed once, which is slow on purpose. Raises Unknown."""
    hashed = make_password(password)
    with transaction.atomic(durable=True):
        for email in emails:
            user = User.objects.select_for_update().filter(email=email.strip().lower()).first()
            if user is None:
                raise Unknown("There is no such login.", param="email")
            user.password = hashed
            user.save(update_fields=["password"])
            EmailAddress.objects.update_or_create(
                user=user, email=user.email, defaults={"verified": True, "primary": True}
            )
