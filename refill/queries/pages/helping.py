"""Help threads as their user and the office see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from refill.domain import ids
from refill.models import HelpMessage, HelpThread

MOST_MESSAGES = 500


@dataclass(frozen=True, slots=True)
class Said:
    """One message. `sender` is the address of a mail."""

    id: int
    by_operator: bool
    name: str
    sender: str
    body: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Thread:
    id: int
    channel: str
    state: str
    context: tuple[tuple[str, str], ...]
    user_name: str
    user_email: str
    account_id: int | None
    account_name: str
    zone: str
    unread: int
    waiting_since: datetime | None
    created_at: datetime
    last_at: datetime
    first_words: str

    @property
    def public_id(self) -> str:
        return ids.encode("hlp", self.id)

    @property
    def account_code(self) -> str:
        return ids.encode("acc", self.account_id) if self.account_id else ""


def unread_of(user_id: int) -> int:
    """Return how many answers a user has not read."""
    found = HelpThread.objects.filter(user_id=user_id, unread_by_user__gt=0).aggregate(all=Sum("unread_by_user"))
    return found["all"] or 0


def threads_of(user_id: int, limit: int = 20) -> tuple[Thread, ...]:
    """Return a user's threads, the latest first."""
    return _threads(HelpThread.objects.filter(user_id=user_id).order_by("-last_at", "-id"), limit, for_office=False)


def thread_of(thread_id: int, user_id: int | None) -> Thread | None:
    """Return one thread: the user's own, or any for the office."""
    rows = HelpThread.objects.filter(pk=thread_id)
    found = _threads(rows if user_id is None else rows.filter(user_id=user_id), 1, for_office=user_id is None)
    return found[0] if found else None


def desk(limit: int = 100) -> tuple[Thread, ...]:
    """Return what the office has to answer, whoever waits longest first; then what is open, the latest first."""
    waiting = HelpThread.objects.filter(waiting_since__isnull=False).order_by("waiting_since", "id")
    others = HelpThread.objects.filter(waiting_since=None, state="open").order_by("-last_at", "-id")
    return _threads(waiting, limit, for_office=True) + _threads(others, limit, for_office=True)


def count_waiting() -> int:
    """Return how many threads wait for an answer of the office."""
    return HelpThread.objects.filter(waiting_since__isnull=False).count()


def messages_of(thread_id: int, after: int = 0) -> tuple[Said, ...]:
    """Return a thread's messages, oldest first; those after an id for whoever has seen the others."""
    rows = (
        HelpMessage.objects.filter(thread_id=thread_id, id__gt=after)
        .order_by("id")
        .values_list("id", "author", "user__name", "sender", "body", "at")[:MOST_MESSAGES]
    )
    return tuple(
        Said(pk, author == "operator", name or "", sender, body, at) for pk, author, name, sender, body, at in rows
    )


def _threads(rows, limit: int, *, for_office: bool) -> tuple[Thread, ...]:  # type: ignore[no-untyped-def]
    found = list(rows.select_related("user", "account")[:limit])
    messages = HelpMessage.objects.filter(thread_id__in=[row.pk for row in found]).order_by("thread_id", "id")
    first = dict(messages.distinct("thread_id").values_list("thread_id", "body"))
    return tuple(
        Thread(
            row.pk, row.channel, row.state, tuple((name, words) for name, words in row.context), row.user.name,
            row.user.email, row.account_id, row.account.name if row.account else "",
            row.account.timezone if row.account else "UTC",
            row.unread_by_office if for_office else row.unread_by_user, row.waiting_since, row.created_at, row.last_at,
            " ".join(first.get(row.pk, "").split())[:120] or "(no words)",
        )
        for row in found
    )  # fmt: skip
