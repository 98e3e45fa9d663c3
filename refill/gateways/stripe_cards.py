"""Cards through Stripe: off-session PaymentIntents under our own key (RULES §9). docs/going-live-cards.md says how.

What was lost on the way is found by listing the customer's PaymentIntents and comparing our key, which Stripe keeps
with each. One that is not there is sent again under the same key, which Stripe answers once, while it surely
remembers keys; after that, what is not in the list was never there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

import stripe
import structlog

from refill.domain.errors import ProviderUnavailable
from refill.domain.payments import (
    CardFace,
    ChargeIntent,
    DisputeFacts,
    HandBack,
    Heard,
    Outcome,
    SetupPage,
    Taken,
)
from refill.gateways import stripe_hooks, stripe_words
from refill.gateways.cards import refuse_inside_transaction
from refill.gateways.stripe_client import make_client

log = structlog.get_logger("refill.stripe")
# Stripe forgets keys after a day at the earliest.
KEY_REMEMBERED_SECONDS = 23 * 3_600
# A customer has far fewer charges within a day.
MOST_LISTED = 1_000


class StripeCards:
    """The gateway of live accounts where `REFILL_CARD_GATEWAY` names it."""

    name = "stripe"

    def __init__(self) -> None:
        self._stripe = make_client().v1

    def charge(self, intent: ChargeIntent) -> Outcome:
        refuse_inside_transaction()
        try:
            made = self._stripe.payment_intents.create(
                {
                    "amount": intent.amount_minor,
                    "currency": intent.currency,
                    "customer": intent.customer_reference,
                    "payment_method": intent.card_reference,
                    "allowed_payment_method_types": ["card"],
                    "confirm": True,
                    "off_session": True,
                    "description": intent.description,
                    "metadata": {"refill_key": intent.provider_key, **intent.facts},
                },
                {"idempotency_key": intent.provider_key},
            )
        except stripe.StripeError as trouble:
            return _outcome_of(trouble, intent)
        return stripe_words.outcome_of(made.to_dict(), intent)

    def ask(self, intent: ChargeIntent) -> Outcome:
        refuse_inside_transaction()
        try:
            found = self._find(intent)
        except stripe.StripeError as trouble:
            return _unknown(trouble, "asking")
        if found is not None:
            return stripe_words.outcome_of(found, intent)
        if intent.reference:
            return Outcome("unknown", differs="the provider does not know it any more")
        if intent.age_seconds < KEY_REMEMBERED_SECONDS:
            return self.charge(intent)
        return Outcome("declined", decline_code="never_sent")

    def cancel(self, intent: ChargeIntent) -> Outcome:
        refuse_inside_transaction()
        try:
            found = self._find(intent)
            if found is None:
                return Outcome("unknown")
            self._stripe.payment_intents.cancel(found["id"])
        except stripe.InvalidRequestError:
            # It cannot be given up any more: it has become something else meanwhile.
            return self.ask(intent)
        except stripe.StripeError as trouble:
            return _unknown(trouble, "cancelling")
        return self.ask(intent)

    def hand_back(self, intent: ChargeIntent, return_url: str) -> HandBack:
        """Confirm the same PaymentIntent with the customer present; one PaymentIntent takes money once at most."""
        refuse_inside_transaction()
        try:
            found = self._find(intent)
            if found is None:
                raise ProviderUnavailable("The provider does not know this payment. Try again in a moment.")
            outcome = stripe_words.outcome_of(found, intent)
            if outcome.state == "needs_action" and found["status"] == "requires_payment_method":
                found = self._confirm(found["id"], intent, return_url)
                outcome = stripe_words.outcome_of(found, intent)
        except stripe.StripeError as trouble:
            raise _unavailable(trouble, "handing_back") from trouble
        action = found.get("next_action") or {}
        url = str((action.get("redirect_to_url") or {}).get("url") or "")
        return HandBack(url) if outcome.state == "needs_action" and url else HandBack("", outcome)

    def refund(self, intent: ChargeIntent, amount_minor: int) -> bool:
        refuse_inside_transaction()
        try:
            found = self._find(intent, expand=["latest_charge"])
            if found is None:
                return False
            so_far = stripe_words.taken_of(found).refunded_minor
            if so_far < amount_minor:
                self._stripe.refunds.create(
                    {"payment_intent": found["id"], "amount": amount_minor - so_far},
                    {"idempotency_key": f"{intent.provider_key}_refund_{so_far}_{amount_minor}"},
                )
        except stripe.StripeError as trouble:
            log.warning("stripe_trouble", doing="refunding", kind=type(trouble).__name__, code=trouble.code)
            return False
        return True

    def look(self, intent: ChargeIntent) -> Taken | None:
        refuse_inside_transaction()
        try:
            found = self._find(intent, expand=["latest_charge"])
        except stripe.StripeError as trouble:
            raise _unavailable(trouble, "looking") from trouble
        return stripe_words.taken_of(found) if found is not None else None

    def taken(self, since: datetime) -> Iterator[Taken]:
        refuse_inside_transaction()
        asked = {"created": {"gte": int(since.timestamp())}, "limit": 100, "expand": ["data.latest_charge"]}
        try:
            for found in self._stripe.payment_intents.list(asked).auto_paging_iter():  # type: ignore[arg-type]
                yield stripe_words.taken_of(found.to_dict())
        except stripe.StripeError as trouble:
            raise _unavailable(trouble, "listing") from trouble

    def start_setup(
        self, account: str, key: str, customer_reference: str, return_url: str, cancel_url: str
    ) -> SetupPage:
        refuse_inside_transaction()
        facts = {"refill_account": account}
        try:
            if not customer_reference:
                made = self._stripe.customers.create({"metadata": facts}, {"idempotency_key": f"{key}_customer"})
                customer_reference = made.id
            page = self._stripe.checkout.sessions.create(
                {
                    "mode": "setup",
                    "customer": customer_reference,
                    "allowed_payment_method_types": ["card"],
                    "success_url": return_url,
                    "cancel_url": cancel_url,
                    "metadata": facts,
                },
                {"idempotency_key": f"{key}_page"},
            )
        except stripe.StripeError as trouble:
            raise _unavailable(trouble, "setting_up") from trouble
        return SetupPage(customer_reference, page.id, str(page.url))

    def finish_setup(self, reference: str) -> CardFace | None:
        refuse_inside_transaction()
        try:
            page = self._stripe.checkout.sessions.retrieve(reference, {"expand": ["setup_intent.payment_method"]})
        except stripe.StripeError as trouble:
            raise _unavailable(trouble, "finishing_setup") from trouble
        method = (page.to_dict().get("setup_intent") or {}).get("payment_method")
        return stripe_words.face_of(method) if page.status == "complete" and method else None

    def card_now(self, card_reference: str, customer_reference: str) -> CardFace | None:
        refuse_inside_transaction()
        try:
            found = self._stripe.payment_methods.retrieve(card_reference).to_dict()
        except stripe.InvalidRequestError as trouble:
            if trouble.code == "resource_missing":
                return None
            raise _unavailable(trouble, "looking_at_a_card") from trouble
        except stripe.StripeError as trouble:
            raise _unavailable(trouble, "looking_at_a_card") from trouble
        return stripe_words.face_of(found) if found.get("customer") == customer_reference else None

    def forget(self, card_reference: str) -> bool:
        refuse_inside_transaction()
        try:
            self._stripe.payment_methods.detach(card_reference)
        except stripe.InvalidRequestError:
            return True  # It is not attached, or not there, any more.
        except stripe.StripeError:
            return False
        return True

    def hear(self, body: bytes, signature: str) -> Heard:
        return stripe_hooks.read(body, signature)

    def dispute(self, reference: str) -> DisputeFacts:
        refuse_inside_transaction()
        try:
            return stripe_words.dispute_of(self._stripe.disputes.retrieve(reference).to_dict())
        except stripe.StripeError as trouble:
            raise _unavailable(trouble, "asking_of_a_dispute") from trouble

    def _find(self, intent: ChargeIntent, expand: list[str] | None = None) -> dict[str, Any] | None:
        """The PaymentIntent by its name, else by our key among its customer's; the newest come first."""
        if intent.reference:
            try:
                return self._stripe.payment_intents.retrieve(intent.reference, {"expand": expand or []}).to_dict()
            except stripe.InvalidRequestError:
                return None
        asked: dict[str, Any] = {"limit": 100, "expand": [f"data.{name}" for name in expand or []]}
        if intent.customer_reference:
            asked["customer"] = intent.customer_reference
        listed = self._stripe.payment_intents.list(asked).auto_paging_iter()  # type: ignore[arg-type]
        kept = (found.to_dict() for found in islice(listed, MOST_LISTED))
        return next((found for found in kept if stripe_words.key_of(found) == intent.provider_key), None)

    def _confirm(self, reference: str, intent: ChargeIntent, return_url: str) -> dict[str, Any]:
        try:
            return self._stripe.payment_intents.confirm(
                reference, {"payment_method": intent.card_reference, "return_url": return_url}
            ).to_dict()
        except stripe.CardError:
            return self._stripe.payment_intents.retrieve(reference).to_dict()


