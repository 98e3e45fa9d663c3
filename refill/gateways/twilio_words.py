"""What Twilio says, in our words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from refill.domain.carriers import IncomingText, Receipt, TextWord

State = Literal["accepted", "sent", "delivered", "failed"]
_STATES: dict[str, State] = {
    "accepted": "accepted", "scheduled": "accepted", "queued": "accepted", "sending": "accepted", "sent": "sent",
    "delivered": "delivered", "read": "delivered", "undelivered": "failed", "failed": "failed", "canceled": "failed",
}  # fmt: skip
MOST_MEDIA = 10


def word_of(message: Mapping[str, Any]) -> TextWord:
    """A message as the API shows it; unknown where it is none."""
    reference, status = message.get("sid"), message.get("status")
    if not isinstance(reference, str) or not isinstance(status, str) or status not in _STATES:
        return TextWord("unknown")
    code = message.get("error_code")
    return TextWord(
        _STATES[status], reference=reference[:64], code=str(code)[:32] if code else "",
        parts=whole(message.get("num_segments")),
    )  # fmt: skip


def receipt_of(provider_key: str, fields: Mapping[str, str]) -> Receipt | None:
    """A status callback; None for a state that says nothing."""
    state = _STATES.get(fields.get("MessageStatus", ""))
    if state is None:
        return None
    word = TextWord(state, reference=fields.get("MessageSid", "")[:64], code=fields.get("ErrorCode", "")[:32])
    return Receipt(provider_key[:64], word)


def incoming_of(fields: Mapping[str, str]) -> IncomingText | None:
    """A text that came in; None where it lacks what a text has."""
    reference, sender, recipient = (fields.get(name, "") for name in ("MessageSid", "From", "To"))
    if not (reference and sender and recipient):
        return None
    count = min(whole(fields.get("NumMedia")), MOST_MEDIA)
    media = tuple(fields[f"MediaUrl{i}"] for i in range(count) if f"MediaUrl{i}" in fields)
    return IncomingText(
        reference[:64], sender[:24], recipient[:24], fields.get("Body", ""), media, whole(fields.get("NumSegments"))
    )


def whole(value: object) -> int:
    """A small count, as a number or in digits; 0 for anything else."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
