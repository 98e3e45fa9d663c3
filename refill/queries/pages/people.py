"""Who belongs to an account, and who of them may do a thing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession

from refill.domain import ids
from refill.domain.roles import Right, Role, who_has
from refill.models import Asking, Membership


@dataclass(frozen=True, slots=True)
class Person:
    member_id: int
    user_id: int
    name: str
    email: str
    role: Role

    @property
    def public_id(self) -> str:
        return ids.encode("mem", self.member_id)


@dataclass(frozen=True, slots=True)
class Request:
    """An open request to those who may."""

    id: int
    kind: str
    name: str
    current: Role
    wanted: Role | None
    right: Right | None
    note: str
    asked_at: datetime


def members_of(account_id: int) -> tuple[Person, ...]:
    """Return the members, highest role first."""
    rows = Membership.objects.filter(account_id=account_id, removed_at=None).values_list(
        "id", "user_id", "user__name", "user__email", "role"
    )
    people = [Person(member, user, name or email, email, Role(role)) for member, user, name, email, role in rows]
    return tuple(sorted(people, key=lambda person: (-person.role.rank, person.name.lower())))


def who_can(account_id: int, right: Right) -> tuple[Person, ...]:
    """Return the members who have the right (RULES §8)."""
    roles = who_has(right)
    return tuple(person for person in members_of(account_id) if person.role in roles)


def name_of(account_id: int, actor: str | None) -> str:
    """Return the name behind an actor's label, also of who has left; keys and the product as they are labelled."""
    if actor and actor.startswith("operator "):
        return "the operator"
    if not actor or not actor.startswith("usr_"):
        return {"refill": "Refill", "platform": "the operator"}.get(actor or "", actor or "")
    try:
        user_id = ids.decode("usr", actor)[0]
    except ids.UnknownId:
        return ""
    names = Membership.objects.filter(account_id=account_id, user_id=user_id).values_list("user__name", flat=True)
    return names.first() or "somebody who has left"


def open_requests(account_id: int) -> tuple[Request, ...]:
    """Return what members have asked and nobody has answered, oldest first."""
    rows = (
        Asking.objects.filter(account_id=account_id, state=Asking.State.OPEN)
        .order_by("id")
        .values_list("id", "kind", "member__user__name", "member__role", "role", "right", "note", "asked_at")[:50]
    )
    return tuple(
        Request(
            id_, kind, name, Role(current), Role(wanted) if wanted else None,
            Right(right) if right else None, note, at,
        )
        for id_, kind, name, current, wanted, right, note, at in rows
    )  # fmt: skip


def own_open(account_id: int, member_id: int) -> dict[str, datetime]:
    """Return the kinds that this member has asked and that wait, with when."""
    rows = Asking.objects.filter(account_id=account_id, member_id=member_id, state=Asking.State.OPEN)
    return dict(rows.values_list("kind", "asked_at"))


@dataclass(frozen=True, slots=True)
class Security:
    """How a login is kept safe."""

    has_totp: bool
    passkeys: int
    recovery_codes: int
    sessions: int
    emails: tuple[tuple[str, bool], ...]


def security_of(user_id: int) -> Security:
    """Return what a user has set up. The mail addresses come with whether they are verified."""
    kinds = list(Authenticator.objects.filter(user_id=user_id).values_list("type", flat=True))
    recovery = Authenticator.objects.filter(user_id=user_id, type="recovery_codes").first()
    left = len(recovery.wrap().get_unused_codes()) if recovery else 0
    return Security(
        "totp" in kinds,
        kinds.count("webauthn"),
        left,
        UserSession.objects.filter(user_id=user_id).count(),
        tuple(EmailAddress.objects.filter(user_id=user_id).order_by("-primary", "id").values_list("email", "verified")),
    )
