"""Members and invitations of an account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from refill.domain.errors import Unknown
from refill.models import Invitation, Membership

State = Literal["pending", "expired", "accepted", "revoked"]


@dataclass(frozen=True, slots=True)
class MemberRow:
    id: int
    user_id: int
    name: str
    email: str
    role: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class InvitationRow:
    id: int
    email: str
    role: str
    inboxes: tuple[int, ...]
    invited_by: str
    created_at: datetime
    sent_at: datetime
    expires_at: datetime
    state: State
    member_id: int | None


_MEMBER = ("id", "user_id", "user__name", "user__email", "role", "created_at")


def members(account_id: int, *, before: int | None, limit: int) -> list[MemberRow]:
    """Members who are there now, below the id `before`, the newest first."""
    rows = Membership.objects.filter(account_id=account_id, removed_at=None)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [MemberRow(*row) for row in rows.order_by("-pk").values_list(*_MEMBER)[:limit]]


def member(account_id: int, member_id: int) -> MemberRow:
    """One of them. Raises Unknown."""
    rows = Membership.objects.filter(account_id=account_id, removed_at=None, pk=member_id)
    row = rows.values_list(*_MEMBER).first()
    if row is None:
        raise Unknown("There is no such member in this account.")
    return MemberRow(*row)


def invitations(
    account_id: int, *, now: datetime, before: int | None, limit: int, open_only: bool = False
) -> list[InvitationRow]:
    """Invitations below the id `before`, the newest first; `now` is real time."""
    rows = Invitation.objects.filter(account_id=account_id)
    if open_only:
        rows = rows.filter(accepted_at=None, revoked_at=None)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(_invitations(rows.order_by("-pk")[:limit], now))


def invitation(account_id: int, invitation_id: int, *, now: datetime) -> InvitationRow:
    """One of them. Raises Unknown."""
    found = list(_invitations(Invitation.objects.filter(account_id=account_id, pk=invitation_id), now))
    if not found:
        raise Unknown("There is no such invitation in this account.")
    return found[0]


def _invitations(rows: Iterable[Any], now: datetime) -> Iterable[InvitationRow]:
    for row in rows:
        state: State = "pending" if row.expires_at > now else "expired"
        if row.revoked_at is not None:
            state = "revoked"
        if row.accepted_at is not None:
            state = "accepted"
        yield InvitationRow(
            row.pk, row.email, row.role, tuple(row.inboxes), row.invited_by, row.created_at, row.sent_at,
            row.expires_at, state, row.member_id,
        )  # fmt: skip
