"""Sending a text: checked, priced, its credits held, in one transaction (RULES §6.3, §7). The worker hands it over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any, Literal

from django.db import connection

from refill.domain.errors import (
    AccountClosed,
    Conflict,
    IdempotencyMismatch,
    Invalid,
    OptedOut,
    Unknown,
)
from refill.domain.policies import Policy
from refill.domain.records import Actor, BalanceRead
from refill.domain.segments import BrokenText
from refill.domain.texts import MOST_MEDIA, MOST_MEDIA_CHARACTERS, MOST_PARTS, WAITS_BY_ITSELF, Weight, weigh
from refill.ledger import texts as ledger
from refill.models import Message, Number, OptOut
from refill.services import features, periods
from refill.services.entering import entered
from refill.services.messages import conversations, telephone
from refill.services.money import recharge_facts, recharging
from refill.services.recording import audit

MOST_AHEAD = timedelta(days=366)
AtZero = Literal["refuse", "wait"]


def send(
    *, account_id: int, number_id: int, to: str, body: str, media: Sequence[str] = (), member_id: int | None = None,
    at_zero: AtZero = "refuse", send_at: datetime | None = None, key: str | None = None, fingerprint: int | None = None,
) -> int:  # fmt: skip
    """Accept a text and return its id; once for each key. Its credits are held now, or at `send_at`.

    Raises Invalid, Unknown (no such number), Conflict (the number cannot send yet), OptedOut, AccountClosed,
    IdempotencyMismatch, InsufficientCredits unless `at_zero` is "wait".
    """
    demand_media(media)
    if send_at is not None:
        features.demand(account_id, "scheduling")
    with entered(account_id) as balance:
        known = Message.objects.filter(account_id=account_id, key=key).first() if key else None
        if known is not None:
            if known.fingerprint != fingerprint:
                raise IdempotencyMismatch("This key was used for another text. Use a new key for a new one.")
            return known.pk
        number = usable_number(account_id, number_id)
        recipient = telephone.e164(to, telephone.region_of(number.e164))
        if recipient is None:
            raise Invalid("Write the number as in +12025550123.", param="to")
        if recipient == number.e164:
            raise Invalid("A number cannot text itself.", param="to")
        weight = weighed(periods.policy_in_force(account_id), body, media, telephone.region_of(recipient))
        demand_open(balance)
        if opted_out(account_id, recipient):
            raise OptedOut(f"{recipient} said STOP, and may be texted again after saying START.", param="to")
        if send_at is not None and not balance.at < send_at <= balance.at + MOST_AHEAD:
            raise Invalid("send_at lies in the future, within a year.", param="send_at")
        text = Message(
            account_id=account_id, number=number, inbox_id=number.inbox_id, member_id=member_id, direction="out",
            body=body, media=list(media), kind=weight.kind, parts=weight.measure.parts, credits=weight.credits, key=key,
            fingerprint=fingerprint, provider_key=f"refill_{token_hex(16)}", created_at=balance.at, send_at=send_at,
        )  # fmt: skip
        row: dict[str, Any] = {"status": "held", "watched": None}
        if send_at is not None:
            text.state, text.step, text.next_at = "waiting", "scheduled", send_at
        else:
            row = hold_for(text, balance.at)
        if row["status"] == "held" or at_zero == "wait":
            text.conversation = conversations.with_number(account_id, number, recipient, balance.at)
            text.save(force_insert=True)
            wake()
    after_hold(account_id, row, text.credits, refuse=at_zero == "refuse")
    return text.pk


def hold_for(text: Message, now: datetime) -> dict[str, Any]:
    """Hold the credits of a text within the account's lock, or let it wait; the caller saves it. Returns the ledger's
    answer. Raises AccountClosed."""
    if text.pk is None:
        text.pk = next_id()
    row: dict[str, Any] = {"status": "held", "hold_id": None, "watched": None}
    if text.credits:
        row = ledger.hold(
            text.account_id, credits=text.credits, message_id=text.pk, member_id=text.member_id, inbox_id=text.inbox_id,
            number_id=text.number_id, parts=text.parts,
        )  # fmt: skip
    if row["status"] == "held":
        text.state, text.step, text.next_at, text.hold_id = "accepted", "queued", now, row["hold_id"]
        text.wait_until = None
    else:
        text.state, text.step, text.next_at = "waiting", "short", None
        text.wait_until = text.wait_until or now + WAITS_BY_ITSELF
    return row


def after_hold(account_id: int, row: dict[str, Any], required: int, *, refuse: bool) -> None:
    """After the hold's transaction: a recharge where one is due; the refusal where credits were short (RULES §5.3)."""
    short = row["status"] == "insufficient"
    if row["watched"] is not None and (short or row["balance"] < row["watched"]):
        recharging.after_debit(account_id)
    if short and refuse:
        raise recharge_facts.shortage(account_id, required, row["balance"])


