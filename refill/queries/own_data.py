"""What is held about one person: a login's own data, over all its accounts (a data subject's copy)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession

from refill.domain import ids
from refill.models import Asking, AuditRow, HelpMessage, Mail, Membership, Message, User

AT_ONCE = 1_000
Row = dict[str, Any]


def of(user_id: int) -> Iterator[tuple[str, Iterator[Row]]]:
    """Each kind of thing and its rows, oldest first. Secrets, and what others said of others, are not in it."""
    user = User.objects.get(pk=user_id)
    members = list(Membership.objects.filter(user_id=user_id).select_related("account").order_by("pk"))
    login = {"id": ids.encode("usr", user.pk), "name": user.name, "email": user.email, "since": user.date_joined,
             "last_signed_in": user.last_login, "is_operator": user.is_staff}  # fmt: skip
    yield "login", iter([login])
    yield "mail_addresses", _rows(EmailAddress.objects.filter(user_id=user_id), "email", "verified", "primary")
    yield "authenticators", _rows(Authenticator.objects.filter(user_id=user_id), "type", "created_at", "last_used_at")
    yield (
        "sessions",
        _rows(UserSession.objects.filter(user_id=user_id), "created_at", "last_seen_at", "ip", "user_agent"),
    )
    yield "accounts", (_membership(member) for member in members)
    mine, places = [member.pk for member in members], [member.account_id for member in members]
    asked = Asking.objects.filter(account_id__in=places, member_id__in=mine)
    yield "requests", _rows(asked, "kind", "note", "state", "asked_at")
    said = HelpMessage.objects.filter(thread__user_id=user_id, user_id=user_id)
    yield "help", _rows(said, "thread_id", "at", "body", "sender")
    yield "mails", _rows(Mail.objects.filter(account_id__in=places, to=user.email), "kind", "posted_at", "sent_at")
    yield "deeds", _deeds(user_id, places)
    yield "texts", _texts(members)


def _rows(found: Any, *columns: str) -> Iterator[Row]:
    rows: Iterator[Row] = found.order_by("pk").values(*columns).iterator(chunk_size=AT_ONCE)
    return rows


def _membership(member: Membership) -> Row:
    return {
        "account": ids.encode("acc", member.account_id), "name": member.account.name, "role": member.role,
        "since": member.created_at, "removed": member.removed_at,
    }  # fmt: skip


def _deeds(user_id: int, accounts: list[int]) -> Iterator[Row]:
    found = AuditRow.objects.filter(account_id__in=accounts, actor=ids.encode("usr", user_id))
    return _rows(found, "at", "action", "subject", "before", "after")


def _texts(members: list[Membership]) -> Iterator[Row]:
    """What the person wrote, to whom: an account's own rows of the member, account by account."""
    for member in members:
        own = Message.objects.filter(account_id=member.account_id, member_id=member.pk)
        for row in _rows(own, "created_at", "conversation__contact__e164", "body", "state", "charged"):
            row["to"] = row.pop("conversation__contact__e164")
            yield {"account": ids.encode("acc", member.account_id), **row}
