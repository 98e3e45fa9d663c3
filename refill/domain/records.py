"""Records that cross rooms. Ids are whole numbers here; doors write and read them as text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from refill.domain.roles import Role

QuoteKind = Literal[
    "change_plan", "buy_credits", "add_number", "add_seats", "remove_add_on", "cancel", "reactivate", "pay_overdue"
]
AddOnKind = Literal["seat", "number"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. Without a role it is the operator (a platform key) or the product itself."""

    label: str
    role: Role | None = None
    user_id: int | None = None


PRODUCT = Actor("refill")
COMMAND_LINE = Actor("command line")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRequest:
    """What somebody wants to change (RULES §4). Only the fields of its kind are set."""

    kind: QuoteKind
    price_id: int | None = None
    pack_id: int | None = None
    quantity: int = 1
    add_on: AddOnKind | None = None
    new_period: bool = False
    payment_method_id: int | None = None
    phone: str | None = None
    phone_kind: Literal["local", "toll_free"] = "local"
    inbox_id: int | None = None


@dataclass(frozen=True, slots=True)
class Created:
    account_id: int
    order_id: int | None


@dataclass(frozen=True, slots=True)
class Spent:
    """One spend: `seq` of its first entry, the balance after it, what each grant gave."""

    seq: int
    credits: int
    balance: int
    taken: tuple[tuple[int, int], ...]
    replayed: bool


@dataclass(slots=True)
class BatchItem:
    """One of up to 10,000. Not frozen: a frozen record is written field by field, at twenty times the price."""

    key: str
    fingerprint: int
    credits: int
    kind: str
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """Per item, in order: spent, replayed, mismatch or insufficient; and the entry where there is one."""

    balance: int
    results: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True)
class Held:
    hold_id: int
    balance: int
    replayed: bool


@dataclass(frozen=True, slots=True)
class HoldEnd:
    """How a hold ended. `seq` is the first captured entry, which can be reversed like a spend."""

    hold_id: int
    state: str
    captured: int
    balance: int
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Reversal:
    seq: int
    credits: int
    balance: int


@dataclass(frozen=True, slots=True)
class BalanceRead:
    """The kept totals of one account at an instant; credits."""

    at: datetime
    available: int
    held: int
    owed: int
    allowance_granted: int
    allowance_left: int
    resets_at: datetime | None
    promotion_left: int
    adjustment_left: int
    purchased_left: int
    seq: int
    closed: str | None


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What an authenticated API key may be. No account: a platform key, that names one by header."""

    key_id: int
    account_id: int | None
    role: Role | None
    scopes: tuple[str, ...]
    livemode: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept answer, replayed to the byte."""

    status: int
    body: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """A request that is to be answered now. `made`: what it made before its process died; it is not made again."""

    made: int | None = None


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """One call of the API, or several alike; bodies are redacted. `at` is real time, of the last of them."""

    account_id: int
    key_id: int
    at: datetime
    method: str
    path: str
    status: int
    milliseconds: int
    calls: int = 1
    code: str = ""
    request_id: str = ""
    sent: Any = None
    answered: Any = None
