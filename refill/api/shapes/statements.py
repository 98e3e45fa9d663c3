"""The statement as JSON, as `statement_papers.as_json` writes it."""

from __future__ import annotations

from pydantic import BaseModel, Field

from refill.api.shapes.parts import Instant, InstantIn, Out


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
