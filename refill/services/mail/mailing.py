"""Sending what lies in the outbox: at least once, and a repeat only where the process died in between."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import structlog
from django.db import connection

from refill.gateways import clock
from refill.gateways.mail import MailNotNow, MailRefused, mail_gateway
from refill.models import Mail
from refill.services.mail import letters

log = structlog.get_logger("refill.mail")
LEASE_SECONDS = 120
# Tried again after so many seconds, the last one over and over; given up after a week, and after a fault of ours.
AGAIN_AFTER_SECONDS = (60, 300, 1_800, 7_200, 21_600)
MOST_TRIES = 30
MOST_FAULTS = 8
PAUSE_SECONDS = 30.0
FORGOTTEN_AT_ONCE = 5_000
_paused_until = 0.0

_CLAIM = """
update refill_mail set send_at = %(lease)s, tries = tries + 1
 where id = (select id from refill_mail where send_at <= %(now)s order by send_at, id limit 1 for update skip locked)
returning id, tries
"""


def send_due(seconds: float = 2.0) -> int:
    """Send what is due, for a moment at most, and return how many were tried: a slow server keeps nobody waiting."""
    global _paused_until
    ends, tried = time.monotonic() + seconds, 0
    while time.monotonic() < ends and time.monotonic() >= _paused_until:
        claimed = _claim()
        if claimed is None:
            break
        tried += 1
        if not _send(*claimed):
            _paused_until = time.monotonic() + PAUSE_SECONDS
    return tried


def send_again(mail_id: int) -> bool:
    """Try a mail anew that was given up; true where it was."""
    waiting = Mail.objects.filter(pk=mail_id, send_at=None, sent_at=None)
    return waiting.update(send_at=clock.now(), tries=0) == 1


def forget_old() -> int:
    """Forget mails a year after they were posted, sent or given up, of the oldest few; return how many."""
    oldest = Mail.objects.order_by("pk").values("pk")[:FORGOTTEN_AT_ONCE]
    return Mail.objects.filter(pk__in=oldest, posted_at__lt=clock.now() - timedelta(days=365)).delete()[0]


def _claim() -> tuple[int, int] | None:
    """Lease the next mail: (id, fence). The try is counted before it is made, so one that kills us is counted too."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"now": now, "lease": now + timedelta(seconds=LEASE_SECONDS)})
        found: tuple[int, int] | None = cursor.fetchone()
        return found


def _send(mail_id: int, fence: int) -> bool:
    """Hand one over and write down how it went; false where the server is out of reach for all."""
    mail = Mail.objects.select_related("account").get(pk=mail_id)
    try:
        mail_gateway().send(letters.letter_of(mail))
    except MailRefused as refused:
        _record(mail, fence, None, str(refused))
    except MailNotNow as later:
        _record(mail, fence, _next(fence, MOST_TRIES), str(later))
        return not later.for_all
    except Exception as fault:
        # A template that cannot say its facts: others are sent, and this one comes up again, with the fix.
        log.exception("mail_failed", mail=mail_id, kind=mail.kind)
        _record(mail, fence, _next(fence, MOST_FAULTS), f"{type(fault).__name__}: {fault}")
    else:
        kept = {} if mail.kind == letters.WRITTEN else mail.facts
        done = Mail.objects.filter(pk=mail_id, tries=fence)
        done.update(send_at=None, sent_at=clock.now(), fault="", facts=kept)
    return True


def _record(mail: Mail, fence: int, send_at: datetime | None, why: str) -> None:
    log.warning("mail_not_sent", mail=mail.pk, kind=mail.kind, again=send_at is not None, why=why)
    Mail.objects.filter(pk=mail.pk, tries=fence).update(send_at=send_at, fault=why[:500].replace("\x00", ""))


def _next(tries: int, most: int) -> datetime | None:
    if tries >= most:
        return None
    rung = min(tries, len(AGAIN_AFTER_SECONDS)) - 1
    return clock.now() + timedelta(seconds=AGAIN_AFTER_SECONDS[rung])
