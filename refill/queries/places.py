"""Inboxes and phone numbers of an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from refill.domain.errors import Unknown
from refill.models import Inbox, InboxMember, Number


def demand_inbox(account_id: int, inbox_id: int) -> None:
    """Raises Unknown unless the inbox is, or was, of this account: what it used is still told after its removal."""
    if not Inbox.objects.filter(account_id=account_id, pk=inbox_id).exists():
        raise Unknown("There is no such inbox in this account.", param="inbox")


def demand_number(account_id: int, number_id: int) -> None:
    """Raises Unknown unless the number is, or was, of this account."""
    if not Number.objects.filter(account_id=account_id, pk=number_id).exists():
        raise Unknown("There is no such number in this account.", param="number")


@dataclass(frozen=True, slots=True)
class InboxRow:
    """`members` work in it, `numbers` lead to it. `undo_until` is set while its removal can be undone."""

    id: int
    kind: str
    name: str
    members: tuple[int, ...]
    numbers: tuple[int, ...]
    created_at: datetime
    removed_at: datetime | None
    undo_until: datetime | None


@dataclass(frozen=True, slots=True)
class NumberRow:
    """`state`: buying while the carrier has not confirmed it, active, deleted while that can be undone."""

    id: int
    e164: str
    kind: str
    name: str
    inbox_id: int | None
    state: str
    created_at: datetime
    removed_at: datetime | None
    undo_until: datetime | None
    order_id: int | None


def inboxes(account_id: int, *, before: int | None = None, limit: int = 1_000) -> list[InboxRow]:
    """Inboxes, also removed ones that can be taken back, below the id `before`, the newest first."""
    rows = Inbox.objects.filter(account_id=account_id, purged_at=None)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return _inboxes(account_id, list(rows.order_by("-pk")[:limit]))


def inbox(account_id: int, inbox_id: int) -> InboxRow:
    """One of them. Raises Unknown."""
    found = _inboxes(account_id, list(Inbox.objects.filter(account_id=account_id, pk=inbox_id, purged_at=None)))
    if not found:
        raise Unknown("There is no such inbox in this account.")
    return found[0]


def numbers(account_id: int, *, before: int | None = None, limit: int = 1_000) -> list[NumberRow]:
    """Numbers, also deleted ones that can be taken back, below the id `before`, the newest first."""
    rows = Number.objects.filter(account_id=account_id, released_at=None)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [_number(row) for row in rows.order_by("-pk")[:limit]]


def number(account_id: int, number_id: int) -> NumberRow:
    """One of them. Raises Unknown."""
    row = Number.objects.filter(account_id=account_id, pk=number_id, released_at=None).first()
    if row is None:
        raise Unknown("There is no such number in this account.")
    return _number(row)


def number_of_order(account_id: int, order_id: int) -> int | None:
    """The number that an order bought, or is buying; none where the carrier did not give it."""
    rows = Number.objects.filter(account_id=account_id, order_id=order_id, released_at=None)
    return rows.values_list("pk", flat=True).first()


def names(account_id: int) -> tuple[dict[int, str], dict[int, str]]:
    """Names of all inboxes and numbers that ever were, for statements: (inboxes, numbers)."""
    inbox_names = dict(Inbox.objects.filter(account_id=account_id).values_list("pk", "name"))
    number_names = dict(Number.objects.filter(account_id=account_id).values_list("pk", "e164"))
    return inbox_names, number_names


def _inboxes(account_id: int, rows: list[Inbox]) -> list[InboxRow]:
    here = [row.pk for row in rows]
    people: dict[int, list[int]] = {}
    for inbox_id, member_id in (
        InboxMember.objects.filter(account_id=account_id, inbox_id__in=here, member__removed_at=None)
        .order_by("member_id")
        .values_list("inbox_id", "member_id")
    ):
        people.setdefault(inbox_id, []).append(member_id)
    lines: dict[int, list[int]] = {}
    for inbox_id, number_id in (
        Number.objects.filter(account_id=account_id, inbox_id__in=here, removed_at=None, released_at=None)
        .order_by("pk")
        .values_list("inbox_id", "pk")
    ):
        lines.setdefault(inbox_id or 0, []).append(number_id)
    return [
        InboxRow(
            row.pk, row.kind, row.name, (row.member_id,) if row.member_id else tuple(people.get(row.pk, ())),
            tuple(lines.get(row.pk, ())), row.created_at, row.removed_at, row.purge_at,
        )
        for row in rows
    ]  # fmt: skip


def _number(row: Number) -> NumberRow:
    state = "deleted" if row.removed_at else "active" if row.bought_at else "buying"
    return NumberRow(
        row.pk, row.e164, row.kind, row.name, row.inbox_id, state, row.created_at, row.removed_at, row.purge_at,
        row.order_id,
    )  # fmt: skip
