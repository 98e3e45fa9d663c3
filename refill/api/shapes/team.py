"""Members and invitations."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from refill.api.shapes.office import Email
from refill.api.shapes.parts import IdText, In, Instant, Name, Out, id_or_none, words
from refill.domain import ids
from refill.domain.records import AddOnKind
from refill.domain.roles import Role
from refill.domain.seats import Places
from refill.queries.team import InvitationRow, MemberRow

Givable = Literal["admin", "manager", "member", "observer"]
_ROLES = words(*(role.value for role in Role))


class MemberIn(In):
    """Somebody to be a member at once, without an invitation."""

    email: Email
    name: Name
    role: Givable


class MemberChange(In):
    """Who becomes an Observer hands their personal inboxes to the `successor`, by default to the Owner."""

    role: Givable
    successor: IdText | None = None
    drop_seat: Annotated[bool, Field(strict=True)] = False


class Member(Out):
    id: str
    user: str
    name: str
    email: str
    role: Annotated[str, _ROLES]
    created_at: Instant

    @classmethod
    def of(cls, row: MemberRow) -> Member:
        return cls(
            id=ids.encode("mem", row.id), user=ids.encode("usr", row.user_id), name=row.name, email=row.email,
            role=row.role, created_at=row.created_at,
        )  # fmt: skip


class InvitationIn(In):
    """One address, or several as `emails`: all are invited, or none."""

    email: Email | None = None
    emails: Annotated[list[Email], Field(max_length=50)] = []
    role: Givable
    inboxes: Annotated[list[IdText], Field(max_length=100)] = []


class InvitationChange(In):
    role: Givable
    inboxes: Annotated[list[IdText], Field(max_length=100)] | None = None


class Invitation(Out):
    """Its link is in the mail alone."""

    id: str
    email: str
    role: Annotated[str, _ROLES]
    inboxes: list[str]
    state: Literal["pending", "expired", "accepted", "revoked"]
    invited_by: str
    created_at: Instant
    sent_at: Instant
    expires_at: Instant
    member: str | None

    @classmethod
    def of(cls, row: InvitationRow) -> Invitation:
        return cls(
            id=ids.encode("ivt", row.id), email=row.email, role=row.role,
            inboxes=[ids.encode("inb", inbox) for inbox in row.inboxes], state=row.state, invited_by=row.invited_by,
            created_at=row.created_at, sent_at=row.sent_at, expires_at=row.expires_at,
            member=id_or_none("mem", row.member_id),
        )  # fmt: skip


class Invitations(Out):
    """Those that were just made, in the order of their addresses."""

    data: list[Invitation]


class AddOn(Out):
    """Seats or numbers. `included` is null where the plan names no limit; `unused` are paid for and used by nobody."""

    kind: AddOnKind
    included: int | None
    paid: int
    at_renewal: int
    used: int
    promised: int
    unused: int

    @classmethod
    def of(cls, kind: AddOnKind, row: Places) -> AddOn:
        return cls(
            kind=kind, included=row.included if row.is_limited else None, paid=row.paid, at_renewal=row.at_renewal,
            used=row.used, promised=row.promised, unused=row.unused_paid,
        )  # fmt: skip


class AddOns(Out):
    data: list[AddOn]
