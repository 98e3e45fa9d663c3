"""Bodies of the hot calls. Whole numbers are bounded; booleans, fractions and texts are not numbers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

MAX_CREDITS = 1_000_000_000
MAX_BATCH_ITEMS = 10_000
MAX_HOLD_SECONDS = 30 * 24 * 3600

Credits = Annotated[int, Meta(ge=1, le=MAX_CREDITS, description="Whole credits.", examples=[3])]
UsageKind = Literal["text", "mms", "call", "transcript", "lookup", "other"]
Reference = Annotated[
    str, Meta(max_length=255, description="Your own name for what this pays for.", examples=["sms-8841"])
]
Reason = Annotated[str, Meta(min_length=1, max_length=500, examples=["the carrier refused it"])]
MetadataKey = Annotated[str, Meta(min_length=1, max_length=40)]
MetadataText = Annotated[str, Meta(max_length=500)]
Metadata = Annotated[
    dict[MetadataKey, MetadataText | bool | Annotated[int, Meta(ge=-(2**53), le=2**53)] | None],
    Meta(max_length=50, description="Up to 50 facts of your own."),
]
Id = Annotated[str, Meta(max_length=64)]


class Usage(Struct, forbid_unknown_fields=True, frozen=True):
    """What is to be spent."""

    credits: Credits
    kind: UsageKind
    reference: Reference | None = None
    member: Id | None = None
    inbox: Id | None = None
    number: Id | None = None
    parts: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    metadata: Metadata | None = None


class Taken(Struct):
    """What one grant gave."""

    grant: str
    credits: int


class UsageMade(Struct):
    """A spend; `balance` is what is available after it."""

    id: str
    credits: int
    balance: int
    taken: list[Taken]


class BatchUsage(Struct, forbid_unknown_fields=True, frozen=True):
    """One spend of a batch, under a key of its own."""

    key: Annotated[str, Meta(min_length=1, max_length=255)]
    credits: Credits
    kind: UsageKind
    reference: Reference | None = None


class Batch(Struct, forbid_unknown_fields=True, frozen=True):
    """Up to 10,000 spends. `all_or_nothing` takes all or none; `partial` takes each that still fits, in order."""

    items: Annotated[list[BatchUsage], Meta(min_length=1, max_length=MAX_BATCH_ITEMS)]
    mode: Literal["all_or_nothing", "partial"] = "all_or_nothing"


class BatchResult(Struct):
    """What became of one item: `code` says why where it was refused."""

    key: str
    status: Literal["spent", "replayed", "refused"]
    id: str | None
    code: str | None


class BatchMade(Struct):
    """The results in the order of the items; `balance` is what is available after them."""

    balance: int
    results: list[BatchResult]


class Reverse(Struct, forbid_unknown_fields=True, frozen=True):
    """Give back `credits` of a spend, or all that is unreversed."""

    reason: Reason
    credits: Credits | None = None


class Reversed(Struct):
    """What was given back, and the first ledger entry of it."""

    id: str
    usage: str
    credits: int
    balance: int


class Hold(Struct, forbid_unknown_fields=True, frozen=True):
    """What is to be set aside, and for how many seconds of the account's time."""

    credits: Credits
    expires_in: Annotated[int, Meta(ge=1, le=MAX_HOLD_SECONDS, examples=[600])] | None = None
    reference: Reference | None = None


class HoldMade(Struct):
    """An open hold; `balance` is what is available after it."""

    id: str
    state: str
    credits: int
    captured: int
    expires_at: datetime | None
    reference: str | None
    created_at: datetime
    balance: int


class Capture(Struct, forbid_unknown_fields=True, frozen=True):
    """How much of the hold is used; the rest is released. All of it without `credits`."""

    credits: Credits | None = None


class Nothing(Struct, forbid_unknown_fields=True, frozen=True):
    """An empty object."""


class HoldEnded(Struct):
    """How the hold ended. `usage` can be reversed like a spend."""

    id: str
    state: str
    captured: int
    usage: str | None
    balance: int
