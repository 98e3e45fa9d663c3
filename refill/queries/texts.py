"""Texts as they stand; what paid for one, grant by grant (RULES §2.11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from refill.domain.errors import Unknown
from refill.domain.roles import Role
from refill.models import Entry, Message, Number
from refill.queries.ledger import MOST_GRANTS


@dataclass(frozen=True, slots=True)
class TextRow:
    """`contact` and `own` are the two numbers (E.164), whichever way it went. No body: purged."""

    id: int
    direction: str
    state: str
    step: str
    contact: str
    own: str
    number_id: int
    inbox_id: int | None
    member_id: int | None
    conversation_id: int
    broadcast_id: int | None
    body: str | None
    media: list[str]
    kind: str
    parts: int
    credits: int
    charged: int
    code: str
    created_at: datetime
    send_at: datetime | None
    sent_at: datetime | None
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Paid:
    """What one grant gave for a text; no grant: it is owed."""

    grant_id: int | None
    credits: int
    entry_seq: int


_FROM = {"contact": "conversation__contact__e164", "own": "number__e164"}
_COLUMNS = [_FROM.get(name, name) for name in TextRow.__slots__]


def sees_personal(role: Role | None) -> bool:
    """Whether a role (None: the operator) sees what is said in personal inboxes, besides the inbox's own member."""
    return role in (Role.OWNER, Role.ADMIN, None)


def get(account_id: int, message_id: int, *, personal: bool = True) -> TextRow:
    """One text, unless it is hidden still; with `personal` false none of a personal inbox. Raises Unknown."""
    row = _shown(account_id, personal).filter(pk=message_id).values_list(*_COLUMNS).first()
    if row is None:
        raise Unknown("There is no such text in this account.")
    return TextRow(*row)


def newest(account_id: int, *, before: int | None, limit: int, personal: bool = True, **facts: Any) -> list[TextRow]:
    """Texts below the id `before`, the newest first; `facts` are columns and what they must be."""
    rows = _shown(account_id, personal).filter(**{name: value for name, value in facts.items() if value is not None})
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [TextRow(*row) for row in rows.order_by("-pk").values_list(*_COLUMNS)[:limit]]


def paid_by(account_id: int, message_id: int) -> list[Paid]:
    """Which grants paid for a text, in the order in which they were drawn (RULES §2.11). What was given back, whole as
    it always is, was paid by none."""
    text = Message.objects.filter(account_id=account_id, pk=message_id, charged__gt=0).first()
    first = text.entry_seq if text is not None else None
    if first is None:
        return []
    near = Entry.objects.filter(account_id=account_id, seq__gte=first, seq__lt=first + MOST_GRANTS)
    rows = near.filter(Q(seq=first) | Q(first_seq=first)).order_by("seq")
    return [
        Paid(row.grant_id, (row.owed or 0) if row.kind == "owe" else -(row.credits + (row.held or 0)), row.seq)
        for row in rows
    ]


def sender(account_id: int, *, number_id: int | None = None, inbox_id: int | None = None, e164: str = "") -> int:
    """The number that texts go out from: the one named, or the first of an inbox. Raises Unknown."""
    usable = Number.objects.filter(account_id=account_id, released_at=None)
    if number_id is not None:
        usable = usable.filter(pk=number_id)
    elif inbox_id is not None:
        usable = usable.filter(inbox_id=inbox_id, removed_at=None, bought_at__isnull=False)
    else:
        usable = usable.filter(e164=e164)
    found = usable.order_by("pk").values_list("pk", flat=True).first()
    if found is None:
        raise Unknown("There is no such number in this account.", param="from")
    return int(found)


def _shown(account_id: int, personal: bool) -> Any:
    rows = Message.objects.filter(account_id=account_id).exclude(step="hidden")
    return rows if personal else rows.exclude(number__inbox__kind="personal")
