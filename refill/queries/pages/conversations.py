"""Conversations as people see them: who, the last words, what is unread; and one thread."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from refill.domain import ids
from refill.domain.errors import Unknown
from refill.models import Conversation, Entry, Hold, Message, Number, OptOut
from refill.queries.pages.visits import Place
from refill.queries.texts import sees_personal

PER_PAGE = 30
IN_THREAD = 50


@dataclass(frozen=True, slots=True)
class OwnNumber:
    """A number that texts go out from."""

    id: int
    e164: str
    name: str


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation in the list. `words` are the last ones; none: purged, or nothing shown yet."""

    id: int
    e164: str
    name: str
    own: str
    own_id: int
    last_at: datetime
    unread: int
    words: str
    state: str
    is_own: bool
    by_carrier: bool

    @property
    def public_id(self) -> str:
        return ids.encode("cnv", self.id)


@dataclass(frozen=True, slots=True)
class Said:
    """One text of a thread."""

    id: int
    is_own: bool
    body: str | None
    media: list[str]
    state: str
    step: str
    code: str
    parts: int
    credits: int
    charged: int
    at: datetime
    send_at: datetime | None
    member: str
    member_id: int | None
    entry_seq: int | None
    account_id: int
    by_carrier: bool

    @property
    def public_id(self) -> str:
        return ids.encode("msg", self.id)

    @property
    def entry(self) -> str | None:
        """The movement that paid for it, for "why did this cost 3?"."""
        return ids.encode("ent", self.account_id, self.entry_seq) if self.entry_seq else None


def own_numbers(place: Place) -> tuple[OwnNumber, ...]:
    """The numbers that this member's texts may go out from."""
    usable = Number.objects.filter(account_id=place.account_id, removed_at=None, released_at=None)
    rows = usable.filter(bought_at__isnull=False).filter(may_see(place, "")).order_by("pk")
    return tuple(OwnNumber(*row) for row in rows.values_list("pk", "e164", "name"))


def talks(place: Place, *, page: int, only_unread: bool = False) -> tuple[Talk, ...]:
    """One page of conversations and one more, the newest first."""
    rows = visible(place)
    if only_unread:
        rows = rows.filter(unread__gt=0)
    found = list(rows.order_by("-last_at", "-pk")[page * PER_PAGE : (page + 1) * PER_PAGE + 1])
    last = _last_words(place.account_id, [row.pk for row in found])
    return tuple(_talk(row, last.get(row.pk)) for row in found)


def talk(place: Place, conversation_id: int) -> Talk:
    """One conversation. Raises Unknown."""
    row = visible(place).filter(pk=conversation_id).first()
    if row is None:
        raise Unknown("There is no such conversation in this account.")
    return _talk(row, None)


def demand_text(place: Place, message_id: int) -> None:
    """Raises Unknown for a text that this member does not see."""
    texts = Message.objects.filter(may_see(place, "number__"), account_id=place.account_id, pk=message_id)
    if not texts.exists():
        raise Unknown("There is no such text in this account.")


def thread(account_id: int, conversation_id: int, *, before: int | None = None) -> tuple[Said, ...]:
    """The last texts of a conversation below an id, and one more, the oldest first."""
    rows = Message.objects.filter(account_id=account_id, conversation_id=conversation_id).exclude(step="hidden")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = rows.select_related("member__user").order_by("-pk")[: IN_THREAD + 1]
    return tuple(
        Said(
            row.pk, row.direction == "out", row.body, row.media, row.state, row.step, row.code, row.parts, row.credits,
            row.charged, row.created_at, row.send_at, row.member.user.name if row.member else "",
            row.member_id, row.entry_seq if row.charged else None, account_id,
            (row.provider_key or "").startswith(Message.BY_CARRIER),
        )
        for row in reversed(found)
    )  # fmt: skip


def paid_for(place: Place, seq: int) -> tuple[str, str] | None:
    """What a movement paid for, or set aside for: ("conversation", id) or ("broadcast", id), where this member may see
    it (RULES §2.11). None where it is neither."""
    found = Entry.objects.filter(account_id=place.account_id, seq=seq).values_list("message_id", "hold_id").first()
    message_id, hold_id = found if found is not None else (None, None)
    if message_id is not None:
        texts = Message.objects.filter(account_id=place.account_id, pk=message_id)
        talked = texts.values_list("conversation_id", flat=True).first()
        if talked is not None and visible(place).filter(pk=talked).exists():
            return "conversation", ids.encode("cnv", talked)
    if hold_id is not None:
        holds = Hold.objects.filter(account_id=place.account_id, pk=hold_id, broadcast_id__isnull=False)
        broadcast = holds.values_list("broadcast_id", flat=True).first()
        return ("broadcast", ids.encode("bro", broadcast)) if broadcast is not None else None
    return None


def has_opted_out(account_id: int, e164: str) -> bool:
    """Whether they said STOP and not START since."""
    return OptOut.objects.filter(account_id=account_id, e164=e164, lifted_at=None).exists()


def hidden_count(account_id: int) -> int:
    """How many texts came in without credits and wait to be shown (RULES §6.3)."""
    return Message.objects.filter(account_id=account_id, step="hidden").count()


def visible(place: Place) -> QuerySet[Conversation]:
    """The conversations that this member may see."""
    rows = Conversation.objects.select_related("contact", "number").filter(account_id=place.account_id)
    return rows.filter(may_see(place, "number__"))


def may_see(place: Place, path: str) -> Q:
    """A personal inbox is its member's; Owner and Admin see all. `path` leads from the rows to the number."""
    if sees_personal(place.role):
        return Q()
    shared = Q(**{f"{path}inbox__isnull": True}) | Q(**{f"{path}inbox__kind": "shared"})
    return shared | Q(**{f"{path}inbox__member_id": place.member_id})


def _last_words(account_id: int, conversations: Iterable[int]) -> dict[int, Message]:
    rows = Message.objects.filter(account_id=account_id, conversation_id__in=list(conversations)).exclude(step="hidden")
    newest = rows.order_by("conversation_id", "-pk").distinct("conversation_id")
    return {row.conversation_id: row for row in newest}


def _talk(row: Conversation, last: Message | None) -> Talk:
    return Talk(
        row.pk, row.contact.e164, row.contact.name, row.number.name or row.number.e164, row.number_id, row.last_at,
        row.unread, (last.body or ("a picture" if last.media else "")) if last else "", last.state if last else "",
        last.direction == "out" if last else False,
        (last.provider_key or "").startswith(Message.BY_CARRIER) if last else False,
    )  # fmt: skip
