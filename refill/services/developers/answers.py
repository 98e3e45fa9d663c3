"""Kept answers: the same key and request, the same status and body (API conventions)."""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from refill.domain.errors import IdempotencyInFlight, IdempotencyMismatch
from refill.domain.records import Claimed, Kept
from refill.gateways import clock
from refill.models import Answer
from refill.services.developers.concealing import conceal, reveal

LEASE_SECONDS = 120
KEPT_DAYS = 30
FORGOTTEN_AT_ONCE = 20_000


def begin(*, scope: str, key: str, fingerprint: bytes) -> Kept | Claimed:
    """Claim a key, or return the answer kept under it.

    Raises IdempotencyMismatch for another request under the key, IdempotencyInFlight while the first is running; a
    claim whose process died is taken over when its lease has run out.
    """
    now = clock.now()
    lease = now + timedelta(seconds=LEASE_SECONDS)
    try:
        with transaction.atomic(durable=True):
            Answer.objects.create(scope=scope, key=key, fingerprint=fingerprint, created_at=now, leased_until=lease)
        return Claimed()
    except IntegrityError:
        pass
    known = Answer.objects.filter(scope=scope, key=key).first()
    if known is None:
        return begin(scope=scope, key=key, fingerprint=fingerprint)
    if bytes(known.fingerprint) != fingerprint:
        raise IdempotencyMismatch("This Idempotency-Key was used for another request. Use a new one.")
    if known.status is not None:
        body = bytes(known.body or b"")
        return Kept(known.status, reveal(body) if known.concealed else body, known.content_type)
    ran_out = Q(leased_until=None) | Q(leased_until__lt=now)
    if not Answer.objects.filter(ran_out, pk=known.pk, status=None).update(leased_until=lease):
        raise IdempotencyInFlight("The first request with this Idempotency-Key is still running. Try again shortly.")
    known.refresh_from_db(fields=["made"])
    return Claimed(known.made)


def keep(*, scope: str, key: str, status: int, body: bytes, content_type: str, secret: bool = False) -> None:
    """Keep a 2xx answer under its key; encrypted where it holds a secret."""
    Answer.objects.filter(scope=scope, key=key).update(
        status=status, body=conceal(body) if secret else body, content_type=content_type, concealed=secret,
        leased_until=None,
    )  # fmt: skip


def free(*, scope: str, key: str) -> None:
    """A refused or failed request does not use up its key. Where its deed was done, only the answer is owed."""
    Answer.objects.filter(scope=scope, key=key, status=None, made=None).delete()
    Answer.objects.filter(scope=scope, key=key, status=None).update(leased_until=None)


def forget_old() -> int:
    """Drop answers older than 30 days, some at a time; return how many."""
    old = Answer.objects.filter(created_at__lt=clock.now() - timedelta(days=KEPT_DAYS)).order_by("created_at")
    return Answer.objects.filter(pk__in=old.values("pk")[:FORGOTTEN_AT_ONCE]).delete()[0]
