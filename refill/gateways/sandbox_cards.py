"""A card provider of our own, for demo and test mode: deterministic cards, with a memory of its own in the database.

Its memory is the table `sandbox_charge`, written by single statements outside every transaction of the product, so
that it survives what the product does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from refill.domain.errors import BadSignature, ProviderUnavailable
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
from refill.gateways.cards import refuse_inside_transaction

# card: (first answer, answer when asked, decline code, final, last four digits)
CARDS: dict[str, tuple[str, str, str, bool, str]] = {
    "visa_ok": ("succeeded", "succeeded", "", False, "4242"),
    "declined": ("declined", "declined", "card_declined", False, "0002"),
    "declined_final": ("declined", "declined", "stolen_card", True, "9979"),
    "needs_action": ("needs_action", "needs_action", "authentication_required", False, "3155"),
    "unknown_then_ok": ("unknown", "succeeded", "", False, "0341"),
    "unknown_then_declined": ("unknown", "declined", "card_declined", False, "0342"),
    "processing_then_ok": ("processing", "succeeded", "", False, "0343"),
}


_TAKEN = "select provider_key, provider_key, amount_minor, currency, state, refunded_minor from sandbox_charge"


def face(card: str) -> CardFace:
    """What a person sees of a sandbox card. Raises KeyError for a card that there is not."""
    return CardFace(reference=card, fingerprint=f"sandbox_{card}", brand="visa", last4=CARDS[card][4],
                    exp_month=12, exp_year=2040)  # fmt: skip


class SandboxCards:
    """RULES §9 played through: the answer depends on the card alone, never on chance or time."""

    name = "sandbox"

    def charge(self, intent: ChargeIntent) -> Outcome:
        first = CARDS[intent.card_reference][0]
        row = self._run(
            """insert into sandbox_charge (provider_key, card, amount_minor, currency, state)
               values (%s, %s, %s, %s, %s)
               on conflict (provider_key) do update set provider_key = excluded.provider_key returning card, state""",
            intent.provider_key, intent.card_reference, intent.amount_minor, intent.currency, first,
        )  # fmt: skip
        return self._outcome(intent.provider_key, row)

    def ask(self, intent: ChargeIntent) -> Outcome:
        known = self._run("select card, state from sandbox_charge where provider_key = %s", intent.provider_key)
        if known is None:
            return Outcome("declined", decline_code="never_sent")
        if known[1] in ("unknown", "processing"):
            known = self._run(
                """update sandbox_charge set asks = asks + 1, state = %s
                    where provider_key = %s and state in ('unknown', 'processing') returning card, state""",
                CARDS[known[0]][1], intent.provider_key,
            ) or known  # fmt: skip
        return self._outcome(intent.provider_key, known)

    def cancel(self, intent: ChargeIntent) -> Outcome:
        self._run(
            """update sandbox_charge set state = 'declined'
                where provider_key = %s and state = 'needs_action' returning 1""",
            intent.provider_key,
        )
        return self.ask(intent)

    def hand_back(self, intent: ChargeIntent, return_url: str) -> HandBack:
        """The bank's part is played on the page that the customer comes from."""
        return HandBack(return_url)

    def refund(self, intent: ChargeIntent, amount_minor: int) -> bool:
        row = self._run(
            """update sandbox_charge set refunded_minor = %s where provider_key = %s and state = 'succeeded'
                and %s between refunded_minor and amount_minor returning 1""",
            amount_minor, intent.provider_key, amount_minor,
        )  # fmt: skip
        return row is not None

    def answer_action(self, intent: ChargeIntent, outcome: str) -> Outcome:
        """The customer's part of `needs_action`: authenticated or failed."""
        state = "succeeded" if outcome == "authenticated" else "declined"
        self._run(
            "update sandbox_charge set state = %s where provider_key = %s and state = 'needs_action' returning 1",
            state, intent.provider_key,
        )  # fmt: skip
        return self.ask(intent)

    def look(self, intent: ChargeIntent) -> Taken | None:
        row = self._run(f"{_TAKEN} where provider_key = %s", intent.provider_key)
        return Taken(*row) if row else None

    def taken(self, since: datetime) -> Iterator[Taken]:
        """All of it: the sandbox keeps no dates."""
        refuse_inside_transaction()
        with connection.cursor() as cursor:
            cursor.execute(_TAKEN)
            yield from (Taken(*row) for row in cursor.fetchall())

    def start_setup(
        self, account: str, key: str, customer_reference: str, return_url: str, cancel_url: str
    ) -> SetupPage:
        """The sandbox's page is one of ours: it asks which card to play."""
        return SetupPage("", "", f"{settings.BASE_URL}/settings/cards/new")

    def finish_setup(self, reference: str) -> CardFace | None:
        return None

    def card_now(self, card_reference: str, customer_reference: str) -> CardFace | None:
        return face(card_reference)

    def forget(self, card_reference: str) -> bool:
        return True

    def hear(self, body: bytes, signature: str) -> Heard:
        raise BadSignature("The sandbox sends no webhooks.")

    def dispute(self, reference: str) -> DisputeFacts:
        raise ProviderUnavailable("The sandbox knows no disputes.")

    def _outcome(self, provider_key: str, row: tuple[Any, ...] | None) -> Outcome:
        assert row is not None
        card, state = row
        if state == "declined":
            code, final = CARDS[card][2] or "card_declined", CARDS[card][3]
            return Outcome("declined", reference=provider_key, decline_code=code, decline_final=final)
        return Outcome(state, reference=provider_key)

    def _run(self, statement: str, *arguments: Any) -> tuple[Any, ...] | None:
        refuse_inside_transaction()
        with connection.cursor() as cursor:
            cursor.execute(statement, arguments)
            return cursor.fetchone()  # type: ignore[no-any-return]
