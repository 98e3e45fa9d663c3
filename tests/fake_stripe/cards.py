"""Test cards by the last four digits of the numbers that Stripe documents, and what they answer off-session."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """`code` empty: it pays. `slow`: first `processing`, until `settle` says how it ended."""

    last4: str
    code: str = ""
    decline_code: str = ""
    advice: str = ""
    slow: bool = False


KINDS = {
    "ok": Kind("4242"),
    "declined": Kind("0002", "card_declined", "generic_decline", "try_again_later"),
    "insufficient_funds": Kind("9995", "card_declined", "insufficient_funds", "try_again_later"),
    "stolen": Kind("9979", "card_declined", "stolen_card", "do_not_try_again"),
    "do_not_try": Kind("0019", "card_declined", "do_not_honor", "do_not_try_again"),
    "expired": Kind("0069", "expired_card"),
    "authenticate": Kind("3184", "authentication_required", "authentication_required"),
    "slow": Kind("0077", slow=True),
}
