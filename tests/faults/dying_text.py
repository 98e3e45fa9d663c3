"""A text in a process of its own, which kills itself at one step: python -m tests.faults.dying_text STEP.

What it needs comes by the environment, as JSON in DYING. M1 the text and its hold are committed, M2 that it is being
handed over, M3 the carrier has it, M4 what it said is committed, M5 its news of the delivery is.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from tests.cards.dying import after, die


def main(step: str) -> None:
    told = json.loads(os.environ["DYING"])
    import django

    django.setup()
    from refill.domain.carriers import Receipt, TextWord
    from refill.gateways.sandbox_carrier import SandboxCarrier
    from refill.services.messages import text_outcomes, texting, texts

    seams: dict[str, tuple[Any, str, Callable[..., Any]]] = {
        "within M1": (texts, "hold_for", after(texts.hold_for)),
        "after M1": (texting, "_claim", die),
        "before M2": (texting, "_begin_handing_over", die),
        "after M2": (SandboxCarrier, "send", die),
        "after M3": (SandboxCarrier, "send", after(SandboxCarrier.send)),
        "within M4": (text_outcomes, "_move", after(text_outcomes._move)),
        "after M4": (text_outcomes, "record", after(text_outcomes.record)),
        "within M5": (text_outcomes, "_move", after(text_outcomes._move)),
    }
    place, name, deed = seams[step]
    if step != "within M5":
        setattr(place, name, deed)
    text_id = texts.send(
        account_id=told["account"], number_id=told["number"], to=told["to"], body="Your table is ready."
    )
    texting.run(told["account"])
    setattr(place, name, deed)
    key = texts.Message.objects.get(pk=text_id).provider_key
    text_outcomes.receipt(carrier_reference="", news=Receipt(key or "", TextWord("delivered", reference=key or "")))


if __name__ == "__main__":
    main(sys.argv[1])