def _outcome_of(trouble: stripe.StripeError, intent: ChargeIntent) -> Outcome:
    """A decline comes as an error that carries its PaymentIntent; a request that Stripe refuses took no money."""
    said = (trouble.json_body or {}).get("error") if isinstance(trouble.json_body, dict) else None
    error = said if isinstance(said, dict) else {}
    if isinstance(trouble, stripe.CardError):
        if isinstance(error.get("payment_intent"), dict):
            return stripe_words.outcome_of(error["payment_intent"], intent)
        return stripe_words.declined(error, "") if error.get("code") else _unknown(trouble, "charging")
    is_refused = isinstance(trouble, stripe.InvalidRequestError) and trouble.http_status in (400, 404)
    if is_refused and error.get("type") == "invalid_request_error":
        log.error("stripe_refused", code=trouble.code, param=error.get("param"))
        code = str(trouble.code or "invalid_request")[:64]
        return Outcome("declined", decline_code=code, decline_final=code in stripe_words.FINAL_CODES)
    return _unknown(trouble, "charging")


def _unknown(trouble: stripe.StripeError, doing: str) -> Outcome:
    log.warning("stripe_trouble", doing=doing, kind=type(trouble).__name__, status=trouble.http_status)
    return Outcome("unknown")


def _unavailable(trouble: stripe.StripeError, doing: str) -> ProviderUnavailable:
    log.warning("stripe_trouble", doing=doing, kind=type(trouble).__name__, status=trouble.http_status)
    return ProviderUnavailable("The card provider does not answer; nothing was changed. Try again in a moment.")
