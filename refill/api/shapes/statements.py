"""The statement as JSON."""

from __future__ import annotations

from pydantic import BaseModel, Field

from refill.api.shapes.parts import Instant, InstantIn, Out, id_or_none
from refill.domain import ids
from refill.queries.pages.movements import Movement
from refill.queries.pages.statement_papers import Statement


class Between(BaseModel):
    """Which stretch: [from, to). Without them the last 30 days."""

    from_: InstantIn | None = Field(None, alias="from", description="Movements at or after this instant.")
    to: InstantIn | None = Field(None, description="Movements before this instant.")


class MovementOut(Out):
    """One entry of the ledger."""

    id: str
    at: Instant
    kind: str
    credits: int
    held: int
    balance_after: int
    grant: str | None
    source: str | None
    usage: str | None
    parts: int | None
    reference: str | None
    member: str | None
    reason: str | None
    actor: str | None

    @classmethod
    def of(cls, row: Movement) -> MovementOut:
        return cls(
            id=row.public_id, at=row.at, kind=row.kind, credits=row.credits, held=row.held,
            balance_after=row.balance_after, grant=id_or_none("gra", row.grant_id), source=row.source,
            usage=row.usage_kind, parts=row.parts, reference=row.reference, member=id_or_none("mem", row.member_id),
            reason=row.reason, actor=row.actor,
        )  # fmt: skip


class StatementOut(Out):
    """closing = opening + added − used − ended − set_aside; the oldest movement first."""

    account: str
    starts_at: Instant
    ends_at: Instant
    opening: int
    added: int
    used: int
    ended: int
    set_aside: int
    closing: int
    movements: list[MovementOut]

    @classmethod
    def of(cls, row: Statement) -> StatementOut:
        return cls(
            account=ids.encode("acc", row.account_id), starts_at=row.starts_at, ends_at=row.ends_at,
            opening=row.opening, added=row.added, used=row.used, ended=row.ended, set_aside=row.set_aside,
            closing=row.closing, movements=[MovementOut.of(one) for one in row.rows],
        )  # fmt: skip
