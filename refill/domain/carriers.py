"""What is asked of carriers, and what they say (RULES §7, §9.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

NumberKind = Literal["local", "toll_free"]


@dataclass(frozen=True, slots=True)
class OfferedNumber:
    """A number that can be had now. `number` is E.164; `country` ISO 3166 alpha-2; `place` for people, perhaps ""."""

    number: str
    country: str
    kind: NumberKind
    place: str = ""
    can_text: bool = True
    can_mms: bool = True


@dataclass(frozen=True, slots=True)
class NumberWord:
    """What became of buying a number. `unknown`: ask again, with the same number and key.

    `code` says why it was refused: "taken", or the carrier's own; `reference` is the carrier's name for the number.
    """

    state: Literal["bought", "refused", "unknown"]
    reference: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class TextIntent:
    """One text to hand over. The key is the text's own, for all tries; numbers are E.164, media are addresses."""

    provider_key: str
    sender: str
    recipient: str
    body: str
    media: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IncomingText:
    """A text that somebody sent to one of our numbers. `parts`: as the carrier counts them, 0 where it does not say."""

    reference: str
    sender: str
    recipient: str
    body: str
    media: tuple[str, ...] = ()
    parts: int = 0


@dataclass(frozen=True, slots=True)
class TextWord:
    """What the carrier says of one text.

    `accepted` it took it; `sent`, `delivered`, `failed` what became of it since; `refused` it did not take it and never
    will; `busy` it did not take it, and may be asked again to; `unknown` it did not say. `code` is the carrier's own,
    of a refusal or failure, `parts` its count (0: not said), `replies` what came back at once (the sandbox alone),
    `ask_after_seconds` when asking for news makes sense; None: it tells by itself.
    """

    state: Literal["accepted", "sent", "delivered", "failed", "refused", "busy", "unknown"]
    reference: str = ""
    code: str = ""
    parts: int = 0
    replies: tuple[IncomingText, ...] = ()
    ask_after_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class TextAsk:
    """Whose fate is asked about: the text, the carrier's reference where it gave one, when it was handed over, and
    which references are those of other texts, so that none is taken for this one."""

    intent: TextIntent
    reference: str
    sent_at: datetime
    others: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Receipt:
    """A carrier's news of a text, by its reference, by our key, or by both."""

    provider_key: str
    word: TextWord
