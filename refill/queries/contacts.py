"""One contact: what an account holds about somebody who is texted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from refill.domain.errors import Unknown
from refill.models import Contact, Conversation, Message, OptOut, Recipient
from refill.queries.pages.conversations import may_see
from refill.queries.pages.visits import Place

AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class ContactRow:
    """`texts` counts what was said and may be seen, `lists` the lines of broadcasts that name the number."""

    id: int
    e164: str
    name: str
    since: datetime
    opted_out_at: datetime | None
    texts: int
    lists: int

    @property
    def is_gone(self) -> bool:
        """Forgotten: what stands for the number begins with no +."""
        return not self.e164.startswith("+")


def of_conversation(place: Place, conversation_id: int) -> ContactRow:
    """The contact of a conversation. Raises Unknown."""
    account_id = place.account_id
    talks = Conversation.objects.filter(account_id=account_id, pk=conversation_id)
    row = Contact.objects.filter(account_id=account_id, pk__in=talks.values("contact_id")).first()
    if row is None:
        raise Unknown("There is no such conversation in this account.")
    stopped = OptOut.objects.filter(account_id=account_id, e164=row.e164, lifted_at=None)
    return ContactRow(
        row.pk, row.e164, row.name, row.created_at, stopped.values_list("at", flat=True).first(),
        _texts(place, row.pk).count(), Recipient.objects.filter(account_id=account_id, e164=row.e164).count(),
    )  # fmt: skip


def held(place: Place, contact: ContactRow, *, only_own: bool) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    """Each kind of thing that is held about the contact, and its rows, oldest first; of texts those that the member may
    see, or only those that they sent (RULES §8)."""
    account_id = place.account_id
    yield "contact", iter([{"number": contact.e164, "name": contact.name, "since": contact.since}])
    stops = OptOut.objects.filter(account_id=account_id, e164=contact.e164)
    yield "opt_outs", _rows(stops, "word", "at", "lifted_at")
    columns = ("created_at", "direction", "number__e164", "body", "media", "state", "parts", "charged")
    texts = _texts(place, contact.id)
    if only_own:
        texts = texts.filter(member_id=place.member_id)
    yield "texts", _rows(texts, *columns)
    lists = Recipient.objects.filter(account_id=account_id, e164=contact.e164)
    yield "lists", _rows(lists, "written", "fields", "problem")


def _rows(found: Any, *columns: str) -> Iterator[dict[str, Any]]:
    rows: Iterator[dict[str, Any]] = found.order_by("pk").values(*columns).iterator(chunk_size=AT_ONCE)
    return rows


def _texts(place: Place, contact_id: int) -> Any:
    """None of a personal inbox of somebody else, nor what came in at zero and is not shown yet (RULES §6.3)."""
    found = Message.objects.filter(account_id=place.account_id, conversation__contact_id=contact_id)
    return found.filter(may_see(place, "number__")).exclude(step=Message.Step.HIDDEN)