def call_off(*, account_id: int, message_id: int, actor: Actor) -> None:
    """Give up a text that waits. Raises Unknown, Conflict (it waits no longer)."""
    with entered(account_id) as balance:
        text = _waiting(account_id, message_id)
        text.state, text.step, text.code, text.done_at, text.next_at = "failed", "", "called_off", balance.at, None
        text.save()
        audit(account_id, balance.at, actor, "message.called_off", subject=str(message_id))


def send_waiting(*, account_id: int, message_id: int, actor: Actor) -> None:
    """A person's word: send a text that waits for credits now, at its present price (RULES §6.3).

    Raises Unknown, Conflict, OptedOut, AccountClosed, InsufficientCredits.
    """
    with entered(account_id) as balance:
        text = _waiting(account_id, message_id)
        demand_open(balance)
        row = price_and_hold(text, balance.at)
        text.save()
        if row["status"] == "held":
            audit(account_id, balance.at, actor, "message.sent_after_waiting", subject=str(message_id))
            wake()
    after_hold(account_id, row, text.credits, refuse=True)


def price_and_hold(text: Message, now: datetime) -> dict[str, Any]:
    """Price a scheduled or waiting text at its time, and hold its credits (RULES §7.3). Raises OptedOut, Conflict."""
    number = usable_number(text.account_id, text.number_id)
    recipient = text.conversation.contact.e164
    if opted_out(text.account_id, recipient):
        raise OptedOut(f"{recipient} said STOP, and may be texted again after saying START.")
    weight = weighed(
        periods.policy_in_force(text.account_id), text.body or "", text.media, telephone.region_of(recipient)
    )
    text.credits, text.inbox_id = weight.credits, number.inbox_id
    return hold_for(text, now)


def weighed(policy: Policy, body: str, media: Sequence[str], country: str | None) -> Weight:
    """The weight of a text that can be sent. Raises Invalid for one that is empty, broken or too long (RULES §7.1)."""
    try:
        weight = weigh(policy, body, media, country)
    except BrokenText as broken:
        raise Invalid(f"The text holds half of a character, at {broken.index}.", param="body") from None
    if "\x00" in body:
        raise Invalid("The text holds a character that cannot be sent.", param="body")
    if not body and not media:
        raise Invalid("Write a text, or add a picture.", param="body")
    if weight.measure.parts > MOST_PARTS:
        raise Invalid(
            f"A text has at most {MOST_PARTS} parts; this one has {weight.measure.parts}.",
            param="body",
            parts=weight.measure.parts,
        )
    return weight


def demand_media(media: Sequence[str]) -> None:
    """Raises Invalid unless the media are a few addresses that a carrier can fetch."""
    if len(media) > MOST_MEDIA:
        raise Invalid(f"At most {MOST_MEDIA} pictures.", param="media")
    for address in media:
        if not is_web(address):
            raise Invalid("A picture is given by its https address.", param="media")


def is_web(address: str) -> bool:
    """Whether a page may lead to this address, and a carrier fetch it."""
    is_short = address.startswith(("https://", "http://")) and len(address) <= MOST_MEDIA_CHARACTERS
    return is_short and address.isprintable() and " " not in address


def demand_open(balance: BalanceRead) -> None:
    """Raises AccountClosed where nothing may be sent."""
    if balance.closed is not None:
        raise AccountClosed(f"The account is {balance.closed}: it can be read, not sent from.", status=balance.closed)


def usable_number(account_id: int, number_id: int) -> Number:
    """A number that texts can go out from. Raises Unknown, Conflict."""
    number = Number.objects.filter(account_id=account_id, pk=number_id).first()
    if number is None or number.released_at is not None:
        raise Unknown("There is no such number in this account.", param="from")
    if number.removed_at is not None or number.bought_at is None:
        why = "was deleted" if number.removed_at else "is not confirmed by the carrier yet"
        raise Conflict(f"The number {why}; no text goes out from it.", param="from")
    return number


def opted_out(account_id: int, recipient: str) -> bool:
    """Whether they said STOP and not START since (RULES §7.4)."""
    return OptOut.objects.filter(account_id=account_id, e164=recipient, lifted_at=None).exists()


def wake() -> None:
    """Tell the worker, when the transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_notify('refill_work', 'text')")


def _waiting(account_id: int, message_id: int) -> Message:
    text = Message.objects.select_related("conversation__contact").filter(account_id=account_id, pk=message_id).first()
    if text is None or text.direction != "out":
        raise Unknown("There is no such text in this account.")
    if text.state != "waiting":
        raise Conflict(f"The text waits no longer: it is {text.state}.", state=text.state)
    return text


def next_id() -> int:
    """The id that the next text will have: its hold names it before it is written."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval(pg_get_serial_sequence('refill_message', 'id'))")
        return int(cursor.fetchone()[0])
