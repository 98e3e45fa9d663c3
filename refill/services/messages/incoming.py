"""Texts that come in are always received; what they cost is spent, owed, or waits (RULES §6.3). STOP and START."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from refill.domain import ids
from refill.domain.carriers import IncomingText
from refill.domain.policies import Policy, rate
from refill.domain.segments import BrokenText, measure
from refill.domain.texts import Word, word_of
from refill.gateways.carriers import carrier_for
from refill.ledger import texts as ledger
from refill.models import Account, Message, Number, OptOut
from refill.services import periods
from refill.services.entering import entered
from refill.services.messages import conversations, telephone, texts
from refill.services.money import recharging
from refill.services.recording import audit, emit

MOST_CHARACTERS = 10_000


def receive(*, account_id: int, number_id: int, text: IncomingText) -> int | None:
    """Keep a text that came in, once for its reference; return its id. None: its number was deleted, or it is blocked
    by policy at zero. STOP, START and HELP are always heeded."""
    with entered(account_id) as balance:
        known = Message.objects.filter(account_id=account_id, direction="in", reference=text.reference).first()
        if known is not None and text.reference:
            return known.pk
        number = Number.objects.get(account_id=account_id, pk=number_id)
        policy = periods.policy_in_force(account_id)
        body = text.body.replace("\x00", "")[:MOST_CHARACTERS]
        word = word_of(body, is_opted_out=texts.opted_out(account_id, text.sender))
        if number.removed_at is not None and word is None:
            return None
        parts = max(1, _parts(body))
        kind: Literal["text", "mms"] = "mms" if text.media else "text"
        country = telephone.region_of(text.sender)
        credits = 0 if word else rate(policy, kind=kind, direction="in", country=country, parts=parts)
        kept = Message(
            account_id=account_id, number=number, inbox_id=number.inbox_id, direction="in", state="received", body=body,
            media=[address for address in text.media if texts.is_web(address)][:10], kind=kind, parts=parts,
            credits=credits, reference=text.reference, carrier_parts=text.parts, created_at=balance.at,
        )  # fmt: skip
        kept.pk = texts.next_id()
        status = _charge(kept, policy)
        if status == "block":
            return None
        kept.conversation = conversations.with_number(account_id, number, text.sender, balance.at, unread=1)
        kept.save(force_insert=True)
        if word:
            _heed(word, kept, text.sender, balance.at)
        if kept.step != "hidden":
            _tell(kept, status, balance.at)
    recharging.after_debit(account_id)
    return kept.pk


def reveal(*, account_id: int, message_id: int) -> bool:
    """There are credits again: charge a text that came in without, and show it; true when it is shown now."""
    with entered(account_id) as balance:
        kept = Message.objects.filter(account_id=account_id, pk=message_id, step="hidden").first()
        if kept is None:
            return False
        status = _charge(kept, periods.policy_in_force(account_id))
        if kept.step == "hidden":
            return False
        kept.save()
        _tell(kept, status, balance.at)
    recharging.after_debit(account_id)
    return True


def _charge(kept: Message, policy: Policy) -> str:
    """Spend its credits, or owe them up to one month's; beyond that, and where the policy says so, hide it."""
    kept.step = ""
    if not kept.credits:
        return "free"
    limit = _month_credits(kept.account_id) if policy.inbound_at_zero == "accept_and_owe" else 0
    row = ledger.owe(
        kept.account_id, credits=kept.credits, limit=limit, message_id=kept.pk, number_id=kept.number_id,
        inbox_id=kept.inbox_id, parts=kept.parts,
    )  # fmt: skip
    if row["status"] in ("spent", "owed"):
        kept.entry_seq, kept.charged = row["seq"], kept.credits
        return str(row["status"])
    if policy.inbound_at_zero == "block" and row["status"] == "over":
        return "block"
    kept.step = "hidden"
    return "hidden"


def _month_credits(account_id: int) -> int:
    subscription = periods.live_subscription(account_id)
    if subscription is None:
        return 0
    price = subscription.price
    return price.credits // 12 if price.interval == "year" else price.credits


def _heed(word: Word, kept: Message, sender: str, now: datetime) -> None:
    """STOP and START change what may be sent; the carrier answers them, and HELP, by itself and for free.

    A second STOP, and START where nobody had stopped, change nothing and are not answered.
    """
    account_id = kept.account_id
    if word == "stop":
        if texts.opted_out(account_id, sender):
            return
        said = (kept.body or "").strip().upper()[:20]
        OptOut.objects.create(account_id=account_id, e164=sender, word=said, at=now)
        audit(account_id, now, "recipient", "contact.opted_out", subject=str(kept.conversation_id))
    elif word == "start":
        if not OptOut.objects.filter(account_id=account_id, e164=sender, lifted_at=None).update(lifted_at=now):
            return
        audit(account_id, now, "recipient", "contact.opted_in", subject=str(kept.conversation_id))
    _show_answer(word, kept, now)


def _show_answer(word: Word, heard: Message, now: datetime) -> None:
    """Show in the conversation what the carrier answered, where it tells: it was sent already, and costs nothing."""
    livemode = Account.objects.values_list("livemode", flat=True).get(pk=heard.account_id)
    body = carrier_for(livemode=livemode).answers.get(word)
    if body is not None:
        Message.objects.create(
            account_id=heard.account_id, conversation=heard.conversation, number=heard.number, inbox_id=heard.inbox_id,
            direction="out", state="delivered", body=body, kind="text", parts=_parts(body), credits=0,
            provider_key=f"{Message.BY_CARRIER}{heard.pk}", created_at=now, sent_at=now, done_at=now,
        )  # fmt: skip


def _tell(kept: Message, status: str, now: datetime) -> None:
    facts = {"message": ids.encode("msg", kept.pk), "credits": kept.credits, "parts": kept.parts}
    emit(kept.account_id, now, "message.received", **facts)
    if status == "owed":
        emit(kept.account_id, now, "credits.owed", **facts)


def _parts(body: str) -> int:
    try:
        return measure(body).parts
    except BrokenText:
        return measure(body.encode("utf-16", "surrogatepass").decode("utf-16", "replace")).parts
