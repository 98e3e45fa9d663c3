"""Handing texts to the carrier, asking about them, and what follows (RULES §7.2, §9.2): what the worker does.

Three phases: that a text is being handed over is committed, the carrier is called outside any transaction, and what it
said is committed. A text whose handing over nobody finished is asked about, never handed over again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.db import connection

from refill.domain import ids
from refill.domain.carriers import TextAsk, TextIntent, TextWord
from refill.domain.errors import Conflict, Refusal
from refill.domain.records import Actor
from refill.gateways import clock
from refill.gateways.cards import refuse_inside_transaction
from refill.gateways.carriers import Carrier, carrier_for
from refill.models import Account, Message, OptOut
from refill.services.entering import entered
from refill.services.messages import incoming, making, text_outcomes, texts
from refill.services.messages.text_outcomes import Said
from refill.services.recording import audit

log = structlog.get_logger("refill.texting")
AT_ONCE = 50
LEASE_SECONDS = 60
# Texts that may be asked about at the same number within so long are told apart by their references.
OTHERS_WITHIN = timedelta(hours=1)

_CLAIM = """
with due as (
  select id from refill_message
   where account_id = %(account)s and next_at <= %(now)s and step in ('queued', 'sending', 'unknown', 'news')
     and (leased_until is null or leased_until < clock_timestamp())
   order by next_at, id limit %(limit)s for update skip locked
)
update refill_message m set leased_until = clock_timestamp() + make_interval(secs => %(lease)s), fence = m.fence + 1
  from due where m.id = due.id
returning m.id
"""


def run(account_id: int, limit: int = AT_ONCE) -> bool:
    """Do what is due for the texts of one account, at most so many; true when something was done."""
    with entered(account_id) as balance:
        now, is_closed = balance.at, balance.closed is not None
    worked = making.make_some(account_id) + _begin_scheduled(account_id, now) + _go_on(account_id)
    claimed = _claim(account_id, now, limit)
    if not claimed:
        return worked > 0
    carrier = carrier_for(livemode=Account.objects.values_list("livemode", flat=True).get(pk=account_id))
    stopped = _stopped(account_id, claimed)
    said: list[Said] = []
    for text, word in _words(carrier, claimed, now, is_closed, stopped):
        for reply in word.replies:
            incoming.receive(account_id=account_id, number_id=text.number_id, text=reply)
        said.append(Said(text.pk, text.fence, word))
    text_outcomes.record(account_id, said)
    return True


def _claim(account_id: int, now: datetime, limit: int) -> list[Message]:
    """Texts that are due, leased to us for a while; the lease is committed by itself."""
    refuse_inside_transaction()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"account": account_id, "now": now, "limit": limit, "lease": LEASE_SECONDS})
        claimed = [row[0] for row in cursor.fetchall()]
    found = Message.objects.select_related("conversation__contact", "number")
    return list(found.filter(account_id=account_id, pk__in=claimed).order_by("next_at", "pk"))


def _stopped(account_id: int, claimed: list[Message]) -> set[str]:
    """Who said STOP since the texts were accepted."""
    numbers = [text.conversation.contact.e164 for text in claimed if text.step == "queued"]
    opted_out = OptOut.objects.filter(account_id=account_id, lifted_at=None, e164__in=numbers)
    return set(opted_out.values_list("e164", flat=True))


def _words(
    carrier: Carrier, claimed: list[Message], now: datetime, is_closed: bool, stopped: set[str]
) -> Iterator[tuple[Message, TextWord]]:
    """What the carrier says of each, asked as many at once as it takes: only those are in doubt when we are killed.

    Phase one is committed here; other threads make the calls and nothing else, without the database. A carrier that
    takes one at a time is called from here.
    """
    with ThreadPoolExecutor(carrier.calls_at_once, thread_name_prefix="carrier") as pool:
        each = pool.map if carrier.calls_at_once > 1 else map
        for start in range(0, len(claimed), carrier.calls_at_once):
            together = claimed[start : start + carrier.calls_at_once]
            calls = [_call(carrier, text, now, is_closed, stopped) for text in together]
            yield from zip(together, each(_made, calls), strict=True)


def _call(carrier: Carrier, text: Message, now: datetime, is_closed: bool, stopped: set[str]) -> Callable[[], TextWord]:
    """The call to make: to hand the text over, which is committed first, or to ask about it; or its answer, known."""
    recipient = text.conversation.contact.e164
    intent = TextIntent(text.provider_key or "", text.number.e164, recipient, text.body or "", tuple(text.media))
    if text.step != "queued":
        return partial(carrier.ask, _ask(text, intent, now))
    is_deleted = text.number.removed_at is not None
    if is_closed or is_deleted or recipient in stopped:
        why = "account_closed" if is_closed else "conflict" if is_deleted else "opted_out"
        return partial(TextWord, "refused", code=why)
    return partial(carrier.send, intent) if _begin_handing_over(text, now) else partial(TextWord, "unknown")


def _made(call: Callable[[], TextWord]) -> TextWord:
    """What goes wrong on the way is an unknown outcome, and asked about."""
    try:
        return call()
    except Exception:
        log.exception("carrier_failed", call=str(call))
        return TextWord("unknown")


def _begin_handing_over(text: Message, now: datetime) -> bool:
    """Phase one, committed by itself. False where our lease ran out meanwhile: the text is another's."""
    text.sent_at = text.sent_at or now
    ours = Message.objects.filter(pk=text.pk, fence=text.fence, step="queued")
    return bool(ours.update(step="sending", sent_at=text.sent_at))


