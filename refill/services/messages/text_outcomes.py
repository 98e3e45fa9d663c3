"""What carriers say of texts, committed: credits captured, released or given back, and states that only go forward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db.models import F, Q

from refill.domain import ids
from refill.domain.carriers import Receipt, TextWord
from refill.domain.payments import next_ask
from refill.domain.texts import AGAIN_AFTER_SECONDS, NEWS_AFTER_SECONDS
from refill.gateways import clock
from refill.ledger import spending
from refill.ledger import texts as ledger
from refill.models import Broadcast, Message
from refill.services import periods
from refill.services.entering import entered
from refill.services.recording import audit, emit

log = structlog.get_logger("refill.text_outcomes")
_RANKS = {"waiting": 0, "accepted": 1, "sent": 2, "delivered": 3, "failed": 3}
# Why credits that were set aside come back, in the statement.
_REASONS = {
    "busy": "the carrier was busy for too long", "opted_out": "the recipient said STOP",
    "account_closed": "the account could not send", "conflict": "its number was deleted",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """A carrier's word of one text. The fence makes a claim that ran out powerless; None: news by itself, a receipt."""

    message_id: int
    fence: int | None
    word: TextWord
    actor: str = "refill"


def record(account_id: int, said: Sequence[Said]) -> None:
    """Commit what was said of some texts of one account, in one transaction. Late and doubled words change nothing."""
    with entered(account_id) as balance:
        found = Message.objects.filter(account_id=account_id, pk__in=[one.message_id for one in said])
        rows = {text.pk: text for text in found}
        fresh = [
            (rows[one.message_id], one)
            for one in said
            if one.message_id in rows and one.fence in (None, rows[one.message_id].fence)
        ]
        _move_credits(account_id, [(text, one.word) for text, one in fresh])
        for text, one in fresh:
            before = text.state
            _move(text, one.word, balance.at)
            if one.fence is None or one.actor != "refill":
                text.fence += 1
            text.leased_until = None
            text.save()
            if text.state != before:
                tell(text, balance.at)
            if one.actor != "refill":
                audit(account_id, balance.at, one.actor, "message.decided", subject=str(text.pk), after=text.state)
        for broadcast_id in {text.broadcast_id for text, _ in fresh if text.broadcast_id is not None}:
            finish(account_id, broadcast_id, balance.at)


def receipt(*, carrier_reference: str, news: Receipt) -> bool:
    """A carrier's news of a text, found by our key or by its reference; False where there is no such text (yet)."""
    text = Message.objects.filter(provider_key=news.provider_key).first() if news.provider_key else None
    if text is None and carrier_reference:
        text = Message.objects.filter(reference=carrier_reference, direction="out").first()
    if text is None:
        return False
    record(text.account_id, [Said(text.pk, None, news.word)])
    return True


def _move_credits(account_id: int, fresh: Sequence[tuple[Message, TextWord]]) -> None:
    """Capture what the carrier took, release what it refused, give back what it did not deliver (RULES §2.9, §7.3)."""
    taken = [
        text for text, word in fresh
        if word.state in ("accepted", "sent", "delivered", "failed") and text.step in Message.HOLDING and text.credits
    ]  # fmt: skip
    if taken:
        seqs = ledger.capture(
            account_id,
            [
                ledger.Taken(
                    text.hold_id or 0, text.credits, text.pk, text.parts, text.kind, text.member_id, text.inbox_id,
                    text.number_id,
                )
                for text in taken
            ],
        )  # fmt: skip
        for text, seq in zip(taken, seqs, strict=True):
            text.entry_seq = seq if seq is not None else _spend_anew(text)
            text.charged = text.credits if text.entry_seq is not None else 0
    given_up = [
        text for text, word in fresh
        if text.step in Message.HOLDING and text.credits and (word.state == "refused" or _is_too_busy(text, word))
    ]  # fmt: skip
    for reason in {_reason(word) for text, word in fresh if text in given_up}:
        pairs = [
            (text.hold_id or 0, text.credits) for text, word in fresh if text in given_up and _reason(word) == reason
        ]
        ledger.release(account_id, pairs, reason)
    for text, word in fresh:
        if word.state == "failed" and text.charged and text.state not in ("failed", "delivered"):
            _give_back(text)


def _spend_anew(text: Message) -> int | None:
    """Its hold ended before the carrier told (the grace of its grant ran out): charged if it can be, else let go."""
    row = spending.spend(
        text.account_id, credits=text.credits, key=None, fingerprint=0, kind=text.kind, member_id=text.member_id,
        inbox_id=text.inbox_id, number_id=text.number_id, message_id=text.pk, parts=text.parts,
    )  # fmt: skip
    if row["status"] != "spent":
        log.warning("text_not_charged", message=text.pk, status=row["status"])
        return None
    return int(row["seq"])


