"""The pages of inboxes and numbers: what is there, and what a removal would touch."""

from __future__ import annotations

from dataclasses import dataclass

from refill.domain import ids
from refill.models import Conversation, Invitation, Membership, Message
from refill.models.team import OPEN
from refill.queries import places
from refill.queries.places import InboxRow, NumberRow


@dataclass(frozen=True, slots=True)
class Line:
    """A number with the name of the inbox that it leads to."""

    row: NumberRow
    inbox: str

    @property
    def public_id(self) -> str:
        return ids.encode("num", self.row.id)


@dataclass(frozen=True, slots=True)
class Box:
    """An inbox with names of who works in it, and its numbers."""

    row: InboxRow
    people: tuple[str, ...]
    numbers: tuple[str, ...]

    @property
    def public_id(self) -> str:
        return ids.encode("inb", self.row.id)


@dataclass(frozen=True, slots=True)
class Touched:
    """What a removal concerns."""

    conversations: int
    scheduled: int
    members: int
    invitations: int


def boxes(account_id: int) -> tuple[Box, ...]:
    """All inboxes by name, those that can be taken back too."""
    people = dict(Membership.objects.filter(account_id=account_id).values_list("pk", "user__name"))
    lines = {row.id: row.e164 for row in places.numbers(account_id)}
    rows = sorted(places.inboxes(account_id), key=lambda row: row.name.lower())
    return tuple(
        Box(row, tuple(people[member] for member in row.members), tuple(lines[number] for number in row.numbers))
        for row in rows
    )


def lines(account_id: int) -> tuple[Line, ...]:
    """All numbers, the oldest first, those that can be taken back too."""
    names = {row.id: row.name for row in places.inboxes(account_id)}
    return tuple(Line(row, names.get(row.inbox_id or 0, "")) for row in reversed(places.numbers(account_id)))


def touched_by(account_id: int, number_ids: tuple[int, ...], inbox: InboxRow | None = None) -> Touched:
    """What the removal of an inbox with its numbers, or of one number, concerns."""
    talks = Conversation.objects.filter(account_id=account_id, number_id__in=number_ids)
    waiting = Message.objects.filter(
        account_id=account_id, number_id__in=number_ids, direction="out", step__in=["scheduled", "short"]
    )
    promised = Invitation.objects.filter(OPEN, account_id=account_id, inboxes__contains=[inbox.id]) if inbox else None
    return Touched(
        talks.count(), waiting.count(), len(inbox.members) if inbox else 0, promised.count() if promised else 0
    )
