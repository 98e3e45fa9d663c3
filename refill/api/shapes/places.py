"""Inboxes and phone numbers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from refill.api.shapes.parts import E164, IdText, In, Instant, Name, NoCardNumber, Out, id_or_none
from refill.domain import ids
from refill.domain.carriers import OfferedNumber
from refill.queries.places import InboxRow, NumberRow

Label = Annotated[str, Field(strict=True, max_length=200), NoCardNumber]


class InboxIn(In):
    """A shared inbox has any members; a personal one exactly one."""

    name: Name
    kind: Literal["shared", "personal"] = "shared"
    members: Annotated[list[IdText], Field(max_length=500)] = []


class InboxChange(In):
    name: Name | None = None
    members: Annotated[list[IdText], Field(max_length=500)] | None = None


class Inbox(Out):
    """`undo_until` is set while its removal can be undone."""

    id: str
    name: str
    kind: Literal["shared", "personal"]
    members: list[str]
    numbers: list[str]
    created_at: Instant
    removed_at: Instant | None
    undo_until: Instant | None

    @classmethod
    def of(cls, row: InboxRow) -> Inbox:
        return cls(
            id=ids.encode("inb", row.id), name=row.name, kind="personal" if row.kind == "personal" else "shared",
            members=[ids.encode("mem", member) for member in row.members],
            numbers=[ids.encode("num", number) for number in row.numbers], created_at=row.created_at,
            removed_at=row.removed_at, undo_until=row.undo_until,
        )  # fmt: skip


class NumberIn(In):
    """A number of the carrier's catalogue, and the inbox that it leads to."""

    number: E164
    inbox: IdText | None = None


class NumberChange(In):
    """`inbox` null: assigned to none."""

    name: Label | None = None
    inbox: IdText | None = None


class Number(Out):
    """`buying` while the carrier has not confirmed it; `deleted` until `undo_until`."""

    id: str
    number: str
    kind: Literal["local", "toll_free"]
    name: str
    inbox: str | None
    state: Literal["buying", "active", "deleted"]
    created_at: Instant
    removed_at: Instant | None
    undo_until: Instant | None
    order: str | None

    @classmethod
    def of(cls, row: NumberRow) -> Number:
        return cls(
            id=ids.encode("num", row.id), number=row.e164,
            kind="toll_free" if row.kind == "toll_free" else "local", name=row.name,
            inbox=id_or_none("inb", row.inbox_id), state=row.state,  # type: ignore[arg-type]
            created_at=row.created_at, removed_at=row.removed_at, undo_until=row.undo_until,
            order=id_or_none("ord", row.order_id),
        )  # fmt: skip


class AvailableNumber(Out):
    """A number that can be had now."""

    number: str
    kind: Literal["local", "toll_free"]
    country: str
    place: str

    @classmethod
    def of(cls, row: OfferedNumber) -> AvailableNumber:
        return cls(number=row.number, kind=row.kind, country=row.country, place=row.place)


class AvailableNumbers(Out):
    """In the carrier's order."""

    data: list[AvailableNumber]
