"""The statement as JSON, as `statement_papers.as_json` writes it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from pydantic import BaseModel, Field

from refill.api.shapes.parts import DayOrInstantIn, Instant, Out
from refill.domain.calendars import day_start


class Between(BaseModel):
    """Which stretch: [from, to) of instants, or from day to day of the account's zone, the last one included. Without
    them the last 30 days."""

    from_: DayOrInstantIn | None = Field(
        None, alias="from", description="Movements at or after this instant, or from the start of this local day on."
    )
    to: DayOrInstantIn | None = Field(
        None, description="Movements before this instant, or to the end of this local day."
    )

    def instants(self, zone: str) -> tuple[datetime | None, datetime | None]:
        """The bounds, with days read in this zone."""
        return _instant(self.from_, zone, 0), _instant(self.to, zone, 1)


def _instant(asked: date | datetime | None, zone: str, days: int) -> datetime | None:
    """An instant as it is; the start of a day, or of one so many days later."""
    if asked is None or isinstance(asked, datetime):
        return asked
    return day_start(asked + timedelta(days=days), zone)


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
