"""Refusals: one class for each, with a stable code, a kind, and facts. Doors map kinds to status and words.

Refusal
├── Invalid            the request cannot be understood or is out of bounds; change it
├── Unauthenticated    no valid key or sign-in
├── Forbidden          who asks has not the right
├── Unknown            no such thing, or another account's
├── Conflict           the state of things forbids it now
├── Unpaid             credits or money are short
└── TooMany            slow down
"""

from __future__ import annotations

from typing import Any, ClassVar


class Refusal(Exception):
    """A refused request. `detail` says what to do; `facts` are numbers and names for programs."""

    code: ClassVar[str] = "refused"
    kind: ClassVar[str] = "conflict"
    title: ClassVar[str] = "Refused"

    def __init__(self, detail: str = "", *, param: str | None = None, **facts: Any) -> None:
        self.detail = detail or self.title
        self.param = param
        self.facts = facts
        super().__init__(self.detail)


class Invalid(Refusal):
    code, kind, title = "invalid_request", "invalid", "The request is not valid"


class Unauthenticated(Refusal):
    code, kind, title = "unauthenticated", "unauthenticated", "No valid key"


class Forbidden(Refusal):
    code, kind, title = "forbidden", "forbidden", "Not allowed"


class FeatureNotInPlan(Forbidden):
    code, title = "feature_not_in_plan", "The plan does not include this"


class Unknown(Refusal):
    code, kind, title = "not_found", "unknown", "Not found"


class Conflict(Refusal):
    code, kind, title = "conflict", "conflict", "Not possible now"


class IdempotencyMismatch(Invalid):
    code, title = "idempotency_mismatch", "This key was used for another request"


class IdempotencyInFlight(Conflict):
    code, title = "idempotency_in_flight", "The first request with this key is still running"


class IdempotencyKeyMissing(Invalid):
    code, title = "idempotency_key_required", "An Idempotency-Key header is required"


class SeatsFull(Conflict):
    """Everybody but Observers takes a seat (RULES §4, Add-ons). Facts: free, needed, short, unit (minor), currency."""

    code, title = "seats_full", "No seat is free"


class QuoteNeeded(Conflict):
    """It costs money, so it goes by a quote (RULES §4). Facts: quote."""

    code, title = "quote_needed", "This costs money"


class CarrierSilent(Conflict):
    """The carrier did not answer a question that changes nothing."""

    code, title = "carrier_silent", "The carrier does not answer"


class QuoteStale(Conflict):
    """What the quote was computed from has changed (RULES §4.2). Facts: changed, quote (a fresh one's id)."""

    code, title = "quote_stale", "Something changed since this quote"


class RefundStale(Conflict):
    """Not what was previewed would be done (RULES §9.5). Facts: preview (a fresh one)."""

    code, title = "refund_stale", "Something changed since this preview"


class QuoteExpired(Conflict):
    code, title = "quote_expired", "This quote is too old"


class ChargeInProgress(Conflict):
    code, title = "charge_in_progress", "A charge is being decided"


class ChargesPaused(Conflict):
    """After a restore nothing is charged until an operator has confirmed."""

    code, title = "charges_paused", "Payments are paused"


class ConsentRequired(Invalid):
    """Money is taken later without asking again, so the exact sentence is needed (RULES §5.2). Facts: sentence."""

    code, title = "consent_required", "Consent to this sentence is needed"


class NoCard(Conflict):
    code, title = "payment_method_required", "A card is needed"


class HoldEnded(Conflict):
    code, title = "hold_ended", "The hold has ended"


class AccountClosed(Conflict):
    """The account is suspended or canceled: it can be read, not spent from (RULES §4.7, §9.4)."""

    code, title = "account_closed", "This account cannot spend now"


class NothingToDo(Conflict):
    code, title = "nothing_to_do", "There is nothing to do"


class OptedOut(Conflict):
    """The recipient said STOP; nothing is charged (RULES §7.4)."""

    code, title = "recipient_opted_out", "The recipient does not want texts"


class BroadcastChanged(Conflict):
    """It costs more than was shown (RULES §7.3). Facts: shown, credits."""

    code, title = "broadcast_changed", "The broadcast costs more than was shown"


class ClockGoesBack(Invalid):
    code, title = "clock_goes_back", "A clock never goes back"


class InsufficientCredits(Refusal):
    """Facts: required, available (RULES §2.3)."""

    code, kind, title = "insufficient_credits", "unpaid", "Not enough credits"


class ProviderUnavailable(Refusal):
    """Somebody outside does not answer; nothing was changed."""

    code, kind, title = "provider_unavailable", "busy", "The provider does not answer"


class BadSignature(Refusal):
    """A webhook that is not from whom it says, too old, or not readable."""

    code, kind, title = "bad_signature", "malformed", "The signature does not match"


class TooMany(Refusal):
    code, kind, title = "rate_limited", "too_many", "Too many requests"


class InsideTransaction(RuntimeError):
    """A gateway was called inside a database transaction: a fault of ours, never of the caller."""
