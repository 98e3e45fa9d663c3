"""What the worker does, and how often it looks, in seconds."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from refill.services.chores import due, upkeep
from refill.services.mail import mailing
from refill.services.messages import carrier_events, texting
from refill.services.money import hearing
from refill.services.team import entrances

log = structlog.get_logger("refill.worker")
CHUNK = 200


def do_due_accounts() -> bool:
    """Boundaries, renewals, unknown charges, retries, purges: for accounts on the system's clock and running clocks."""
    found = due.claim(CHUNK)
    for account_id in found:
        try:
            due.run(account_id)
        except Exception as fault:
            # One account that cannot be helped must not keep the others waiting; it comes up again, later.
            log.exception("account_failed", account=account_id)
            due.put_off(account_id, type(fault).__name__)
    return bool(found)


def hear_carrier() -> bool:
    """Do what the carrier's webhooks said."""
    return carrier_events.work_off()


def send_texts() -> bool:
    """Hand texts to the carrier and ask about them: a few of each account with some due, so that all get their turn."""
    worked = False
    for account_id in due.claim_texts(CHUNK):
        try:
            worked = texting.run(account_id) or worked
        except Exception:
            log.exception("texts_failed", account=account_id)
            due.put_off(account_id)
    return worked


def seal_ledger() -> bool:
    """Seal new entries into chained blocks."""
    return upkeep.seal() > 0


def hear_providers() -> bool:
    """Do what follows from webhooks that were stored."""
    return hearing.work_off()


def compare_lately() -> bool:
    """What the card provider took in the last hours against what is known here."""
    upkeep.reconcile(hours=2)
    return False


def compare_all() -> bool:
    """The same for the last days."""
    upkeep.reconcile(hours=72)
    return False


def answer_door() -> bool:
    """Answer who asked for a login or a new password."""
    return entrances.answer_due() > 0


def send_mails() -> bool:
    """Send what lies in the outbox, for a moment at most."""
    return mailing.send_due() > 0


def tidy_up() -> bool:
    """Forget what is old enough."""
    return upkeep.forget() > 0


CHORES: dict[Callable[[], bool], float] = {
    do_due_accounts: 0.0, hear_providers: 0.0, answer_door: 0.0, send_mails: 0.0, hear_carrier: 0.0, send_texts: 0.0,
    seal_ledger: 30.0, compare_lately: 600.0, compare_all: 86_400.0, tidy_up: 60.0,
}  # fmt: skip
