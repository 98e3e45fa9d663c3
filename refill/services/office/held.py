"""What a restored backup was about to send: texts, webhooks and mails wait for an operator's word, a kind at a time.

They may have gone out before the loss. A text would be sent and paid for twice, and nothing here can know: so what was
due when the backup was restored has no instant any more at which the worker would take it, until somebody gives it one.
What comes in, what is spent, and what becomes due later go on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from django.db import connection, transaction
from django.db.models import QuerySet

from refill.domain.carriers import TextWord
from refill.domain.errors import NothingToDo
from refill.domain.records import Actor
from refill.gateways import clock
from refill.models import Broadcast, Delivery, Mail, Message
from refill.services.developers import webhooks
from refill.services.messages import making, text_outcomes, texts
from refill.services.messages.text_outcomes import Said
from refill.services.recording import audit
from refill.services.waking import wake_worker

Kind = Literal["texts", "webhooks", "mails"]
Word = Literal["send", "drop"]
KINDS: tuple[Kind, ...] = ("texts", "webhooks", "mails")
DROPPED_AT_ONCE = 500
# The texts of a broadcast keep its pace.
_SEND_TEXTS = """
with held as (
  select m.id, b.pace, row_number() over (partition by m.broadcast_id order by m.id) - 1 as place
    from refill_message m
    join refill_account a on a.id = m.account_id and a.livemode
    left join refill_broadcast b on b.account_id = m.account_id and b.id = m.broadcast_id
   where m.step in ('queued', 'scheduled') and m.next_at is null
)
update refill_message m
   set next_at = %(now)s + coalesce(held.place * interval '1 minute' / held.pace, interval '0')
  from held where m.id = held.id
"""


def hold_back() -> bool:
    """Take their instants from what is due now, and say whether there was anything. Nothing else may run meanwhile."""
    sending = Broadcast.objects.filter(state="sending", made_at=None, account__livemode=True)
    for account_id in sending.values_list("account_id", flat=True).distinct():
        while making.make_some(account_id):
            pass
    now = clock.now()
    with transaction.atomic(durable=True):
        live = Message.objects.filter(account__livemode=True)
        live.filter(step__in=["queued", "scheduled"], next_at__lte=now).update(next_at=None, leased_until=None)
        # Texts that are short wait for their sender's word, as those do that have waited for long (RULES §6.3).
        live.filter(step="short").update(wait_until=None)
        Delivery.objects.filter(state=Delivery.State.PENDING).update(due_at=None, leased_until=None)
        Mail.objects.filter(send_at__isnull=False).update(send_at=None, fault=Mail.HELD)
    return any(waiting().values())


def waiting() -> dict[Kind, int]:
    """How many of each kind wait for a word."""
    return {"texts": _texts().count(), "webhooks": _webhooks().count(), "mails": _mails().count()}


def said() -> str:
    """What waits, in words; empty where nothing does."""
    return ", ".join(words(kind, count) for kind, count in waiting().items() if count)


def words(kind: str, count: int) -> str:
    """So many of a kind: 1 mail, 2,000 texts."""
    return f"{count:,} {kind if count != 1 else kind.removesuffix('s')}"


def decide(*, kind: Kind, word: Word, actor: Actor) -> int:
    """Send all of a kind now, or drop them, and return how many. Dropped texts give their credits back.

    Raises NothingToDo.
    """
    # Texts are dropped account by account, under each one's lock; all else in the transaction of its audit row.
    count = _drop_texts(actor) if (kind, word) == ("texts", "drop") else 0
    with transaction.atomic(durable=True):
        now = clock.now()
        if deed := _DEEDS.get((kind, word)):
            count = deed(now)
        if not count:
            raise NothingToDo(f"No {kind} wait for a word.")
        audit(None, now, actor, f"held_{kind}.{word}", after={"count": count})
    wake_worker()
    return count


def _texts() -> QuerySet[Message]:
    return Message.objects.filter(account__livemode=True, step__in=["queued", "scheduled"], next_at=None)


def _webhooks() -> QuerySet[Delivery]:
    return Delivery.objects.filter(state=Delivery.State.PENDING, due_at=None)


def _mails() -> QuerySet[Mail]:
    return Mail.objects.filter(send_at=None, sent_at=None, fault=Mail.HELD)


def _send_texts(now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_SEND_TEXTS, {"now": now})
        return int(cursor.rowcount)


def _drop_texts(actor: Actor) -> int:
    count = 0
    for account_id in list(_texts().values_list("account_id", flat=True).distinct()):
        ours = _texts().filter(account_id=account_id).order_by("pk")
        for message_id in list(ours.filter(step="scheduled").values_list("pk", flat=True)):
            texts.call_off(account_id=account_id, message_id=message_id, actor=actor)
            count += 1
        refused = TextWord("refused", code="called_off")
        while rows := ours.values_list("pk", "fence")[:DROPPED_AT_ONCE]:
            said = [Said(message_id, fence, refused, actor.label) for message_id, fence in rows]
            text_outcomes.record(account_id, said)
            count += len(said)
    return count


def _send_webhooks(now: datetime) -> int:
    webhooks.wake()
    return _webhooks().update(due_at=now)


_DEEDS: dict[tuple[Kind, Word], Callable[[datetime], int]] = {
    ("texts", "send"): _send_texts,
    ("webhooks", "send"): _send_webhooks,
    ("webhooks", "drop"): lambda now: _webhooks().update(state=Delivery.State.DROPPED, ended_at=now),
    ("mails", "send"): lambda now: _mails().update(send_at=now, fault=""),
    ("mails", "drop"): lambda now: _mails().update(fault=Mail.DROPPED),
}