def _give_back(text: Message) -> None:
    after_end = periods.policy_in_force(text.account_id).reverse_after_end
    row = spending.reverse(
        text.account_id, text.entry_seq or 0, None, after_end, "the carrier could not deliver it", "refill"
    )
    text.charged -= int(row["reversed"])


def _move(text: Message, word: TextWord, now: datetime) -> None:
    """The text's next state and step; what is final stays."""
    was = _RANKS.get(text.state, 3)
    text.reference = text.reference or word.reference
    text.carrier_parts = word.parts or text.carrier_parts
    if word.state in ("refused", "busy", "unknown") and text.step not in Message.HOLDING:
        # Taken already, and no news of it: asked once more, or left as it is.
        if text.step == "news":
            _await_news(text, None, now)
    elif word.state == "refused" or _is_too_busy(text, word):
        text.state, text.step, text.next_at, text.done_at = "failed", "", None, now
        text.code = word.code or "busy"
    elif word.state == "busy":
        text.step, text.next_at = "queued", now + timedelta(seconds=AGAIN_AFTER_SECONDS[text.asks])
        text.asks += 1
    elif word.state == "unknown":
        text.step = "unknown"
        text.sent_at = text.sent_at or now
        text.next_at = next_ask(text.sent_at, text.asks)
        while text.next_at is not None and text.next_at <= now:
            text.asks += 1
            text.next_at = next_ask(text.sent_at, text.asks)
    else:
        state = "sent" if word.state == "accepted" else word.state
        if _RANKS[state] > was:
            text.state = state
        if text.step in Message.HOLDING:
            text.asks = 0
        text.sent_at = text.sent_at or now
        if text.state in ("delivered", "failed"):
            text.step, text.next_at, text.done_at = "", None, text.done_at or now
            text.code = word.code if text.state == "failed" and not text.code else text.code
        elif text.state == "sent":
            _await_news(text, word.ask_after_seconds, now)


def _await_news(text: Message, after_seconds: int | None, now: datetime) -> None:
    """Taken, not yet delivered: asked about at a few instants, in case the carrier's news is lost."""
    text.step, sent_at = "news", text.sent_at or now
    if after_seconds is not None and text.asks == 0:
        text.next_at = now + timedelta(seconds=after_seconds)
    else:
        text.next_at = next(
            (sent_at + timedelta(seconds=s) for s in NEWS_AFTER_SECONDS if sent_at + timedelta(seconds=s) > now), None
        )
    if text.next_at is None:
        text.step = ""
    text.asks += 1


def _is_too_busy(text: Message, word: TextWord) -> bool:
    return word.state == "busy" and text.asks >= len(AGAIN_AFTER_SECONDS)


def _reason(word: TextWord) -> str:
    return _REASONS.get(word.code or word.state, "the carrier did not take it")


def tell(text: Message, now: datetime) -> None:
    """The event of a text's new state, where it has one: ids and facts, no words."""
    if text.state not in ("sent", "delivered", "failed"):
        return
    emit(
        text.account_id, now, f"message.{text.state}", message=ids.encode("msg", text.pk), credits=text.charged,
        parts=text.parts, code=text.code,
    )  # fmt: skip


def call_off_queued(account_id: int, broadcast_id: int, now: datetime) -> int:
    """Give up the texts of a broadcast that nobody hands over at this moment; return their credits. Within the lock."""
    queued = Message.objects.filter(account_id=account_id, broadcast_id=broadcast_id, step="queued")
    free = queued.select_for_update(skip_locked=True).filter(Q(leased_until=None) | Q(leased_until__lt=clock.now()))
    called_off = list(free.values_list("pk", "credits"))
    Message.objects.filter(account_id=account_id, pk__in=[pk for pk, _ in called_off]).update(
        state="failed", step="", code="called_off", next_at=None, done_at=now, fence=F("fence") + 1
    )
    return sum(credits for _, credits in called_off)


def finish(account_id: int, broadcast_id: int, now: datetime) -> None:
    """A broadcast is done when none of its texts holds credits any more. Within the lock."""
    pending = Message.objects.filter(account_id=account_id, broadcast_id=broadcast_id, step__in=Message.HOLDING)
    if not pending.exists():
        made = Broadcast.objects.filter(account_id=account_id, pk=broadcast_id, made_at__isnull=False)
        sending = made.filter(finished_at=None)
        sending.filter(state="sending").update(state="done", finished_at=now)
        sending.filter(state="canceled").update(finished_at=now)
