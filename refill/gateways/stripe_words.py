"""What Stripe's words mean here: the state of a PaymentIntent as an outcome, and which declines are final."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from refill.domain.payments import CardFace, ChargeIntent, DisputeFacts, Outcome, State, Taken

# Trying again cannot help, and the card networks fine whoever does (RULES §5.6, §9.4).
FINAL_CODES = frozenset(
    {
        "account_closed", "expired_card", "fraudulent", "highest_risk_level", "incorrect_number", "invalid_account",
        "invalid_number", "lost_card", "merchant_blacklist",
        # Tried off-session the bank would only ask for the customer again.
        "payment_intent_authentication_failure", "payment_method_unactivated", "pickup_card",
        "resource_missing", "restricted_card", "revocation_of_all_authorizations", "revocation_of_authorization",
        "security_violation", "stolen_card", "stop_payment_order", "test_mode_live_card", "transaction_not_allowed",
    }
)  # fmt: skip
AUTHENTICATE = "authentication_required"
_STATES: Mapping[str, State] = {
    "succeeded": "succeeded", "processing": "processing", "requires_action": "needs_action", "canceled": "declined",
}  # fmt: skip


def outcome_of(found: Mapping[str, Any], intent: ChargeIntent | None = None) -> Outcome:
    """What a PaymentIntent amounts to; where it is not what was asked for, `unknown` and what differs."""
    reference = str(found.get("id") or "")
    differs = _differs(found, intent) if intent is not None else ""
    if differs:
        return Outcome("unknown", reference, differs=differs)
    status = found.get("status")
    if status == "requires_payment_method" and found.get("last_payment_error"):
        return declined(found["last_payment_error"], reference)
    state = _STATES.get(str(status), "unknown")
    if state == "declined":
        return Outcome("declined", reference, decline_code="canceled")
    return Outcome(state, reference)


def declined(error: Mapping[str, Any], reference: str) -> Outcome:
    """A card's decline, or the bank's wish to see the customer first."""
    code = str(error.get("decline_code") or error.get("code") or "card_declined")
    if AUTHENTICATE in (code, error.get("code")):
        return Outcome("needs_action", reference)
    is_final = code in FINAL_CODES or error.get("advice_code") == "do_not_try_again"
    return Outcome("declined", reference, decline_code=code[:64], decline_final=is_final)


def _differs(found: Mapping[str, Any], intent: ChargeIntent) -> str:
    sum_found = f"{found.get('amount')} {found.get('currency')}"
    if sum_found != f"{intent.amount_minor} {intent.currency}":
        return f"amount: {sum_found}"
    if found.get("status") == "succeeded" and found.get("amount_received") not in (None, intent.amount_minor):
        return f"received: {found.get('amount_received')} {found.get('currency')}"
    key = key_of(found)
    return "" if key == intent.provider_key else f"key: {key or 'none'}"


def key_of(found: Mapping[str, Any]) -> str:
    """Our key, which the provider keeps with what we made."""
    kept = found.get("metadata")
    return str(kept.get("refill_key") or "") if isinstance(kept, Mapping) else ""


def taken_of(found: Mapping[str, Any]) -> Taken:
    """A PaymentIntent with its charge expanded."""
    last = found.get("latest_charge")
    refunded = last.get("amount_refunded", 0) if isinstance(last, Mapping) else 0
    state = outcome_of(found).state
    return Taken(key_of(found), str(found["id"]), int(found["amount"]), str(found["currency"]), state, int(refunded))


def face_of(method: Mapping[str, Any]) -> CardFace:
    """What may be seen of a card."""
    card = method["card"]
    return CardFace(
        reference=str(method["id"]), fingerprint=str(card.get("fingerprint") or "")[:64], brand=str(card["brand"])[:32],
        last4=str(card["last4"])[:4], exp_month=int(card["exp_month"]), exp_year=int(card["exp_year"]),
    )  # fmt: skip


def dispute_of(found: Mapping[str, Any]) -> DisputeFacts:
    """A dispute. Early inquiries are `warning_…`: they move no money unless they become one."""
    status = str(found["status"])
    won = {"won": True, "prevented": True, "lost": False}.get(status)
    reference, charge = str(found["id"]), str(found.get("payment_intent") or "")
    fee = sum(int(row.get("fee") or 0) for row in found.get("balance_transactions") or [])
    return DisputeFacts(reference, charge, int(found["amount"]), won, status.startswith("warning_"), max(0, fee))
