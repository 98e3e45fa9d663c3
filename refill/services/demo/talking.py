"""A few invented conversations, so that the demo's pages have something to show. Every word of them is made up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle

from refill.domain.carriers import IncomingText
from refill.domain.records import Actor, QuoteRequest
from refill.models import Account, Contact, Conversation, Membership, Message, Number
from refill.services import orders
from refill.services.messages import incoming, texting, texts
from refill.services.money import quotes
from refill.services.places import numbers

AREAS = {"America/Chicago": "312", "America/New_York": "617"}
LEAST_CREDITS = 40


@dataclass(frozen=True, slots=True)
class Chat:
    """What is said to somebody, and what they answer; no answer: ""."""

    name: str
    ending: str
    said: tuple[tuple[str, str], ...]


CHATS = (
    Chat("Ines Marlow", "11", (
        ("Hello Ines, this is a reminder of your visit on Thursday at 10:00. Reply C to confirm.", "C"),
        ("Thank you, see you on Thursday.", "Could I bring my son along?"),
        ("Of course. We have a corner with toys for him.", ""),
    )),
    Chat("Tomas Brandt", "12", (
        ("Hello Tomas, your order is ready to be picked up.", "Great, I will be there at five."),
    )),
    Chat("", "81", (("Hello, we tried to call you about your booking.", ""),)),
    Chat("Priya Nair", "13", (
        ("Good morning Priya, we have a free place tomorrow at 9:30. Would you like it?", "Yes please!"),
        ("It’s yours – see you tomorrow.", ""),
    )),
    Chat("Jonah Wells", "14", (("Our spring hours begin on Monday: we are open until 19:00.", "STOP"),)),
)  # fmt: skip


def talk(account: Account, actor: Actor, available: int, pause: Callable[[], None]) -> None:
    """Hold the conversations, each by another of those who may send and each text once for its key, with a pause before
    each; nothing where there are hardly any credits."""
    area = AREAS.get(account.timezone)
    if area is None or available < LEAST_CREDITS:
        return
    number = _number(account.pk, actor, area)
    if number is None:
        return
    senders = Membership.objects.filter(account_id=account.pk, removed_at=None).exclude(role="observer")
    for place, (chat, sender) in enumerate(zip(CHATS, cycle(senders.order_by("pk")))):
        to = f"+120655501{chat.ending}"
        for turn, (body, answer) in enumerate(chat.said):
            key = f"demo-talk-{place}-{turn}"
            if not Message.objects.filter(account_id=account.pk, key=key).exists():
                pause()
                texts.send(
                    account_id=account.pk, number_id=number.pk, to=to, body=body, member_id=sender.pk, key=key,
                    fingerprint=0,
                )  # fmt: skip
            while texting.run(account.pk):
                pass
            if answer:
                heard = IncomingText(f"{key}-answer", to, number.e164, answer)
                incoming.receive(account_id=account.pk, number_id=number.pk, text=heard)
        Contact.objects.filter(account_id=account.pk, e164=to).update(name=chat.name)
        if not chat.said[-1][1]:
            # Who answered last has read what came before.
            Conversation.objects.filter(account_id=account.pk, contact__e164=to).update(unread=0)


def _number(account_id: int, actor: Actor, area: str) -> Number | None:
    """The account's number; one that its plan includes is rented where it has none."""
    ours = Number.objects.filter(account_id=account_id, removed_at=None, released_at=None)
    if not ours.exists():
        free = numbers.offered(account_id=account_id, kind="local", area=area, limit=1)
        if not free:
            return None
        request = QuoteRequest(kind="add_number", phone=free[0].number)
        quote_id = quotes.create(account_id=account_id, actor=actor, request=request)
        orders.confirm(account_id=account_id, quote_id=quote_id, actor=actor, key=f"demo-{quote_id}")
        numbers.buy_waiting(account_id)
    return ours.filter(bought_at__isnull=False).order_by("pk").first()
