"""Accounts that text: a number to send from, and what the sandbox carrier and the ledger know of their texts."""

from __future__ import annotations

import itertools
from typing import Any

from django.db import connection

from refill.domain.records import Actor
from refill.ledger import verify
from refill.models import Balance, Entry, Message, Number
from refill.services.messages import texting, texts
from tests.life import Life, Platform

ACTOR = Actor("test")
FINE, REFUSED, FAILS, SLOW, BLOCKED, REPLIES, UNKNOWN_FINE, UNKNOWN_NEVER, STOPS, BUSY, ASKS = (
    f"+120655501{ending}" for ending in ("23", "80", "81", "82", "83", "84", "85", "86", "87", "88", "89")
)
# The last seven digits of our own numbers.
LINES = itertools.count(2_000_000)


class Team:
    """An account on a test clock with a number and some credits."""

    def __init__(self, platform: Platform, credits: int = 100, **facts: Any) -> None:
        self.life: Life = platform.life("2027-03-01 09:00", **facts)
        self.account_id = self.life.account_id
        if credits:
            self.life.call("POST", "/grants", {"credits": credits, "source": "promotion", "reason": "to text with"})
        self.number = self.add_number()

    def add_number(self) -> Number:
        balance = Balance.objects.get(account_id=self.account_id)
        return Number.objects.create(
            account_id=self.account_id, kind="local", e164=f"+1206{next(LINES)}", created_at=balance.entry_at,
            bought_at=balance.entry_at,
        )  # fmt: skip

    def send(self, to: str = FINE, body: str = "Your table is ready.", **facts: Any) -> Message:
        message_id = texts.send(account_id=self.account_id, number_id=self.number.pk, to=to, body=body, **facts)
        return self.text(message_id)

    def text(self, message_id: int) -> Message:
        return Message.objects.get(account_id=self.account_id, pk=message_id)

    def run(self) -> None:
        """What the worker does, until nothing is due."""
        while texting.run(self.account_id):
            pass

    def state(self, text: Message) -> tuple[str, str, int]:
        """(state, code, credits charged) of a text now."""
        found = self.text(text.pk)
        return found.state, found.code, found.charged

    def kinds(self) -> list[tuple[str, int, int]]:
        """(kind, credits, held) of the account's entries since its grant."""
        rows = Entry.objects.filter(account_id=self.account_id).exclude(kind="grant").order_by("seq")
        return [(row.kind, row.credits, row.held or 0) for row in rows]

    def balance(self) -> tuple[int, int, int]:
        """(available, held, owed)."""
        found = Balance.objects.get(account_id=self.account_id)
        return found.available, found.held, found.owed

    def handed_over(self, text: Message) -> int:
        """How often the carrier was given this text."""
        with connection.cursor() as cursor:
            cursor.execute("select sends from sandbox_text where provider_key = %s", [text.provider_key])
            row = cursor.fetchone()
        return int(row[0]) if row else 0

    def mismatches(self) -> list[verify.Mismatch]:
        return verify.run(self.account_id)
