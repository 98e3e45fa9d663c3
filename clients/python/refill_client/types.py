"""What the API answers, as typed dictionaries. Members that a newer Refill adds are there too."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict


class Money(TypedDict):
    """Whole minor units."""

    amount: int
    currency: str


class Allowance(TypedDict):
    granted: int
    remaining: int
    resets_at: str | None


class Remaining(TypedDict):
    remaining: int


class Balance(TypedDict):
    available: int
    held: int
    owed: int
    allowance: Allowance | None
    promotion: Remaining
    purchased: Remaining
    grants: NotRequired[list[dict[str, Any]]]


class Taken(TypedDict):
    grant: str
    credits: int


class Usage(TypedDict):
    id: str
    credits: int
    balance: int
    taken: list[Taken]


class BatchResult(TypedDict):
    key: str
    status: str
    id: str | None
    code: str | None


class Batch(TypedDict):
    balance: int
    results: list[BatchResult]


class BatchItem(TypedDict):
    key: str
    credits: int
    kind: str
    reference: NotRequired[str]


class Reversed(TypedDict):
    id: str
    usage: str
    credits: int
    balance: int


class Hold(TypedDict):
    id: str
    state: str
    credits: int
    captured: int
    expires_at: str | None
    reference: str | None
    created_at: str
    balance: NotRequired[int]


class HoldEnded(TypedDict):
    id: str
    state: str
    captured: int
    usage: str | None
    balance: int


class Entry(TypedDict):
    id: str
    seq: int
    at: str
    kind: str
    credits: int
    balance_after: int
    grant: str | None
    reason: str | None
    actor: str | None


class Account(TypedDict):
    id: str
    name: str
    timezone: str
    currency: str
    status: str
    livemode: bool
    subscription: dict[str, Any] | None


class Quote(TypedDict):
    id: str
    kind: str
    effective_at: str
    lines: list[dict[str, Any]]
    due_now: Money
    credits: dict[str, Any]
    warnings: list[str]
    expires_at: str


class Order(TypedDict):
    id: str
    status: str
    charges: list[dict[str, Any]]
    action_url: str | None
    balance: Balance


class Estimate(TypedDict):
    encoding: str
    parts: int
    characters: int
    units: int
    credits: int
    offending: list[dict[str, Any]]


class Event(TypedDict):
    id: str
    kind: str
    at: str
    data: dict[str, Any]


class WebhookEvent(TypedDict):
    type: str
    timestamp: str
    id: str
    account: str
    data: dict[str, Any]


class Endpoint(TypedDict):
    id: str
    url: str
    kinds: list[str]
    enabled: bool
    secret: NotRequired[str]


class ApiKey(TypedDict):
    id: str
    name: str
    role: str
    scopes: list[str]
    prefix: str
    state: str
    secret: NotRequired[str]


class Advice(TypedDict):
    runway: dict[str, Any]
    next_step: dict[str, Any]
    plan_fit: dict[str, Any] | None


class Grant(TypedDict):
    id: str
    source: str


class Plan(TypedDict):
    id: str
    name: str
    rank: int
    prices: list[dict[str, Any]]


class Pack(TypedDict):
    id: str
    credits: int
    price: Money