def _ask(text: Message, intent: TextIntent, now: datetime) -> TextAsk:
    sent_at = text.sent_at or now
    near = Message.objects.filter(
        account_id=text.account_id, conversation_id=text.conversation_id, direction="out",
        created_at__gte=sent_at - OTHERS_WITHIN,
    )  # fmt: skip
    others = near.exclude(reference="").exclude(pk=text.pk).values_list("reference", flat=True)
    return TextAsk(intent, text.reference, sent_at, frozenset(others))


def _begin_scheduled(account_id: int, now: datetime) -> int:
    """Texts whose time has come are priced and held, or wait for credits (RULES §7.3)."""
    due = Message.objects.filter(account_id=account_id, step="scheduled", next_at__lte=now).order_by("next_at", "pk")
    found = list(due.values_list("pk", flat=True)[:AT_ONCE])
    return sum(_begin(account_id, message_id, "scheduled") for message_id in found)


def _go_on(account_id: int) -> int:
    """Texts that wait for credits go on where there are some, soon after only; hidden ones are shown (RULES §6.3)."""
    worked = 0
    for message_id, step in affordable(account_id):
        if step == "hidden":
            worked += incoming.reveal(account_id=account_id, message_id=message_id)
        else:
            worked += _begin(account_id, message_id, "short")
    return worked


def affordable(account_id: int) -> list[tuple[int, str]]:
    """What waits for credits and can go on with those that are there, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"select m.id, m.step {GOES_ON} and m.account_id = %s order by m.id limit %s", [account_id, AT_ONCE]
        )
        found: list[tuple[int, str]] = cursor.fetchall()
        return found


# Waits for credits, and they are there.
GOES_ON = """from refill_message m join refill_balance b on b.account_id = m.account_id
 where m.step in ('short', 'hidden') and b.available >= m.credits and b.closed is null
   and (m.step = 'hidden' or m.wait_until > account_now(m.account_id))"""


def _begin(account_id: int, message_id: int, step: str) -> bool:
    with entered(account_id) as balance:
        text = (
            Message.objects.select_related("conversation__contact")
            .filter(account_id=account_id, pk=message_id, step=step)
            .first()
        )
        if text is None:
            return False
        try:
            texts.demand_open(balance)
            row = texts.price_and_hold(text, balance.at)
        except Refusal as refusal:
            text.state, text.step, text.next_at, text.done_at = "failed", "", None, balance.at
            text.code = refusal.code[:32]
            text_outcomes.tell(text, balance.at)
            row = None
        text.save()
    if row is not None:
        texts.after_hold(account_id, row, text.credits, refuse=False)
    return True


def decide(*, account_id: int, message_id: int, is_taken: bool, actor: str) -> None:
    """A person settles a text that the carrier never answered about (RULES §9.2). Raises Conflict."""
    text = Message.objects.filter(account_id=account_id, pk=message_id, step="unknown").first()
    if text is None:
        raise Conflict("This text is not in doubt.")
    word = TextWord("sent") if is_taken else TextWord("refused", code="given_up")
    text_outcomes.record(account_id, [Said(message_id, text.fence, word, actor)])


def due_accounts(limit: int) -> list[int]:
    """Accounts on the system's clock with texts due, the longest waiting first."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""select d.account_id from (
                  select account_id, next_at as at from refill_message
                   where next_at <= %(now)s and (leased_until is null or leased_until < %(now)s)
                  union all select m.account_id, m.created_at {GOES_ON}
                  union all select b.account_id, b.started_at {making.DUE}) d
                join refill_account a on a.id = d.account_id
               where a.test_clock_id is null group by d.account_id order by min(d.at), d.account_id limit %(limit)s""",
            {"now": clock.now(), "limit": limit},
        )
        return [row[0] for row in cursor.fetchall()]


def ask_again(*, account_id: int, message_id: int, operator: Actor) -> None:
    """Ask the carrier once more about a text that it never answered about. Raises Conflict."""
    with entered(account_id) as balance:
        doubt = Message.objects.filter(account_id=account_id, pk=message_id, step="unknown", next_at=None)
        if not doubt.update(next_at=balance.at):
            raise Conflict("This text is not in doubt.")
        audit(account_id, balance.at, operator, "message.asked_again", subject=ids.encode("msg", message_id))
