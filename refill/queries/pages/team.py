"""The page of the team: who is invited, and to whom ownership is offered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from refill.domain import ids
from refill.domain.roles import Role
from refill.models import Inbox, Invitation, OwnershipOffer, User
from refill.models.team import OPEN
from refill.queries.pages.people import name_of


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody who has not answered. `is_over`: the link has run out."""

    id: int
    email: str
    role: Role
    inboxes: tuple[int, ...]
    by: str
    sent_at: datetime
    expires_at: datetime
    is_over: bool

    @property
    def public_id(self) -> str:
        return ids.encode("ivt", self.id)


@dataclass(frozen=True, slots=True)
class Offered:
    """Ownership that is offered and not answered."""

    member_id: int
    name: str
    owner: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """An invitation as the one who is invited sees it. `why_not`: the words that close it."""

    account_id: int
    account: str
    email: str
    role: Role
    by: str
    expires_at: datetime
    has_login: bool
    why_not: str


def invited(account_id: int, now: datetime) -> tuple[Invited, ...]:
    """Open invitations, the newest first."""
    rows = list(Invitation.objects.filter(OPEN, account_id=account_id).order_by("-pk"))
    by = {label: name_of(account_id, label) for label in {row.invited_by for row in rows}}
    return tuple(
        Invited(
            row.pk, row.email, Role(row.role), tuple(row.inboxes), by[row.invited_by] or "an API key", row.sent_at,
            row.expires_at, row.expires_at <= now,
        )
        for row in rows
    )  # fmt: skip


def offered(account_id: int, now: datetime) -> Offered | None:
    """The open offer of ownership."""
    row = (
        OwnershipOffer.objects.select_related("member__user", "owner__user")
        .filter(account_id=account_id, state="open", expires_at__gt=now)
        .first()
    )
    if row is None:
        return None
    return Offered(row.member_id, row.member.user.name or row.member.user.email, row.owner.user.name, row.expires_at)


def asked(account_id: int, invitation_id: int, version: int, now: datetime) -> Asked:
    """What the link leads to."""
    row = Invitation.objects.select_related("account", "inviter__user").get(account_id=account_id, pk=invitation_id)
    why_not = ""
    if row.version != version:
        why_not = "A newer mail was sent for this invitation. Use the link in that one."
    elif row.revoked_at is not None:
        why_not = "This invitation was taken back. Ask whoever invited you."
    elif row.accepted_at is not None:
        why_not = "This invitation was used. Sign in."
    elif row.expires_at <= now:
        why_not = "This invitation has run out. Ask for a new one."
    user = User.objects.filter(email__iexact=row.email).first()
    has_login = user is not None and bool(user.password) and user.has_usable_password()
    by = row.inviter.user.name if row.inviter else ""
    return Asked(row.account_id, row.account.name, row.email, Role(row.role), by, row.expires_at, has_login, why_not)


def shared_inboxes(account_id: int) -> tuple[tuple[int, str, str], ...]:
    """(number, id, name) of the shared inboxes, by name."""
    rows = Inbox.objects.filter(account_id=account_id, kind="shared", removed_at=None).order_by("name")
    return tuple((pk, ids.encode("inb", pk), name) for pk, name in rows.values_list("pk", "name"))
