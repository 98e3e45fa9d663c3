"""A purchase or a renewal in a process of its own, which kills itself at one step: python -m tests.cards.dying STEP.

What it needs comes by the environment, as JSON in DYING. S1 the order and its charge are committed, S2 the call is
sent, S3 the provider has charged, S4 its answer is here, S5 the outcome is committed, S6 the caller is answered, S8 the
provider's webhook is followed. S7, the mails, is in tests/faults/test_mail_kills.py.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any


def die(*arguments: Any, **facts: Any) -> Any:
    """No last word."""
    os.kill(os.getpid(), signal.SIGKILL)


def after(function: Callable[..., Any]) -> Callable[..., Any]:
    """Do it, then die before anybody hears of it."""

    def run(*arguments: Any, **facts: Any) -> Any:
        function(*arguments, **facts)
        die()

    return run


def main(step: str) -> None:
    told = json.loads(os.environ["DYING"])
    import django
    from django.conf import settings

    django.setup()
    from refill.domain.records import Actor
    from refill.gateways.cards import card_gateway
    from refill.gateways.stripe_cards import StripeCards
    from refill.services import orders
    from refill.services.chores import work
    from refill.services.money import billing, charging, hearing

    settings.STRIPE_KEY, settings.STRIPE_URL = told["key"], told["url"]
    settings.REFILL_CARD_GATEWAY = "refill.gateways.stripe_cards.StripeCards"
    charging.sandbox_gateway = card_gateway
    seams: dict[str, tuple[Any, str, Callable[..., Any]]] = {
        "before S1": (orders, "_accept", die),
        "before R1": (billing, "_bill", die),
        "after S1": (charging, "send", die),
        "before S2": (StripeCards, "charge", die),
        "after S3": (StripeCards, "charge", after(StripeCards.charge)),
        "after S4": (charging, "record", die),
        "within S5": (charging.settling, "succeeded", after(charging.settling.succeeded)),
        "after S5": (charging, "record", after(charging.record)),
        "within S8": (hearing, "_follow", after(hearing._follow)),
    }
    place, name, deed = seams[step]
    setattr(place, name, deed)
    if told["quote"] is None:
        work.run_account(told["account"])
    else:
        orders.confirm(account_id=told["account"], quote_id=told["quote"], actor=Actor("dying"), key="once")
    hearing.work_off()


if __name__ == "__main__":
    main(sys.argv[1])
