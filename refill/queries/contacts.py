"""One contact: what an account holds about somebody who is texted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from refill.domain.errors import Unknown
from refill.models import Contact, Conversation, Message, OptOut, Recipient

AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class ContactRow:
    """`texts` counts what was said, `lists` the lines of broadcasts that name the number."""

    id: int
    e164: str
    name: str
    since: datetime
    opted_out_at: datetime | None
    texts: int
    lists: int


def of_conversation(account_id: int, conversation_id: int) -> ContactRow:
    """The contact of a conversation. Raises Unknown."""
    talks = Conversation.objects.filter(account_id=account_id, pk=conversation_id)
    row = Contact.objects.filter(account_id=account_id, pk__in=talks.values("contact_id")).first()
    if row is None:
        raise Unknown("There is no such conversation in this account.")
    stopped = OptOut.objects.filter(account_id=account_id, e164=row.e164, lifted_at=None)
    return ContactRow(
        row.pk, row.e164, row.name, row.created_at, stopped.values_list("at", flat=True).first(),
        _texts(account_id, row.pk).count(), Recipient.objects.filter(account_id=account_id, e164=row.e164).count(),
    )  # fmt: skip


def held(
    account_id: int, contact: ContactRow, member_id: int | None = None
) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    """Each kind of thing that is held about the contact, and its rows, oldest first; of texts only this member's own,
    where one is named (RULES §8)."""
    yield "contact", iter([{"number": contact.e164, "name": contact.name, "since": contact.since}])
    stops = OptOut.objects.filter(account_id=account_id, e164=contact.e164)
    yield "opt_outs", _rows(stops, "word", "at", "lifted_at")
    columns = ("created_at", "direction", "number__e164", "body", "media", "state", "parts", "charged")
    texts = _texts(account_id, contact.id)
    if member_id is not None:
        texts = texts.filter(member_id=member_id)
    yield "texts", _rows(texts, *columns)
    lists = Recipient.objects.filter(account_id=account_id, e164=contact.e164)
    yield "lists", _rows(lists, "written", "fields", "problem")


def _rows(found: Any, *columns: str) -> Iterator[dict[str, Any]]:
    rows: Iterator[dict[str, Any]] = found.order_by("pk").values(*columns).iterator(chunk_size=AT_ONCE)
    return rows


def _texts(account_id: int, contact_id: int) -> Any:
    """All but what came in at zero and is not shown yet (RULES §6.3)."""
    found = Message.objects.filter(account_id=account_id, conversation__contact_id=contact_id)
    return found.exclude(step=Message.Step.HIDDEN)
