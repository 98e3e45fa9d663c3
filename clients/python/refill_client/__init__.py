"""The API of Refill: `Refill` for threads, `AsyncRefill` for asyncio, `verify` for webhooks."""

from refill_client._async import AsyncRefill
from refill_client._sync import Refill
from refill_client.errors import (
    Conflict,
    ConnectionFailed,
    Forbidden,
    IdempotencyMismatch,
    InsufficientCredits,
    InvalidRequest,
    NotFound,
    QuoteStale,
    RateLimited,
    RefillError,
    ServerFault,
    Unauthenticated,
)
from refill_client.webhooks import SignatureRefused, verify

__all__ = [
    "AsyncRefill", "Conflict", "ConnectionFailed", "Forbidden", "IdempotencyMismatch", "InsufficientCredits",
    "InvalidRequest", "NotFound", "QuoteStale", "RateLimited", "Refill", "RefillError", "ServerFault",
    "SignatureRefused", "Unauthenticated", "verify",
]  # fmt: skip
