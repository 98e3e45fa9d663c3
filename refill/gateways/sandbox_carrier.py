"""A carrier of our own, for demo and test mode: deterministic numbers, with a memory of its own in the database.

What becomes of a text depends on the recipient's last two digits alone, and only within the range that is set aside for
fiction (…555 01xx); every other number takes everything. Its memory is the tables `sandbox_text` and `sandbox_number`,
written by single statements outside every transaction of the product, so that it survives what the product does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from refill.domain.carriers import (
    IncomingText,
    NumberKind,
    NumberWord,
    OfferedNumber,
    Receipt,
    TextAsk,
    TextIntent,
    TextWord,
)
from refill.domain.texts import Word
from refill.gateways.cards import refuse_inside_transaction

SOON_SECONDS, LATE_SECONDS = 1, 3_600


@dataclass(frozen=True, slots=True)
class Fate:
    """`first` is the answer to sending, `last` what asking finds in the end, `code` the carrier's reason, `reply`
    what comes back, `wait_seconds` how long news takes."""

    first: str = "accepted"
    last: str = "delivered"
    code: str = ""
    reply: str = ""
    wait_seconds: int = SOON_SECONDS


DELIVERED = Fate()
# The last two digits of a number in the range for fiction, and what becomes of texts to it.
FATES: dict[str, Fate] = {
    "80": Fate("refused", "refused", "21211"),
    "81": Fate("accepted", "failed", "30005"),
    "82": Fate("accepted", "delivered", wait_seconds=LATE_SECONDS),
    "83": Fate("refused", "refused", "21610"),
    "84": Fate("accepted", "delivered", reply="Yes, please."),
    "85": Fate("unknown", "delivered"),
    "86": Fate("unknown", "refused", "never_sent"),
    "87": Fate("accepted", "delivered", reply="STOP"),
    "88": Fate("busy", "busy"),
    "89": Fate("accepted", "delivered", reply="HELP"),
}
_FICTION = re.compile(r".*55501(\d\d)$")
_AREAS: dict[str, dict[str, str]] = {
    "US": {
        "202": "Washington, DC", "206": "Seattle, WA", "212": "New York, NY", "213": "Los Angeles, CA",
        "214": "Dallas, TX", "303": "Denver, CO", "305": "Miami, FL", "312": "Chicago, IL", "404": "Atlanta, GA",
        "415": "San Francisco, CA", "503": "Portland, OR", "512": "Austin, TX", "602": "Phoenix, AZ",
        "612": "Minneapolis, MN", "617": "Boston, MA", "702": "Las Vegas, NV", "713": "Houston, TX",
        "801": "Salt Lake City, UT", "907": "Anchorage, AK", "919": "Raleigh, NC",
    },
    "CA": {"416": "Toronto, ON", "514": "Montreal, QC", "604": "Vancouver, BC"},
}  # fmt: skip
_TOLL_FREE = ("800", "833", "844", "855", "866", "877", "888")
LINES = 80


def fate_of(number: str) -> Fate:
    """What becomes of texts to this number."""
    match = _FICTION.match(number)
    return FATES.get(match[1], DELIVERED) if match else DELIVERED


def _catalogue(country: str, kind: NumberKind, area: str) -> Iterator[OfferedNumber]:
    """All numbers of a kind in a fixed order: one of each area, then the next of each."""
    places = _AREAS.get(country, {})
    if kind == "toll_free":
        places = dict.fromkeys(_TOLL_FREE, "Toll-free") if places else {}
    for line in range(LINES):
        for code, place in places.items():
            if code.startswith(area):
                yield OfferedNumber(f"+1{code}55501{line:02}", country, kind, place)


class SandboxCarrier:
    """RULES §7 played through: the answer depends on the numbers alone, never on chance or time."""

    name = "sandbox"
    calls_at_once = 1
    answers: Mapping[Word, str] = {
        "stop": "You are unsubscribed and get no more texts from us. Reply START to subscribe again.",
        "start": "You are subscribed again. Reply HELP for help, STOP to unsubscribe. Msg & data rates may apply.",
        "help": "Reply STOP to unsubscribe. Msg & data rates may apply.",
    }

    def available_numbers(
        self, *, country: str, kind: NumberKind, area: str = "", limit: int = 20
    ) -> tuple[OfferedNumber, ...]:
        rented = {row[0] for row in self._all("select number from sandbox_number")}
        free = (offer for offer in _catalogue(country, kind, area) if offer.number not in rented)
        return tuple(offer for offer, _ in zip(free, range(limit), strict=False))

    def is_offered(self, number: str, kind: NumberKind) -> bool:
        return bool(_FICTION.match(number)) and not self._all("select 1 from sandbox_number where number = %s", number)

    def buy_number(self, number: str, key: str) -> NumberWord:
        if not _FICTION.match(number):
            return NumberWord("refused", code="not_offered")
        self._one(
            "insert into sandbox_number (number, key) values (%s, %s) on conflict do nothing returning 1", number, key
        )
        known = self._one("select key from sandbox_number where number = %s", number)
        if known is None or known[0] != key:
            return NumberWord("refused", code="taken")
        return NumberWord("bought", reference=f"sandbox_{number}")

    def ask_number(self, number: str, key: str) -> NumberWord:
        known = self._one("select 1 from sandbox_number where number = %s and key = %s", number, key)
        if known is None:
            return NumberWord("refused", code="never_bought")
        return NumberWord("bought", reference=f"sandbox_{number}")

    def release_number(self, number: str, reference: str) -> bool:
        self._one("delete from sandbox_number where number = %s returning 1", number)
        return True

    def send(self, intent: TextIntent) -> TextWord:
        fate = fate_of(intent.recipient)
        if fate.first in ("refused", "busy"):
            return TextWord(fate.first, code=fate.code)  # type: ignore[arg-type]
        if fate.last != "refused":
            self._one(
                """insert into sandbox_text (provider_key, recipient) values (%s, %s) on conflict (provider_key)
                   do update set sends = sandbox_text.sends + 1 returning 1""",
                intent.provider_key, intent.recipient,
            )  # fmt: skip
        if fate.first == "unknown":
            return TextWord("unknown")
        return TextWord("accepted", reference=intent.provider_key, ask_after_seconds=fate.wait_seconds)

    def ask(self, ask: TextAsk) -> TextWord:
        intent = ask.intent
        if self._one("select 1 from sandbox_text where provider_key = %s", intent.provider_key) is None:
            return TextWord("refused", code="never_sent")
        fate = fate_of(intent.recipient)
        reply = IncomingText(f"reply_{intent.provider_key}", intent.recipient, intent.sender, fate.reply)
        return TextWord(
            fate.last, reference=intent.provider_key, code=fate.code,  # type: ignore[arg-type]
            replies=(reply,) if fate.reply else (),
        )  # fmt: skip

    def is_genuine(self, url: str, fields: Mapping[str, str], signature: str) -> bool:
        """It sends no webhooks."""
        return False

    def read_hook(self, query: Mapping[str, str], fields: Mapping[str, str]) -> Receipt | IncomingText | None:
        return None

    def _one(self, statement: str, *arguments: Any) -> tuple[Any, ...] | None:
        rows = self._all(statement, *arguments)
        return rows[0] if rows else None

    def _all(self, statement: str, *arguments: Any) -> list[tuple[Any, ...]]:
        refuse_inside_transaction()
        with connection.cursor() as cursor:
            cursor.execute(statement, arguments)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows
