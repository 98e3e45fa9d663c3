"""Endpoints that hear of events, and deliveries."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from refill.api.shapes.parts import In, Instant, InstantIn, NoCardNumber, Out, Paging, is_none
from refill.domain import ids
from refill.domain.events import KINDS, PATTERNS, name_data
from refill.queries.webhooks import DeliveryRow, EndpointRow

Url = Annotated[str, Field(strict=True, min_length=1, max_length=2_000, examples=["https://example.com/refill"])]
Description = Annotated[str, Field(strict=True, max_length=200), NoCardNumber]
Kinds = Annotated[
    list[Literal[*PATTERNS]],  # type: ignore[valid-type]
    Field(min_length=1, max_length=100, description="Kinds of events, families as in credits.*, or *."),
]
DeliveryState = Literal["pending", "delivered", "failed", "dropped"]


class EndpointIn(In):
    """An address that hears of the account's events; https in live mode, on the public internet."""

    url: Url
    kinds: Kinds = ["*"]
    description: Description = ""


class EndpointChange(In):
    """What is left out stays. Enabling begins afresh."""

    url: Url | None = None
    kinds: Kinds | None = None
    description: Description | None = None
    enabled: Annotated[bool, Field(strict=True)] | None = None


class RotateSecretIn(In):
    """For how many hours deliveries bear the old signature too."""

    overlap_hours: Annotated[int, Field(strict=True, ge=0, le=168)] = 24


class TestIn(In):
    """Which kind of event the test pretends to be."""

    kind: Literal[*KINDS] = "account.updated"  # type: ignore[valid-type]


class ReplayIn(In):
    """Deliver anew what has failed or was dropped since an instant."""

    since: InstantIn


class DeliveryPaging(Paging):
    state: DeliveryState | None = None


class Endpoint(Out):
    """An endpoint; `secret` is in the answers that make or rotate it and in no other.

    `reason` says why it is disabled: it answered 410 (`gone`), failed for three days (`failing`), or a `person`.
    """

    id: str
    url: str
    description: str
    kinds: list[str]
    enabled: bool
    reason: Literal["gone", "failing", "person"] | None
    created_at: Instant
    old_secret_until: Instant | None
    failing_since: Instant | None
    paused_until: Annotated[Instant | None, Field(description="Left alone until then, since it fails.")]
    pending: int
    delivered: Annotated[int, Field(description="In the last seven days.")]
    failed: Annotated[int, Field(description="In the last seven days.")]
    secret: Annotated[str | None, Field(exclude_if=is_none, description="Shown once: whsec_…")] = None

    @classmethod
    def of(cls, row: EndpointRow, secret: str | None = None) -> Endpoint:
        return cls(
            id=ids.encode("whe", row.id), url=row.url, description=row.description, kinds=list(row.kinds),
            enabled=row.state == "enabled", reason=row.reason or None,  # type: ignore[arg-type]
            created_at=row.created_at, old_secret_until=row.old_secret_until, failing_since=row.failing_since,
            paused_until=row.paused_until, pending=row.pending, delivered=row.delivered, failed=row.failed,
            secret=secret,
        )  # fmt: skip


class DeliveryTry(Out):
    """One try: the status that came back, and the beginning of the answer or what went wrong."""

    at: Instant
    status: int | None
    words: str
    milliseconds: int


class Delivery(Out):
    """What became of one event at one endpoint; the newest of its tries first."""

    event: str
    kind: str
    at: Instant
    data: dict[str, Any]
    state: DeliveryState
    tries: int
    created_at: Instant
    due_at: Instant | None
    ended_at: Instant | None
    attempts: list[DeliveryTry]

    @classmethod
    def of(cls, row: DeliveryRow) -> Delivery:
        return cls(
            event=ids.encode("evt", row.event_id), kind=row.kind, at=row.at, data=name_data(row.data),
            state=row.state, tries=row.tries, created_at=row.created_at,  # type: ignore[arg-type]
            due_at=row.due_at, ended_at=row.ended_at,
            attempts=[
                DeliveryTry(at=one.at, status=one.status, words=one.words, milliseconds=one.milliseconds)
                for one in row.attempts
            ],
        )  # fmt: skip


class Replayed(Out):
    """How many deliveries are due again."""

    deliveries: int
