"""Texts and broadcasts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from refill.api.shapes.parts import CreditsIn, In, Instant, InstantIn, Name, Out, id_or_none, is_none, money, words
from refill.api.shapes.parts import Money as MoneyOut
from refill.domain import ids
from refill.queries.broadcasts import BroadcastRow, LeftOut
from refill.queries.texts import Paid, TextRow
from refill.services.messages.broadcasts import Estimated
from refill.services.money.closing import Way

STATES = ("accepted", "waiting", "sent", "delivered", "failed", "received")
PROBLEMS = ("invalid", "duplicate", "opted_out", "fields", "too_long", "empty", "canceled")
Body = Annotated[str, Field(strict=True, max_length=10_000, description="GSM-7 where every character is of it.")]
Media = Annotated[list[Annotated[str, Field(strict=True, max_length=2_000)]], Field(max_length=10)]
From = Annotated[str, Field(strict=True, max_length=64, alias="from", description="A number, an inbox, or +E.164.")]
To = Annotated[str, Field(strict=True, min_length=1, max_length=64)]


class MessageIn(In):
    """A text. Its price is held now, or at `send_at`, and captured when the carrier takes it."""

    from_: From
    to: To
    body: Body = ""
    media: Media = []
    send_at: InstantIn | None = None
    at_zero: Literal["refuse", "wait"] = "refuse"


class PaidBy(Out):
    """What one grant paid of a text; no grant: it is owed. `entry` is its movement."""

    grant: str | None
    credits: int
    entry: str


class Message(Out):
    """A text. `charged` is what it cost in the end: nothing while it is not taken, and where it failed."""

    id: str
    direction: Literal["out", "in"]
    state: Annotated[str, words(*STATES)]
    waiting_for: Literal["schedule", "credits"] | None
    from_: Annotated[str, Field(serialization_alias="from")]
    to: str
    number: str
    inbox: str | None
    member: str | None
    broadcast: str | None
    body: str | None
    media: list[str]
    kind: Annotated[str, words("text", "mms")]
    parts: int
    credits: int
    charged: int
    code: str | None
    created_at: Instant
    send_at: Instant | None
    sent_at: Instant | None
    done_at: Instant | None
    paid_by: Annotated[list[PaidBy] | None, Field(exclude_if=is_none)] = None

    @classmethod
    def of(cls, row: TextRow, account_id: int = 0, paid: Sequence[Paid] | None = None) -> Message:
        sender, recipient = (row.own, row.contact) if row.direction == "out" else (row.contact, row.own)
        waiting: Literal["schedule", "credits"] = "schedule" if row.step == "scheduled" else "credits"
        return cls(
            id=ids.encode("msg", row.id), direction="out" if row.direction == "out" else "in", state=row.state,
            waiting_for=waiting if row.state == "waiting" else None, from_=sender, to=recipient,
            number=ids.encode("num", row.number_id), inbox=id_or_none("inb", row.inbox_id),
            member=id_or_none("mem", row.member_id), broadcast=id_or_none("bro", row.broadcast_id), body=row.body,
            media=row.media, kind=row.kind, parts=row.parts, credits=row.credits, charged=row.charged,
            code=row.code or None, created_at=row.created_at, send_at=row.send_at, sent_at=row.sent_at,
            done_at=row.done_at,
            paid_by=None if paid is None else [
                PaidBy(grant=id_or_none("gra", one.grant_id), credits=one.credits,
                       entry=ids.encode("ent", account_id, one.entry_seq))
                for one in paid
            ],
        )  # fmt: skip


class RecipientIn(In):
    """One recipient, and the words that are merged into their text."""

    to: To
    fields: Annotated[
        dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")], Annotated[str, Field(max_length=500)]],
        Field(max_length=30),
    ] = {}


class BroadcastIn(In):
    """One text to many, with merge fields: `Hello {{first_name|there}}`."""

    name: Name
    from_: From
    body: Annotated[str, Field(strict=True, max_length=5_000)] = ""
    media: Media = []
    pace: Annotated[int, Field(strict=True, ge=1, le=6_000, description="Texts a minute.")] = 600
    recipients: Annotated[list[RecipientIn], Field(min_length=1, max_length=10_000)]


class SendIn(In):
    """`credits` is the sum that was shown; where it costs more by now, nothing is sent."""

    credits: CreditsIn | None = None


class Left(Out):
    """A recipient that is left out, and costs nothing. `line` counts from 1."""

    line: int
    to: str
    problem: Annotated[str, words(*PROBLEMS)]


class BroadcastEstimate(Out):
    """What it would send and cost; nothing is kept."""

    texts: int
    parts: int
    credits: int
    left_out: dict[str, int]
    first_left_out: list[Left]

    @classmethod
    def of(cls, row: Estimated) -> BroadcastEstimate:
        return cls(
            texts=row.texts, parts=row.parts, credits=row.credits, left_out=row.left_out,
            first_left_out=[Left(line=line, to=written, problem=why) for line, written, why in row.first_left_out],
        )  # fmt: skip


class Broadcast(Out):
    """A broadcast and how far it is. Of `credits`, those neither `charged` nor `held` came back."""

    id: str
    name: str
    state: Annotated[str, words("draft", "sending", "done", "canceled")]
    number: str
    from_: Annotated[str, Field(serialization_alias="from")]
    body: str | None
    media: list[str]
    pace: int
    texts: int
    credits: int
    charged: int
    held: int
    states: dict[str, int]
    left_out: dict[str, int]
    created_at: Instant
    started_at: Instant | None
    finished_at: Instant | None
    first_left_out: Annotated[list[Left] | None, Field(exclude_if=is_none)] = None

    @classmethod
    def of(cls, row: BroadcastRow, left: Sequence[LeftOut] | None = None) -> Broadcast:
        return cls(
            id=ids.encode("bro", row.id), name=row.name, state=row.state, number=ids.encode("num", row.number_id),
            from_=row.own, body=row.body, media=row.media, pace=row.pace, texts=row.texts, credits=row.credits,
            charged=row.charged, held=row.held, states=row.states, left_out=row.left_out, created_at=row.created_at,
            started_at=row.started_at, finished_at=row.finished_at,
            first_left_out=None if left is None else [
                Left(line=one.line, to=one.written, problem=one.problem) for one in left
            ],
        )  # fmt: skip


class WayOut(Out):
    """One way to close a shortage of credits, and what it costs now; `wait` names when."""

    kind: Literal["pack", "upgrade", "wait"]
    credits: int
    due_now: MoneyOut
    pack: Annotated[str | None, Field(exclude_if=is_none)] = None
    quantity: Annotated[int | None, Field(exclude_if=is_none)] = None
    price: Annotated[str | None, Field(exclude_if=is_none)] = None
    at: Annotated[Instant | None, Field(exclude_if=is_none)] = None

    @classmethod
    def of(cls, way: Way) -> WayOut:
        return cls(
            kind=way.kind, credits=way.credits, due_now=money(way.amount_minor, way.currency),
            pack=id_or_none("pack", way.pack_id), quantity=way.quantity if way.kind == "pack" else None,
            price=id_or_none("price", way.price_id), at=way.at,
        )  # fmt: skip
