"""Broadcasts with how far they are, and their recipients."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Sum

from refill.domain.errors import Unknown
from refill.domain.merging import merge
from refill.models import Broadcast, Message, Recipient


@dataclass(frozen=True, slots=True)
class LeftOut:
    line: int
    written: str
    problem: str


@dataclass(frozen=True, slots=True)
class BroadcastRow:
    """`texts` and `credits`: what it sends and costs, in a draft what it would. `states` counts its texts, `left_out`
    the lines that are not sent, by why. Credits that are neither charged nor held came back."""

    id: int
    name: str
    number_id: int
    own: str
    member_id: int | None
    body: str | None
    media: list[str]
    pace: int
    state: str
    texts: int
    parts: int
    credits: int
    charged: int
    held: int
    states: dict[str, int]
    left_out: dict[str, int]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def percent(self) -> int:
        """How much of it is decided, rounded down."""
        return 100 * self.decided // self.texts if self.texts else 100

    @property
    def decided(self) -> int:
        """How many texts are taken by the carrier, or given up."""
        return sum(count for state, count in self.states.items() if state != "accepted")


def get(account_id: int, broadcast_id: int) -> BroadcastRow:
    """One broadcast. Raises Unknown."""
    found = Broadcast.objects.select_related("number").filter(account_id=account_id, pk=broadcast_id).first()
    if found is None:
        raise Unknown("There is no such broadcast in this account.")
    return _rows(account_id, [found])[0]


def newest(account_id: int, *, before: int | None, limit: int) -> list[BroadcastRow]:
    """Broadcasts below the id `before`, the newest first."""
    rows = Broadcast.objects.select_related("number").filter(account_id=account_id)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return _rows(account_id, rows.order_by("-pk")[:limit])


def left_out(account_id: int, broadcast_id: int, limit: int) -> list[LeftOut]:
    """The first lines that are not sent, and why."""
    rows = Recipient.objects.filter(account_id=account_id, broadcast_id=broadcast_id).exclude(problem="")
    return [LeftOut(*row) for row in rows.order_by("line").values_list("line", "written", "problem")[:limit]]


def samples(account_id: int, broadcast_id: int, limit: int) -> list[tuple[str, str, int]]:
    """(recipient, their text, credits) of the first recipients."""
    body = Broadcast.objects.values_list("body", flat=True).get(account_id=account_id, pk=broadcast_id) or ""
    rows = Recipient.objects.filter(account_id=account_id, broadcast_id=broadcast_id, problem="").order_by("line")
    return [(row.e164, merge(body, row.fields), row.credits) for row in rows[:limit]]


def _rows(account_id: int, found: Iterable[Broadcast]) -> list[BroadcastRow]:
    broadcasts = list(found)
    picked = [broadcast.pk for broadcast in broadcasts]
    listed: dict[int, dict[str, tuple[int, int, int]]] = {}
    lines = Recipient.objects.filter(account_id=account_id, broadcast_id__in=picked)
    for pk, problem, count, parts, credits in lines.values_list("broadcast_id", "problem").annotate(
        Count("pk"), Sum("parts"), Sum("credits")
    ):
        listed.setdefault(pk, {})[problem] = (count, parts, credits)
    sent: dict[int, list[tuple[str, bool, int, int, int]]] = {}
    texts = Message.objects.filter(account_id=account_id, broadcast_id__in=picked)
    for pk, state, step, count, credits, charged in texts.values_list("broadcast_id", "state", "step").annotate(
        Count("pk"), Sum("credits"), Sum("charged")
    ):
        sent.setdefault(pk, []).append((state, step in Message.HOLDING, count, credits, charged))
    return [_row(one, listed.get(one.pk, {}), sent.get(one.pk, [])) for one in broadcasts]


def _row(
    one: Broadcast, listed: dict[str, tuple[int, int, int]], sent: list[tuple[str, bool, int, int, int]]
) -> BroadcastRow:
    count, parts, credits = listed.get("", (0, 0, 0))
    is_draft = one.started_at is None
    made = sum(row[2] for row in sent)
    states: dict[str, int] = {}
    for state, _, texts, _, _ in sent:
        states[state] = states.get(state, 0) + texts
    waiting = one.texts - made - listed.get("canceled", (0, 0, 0))[0] if not is_draft else 0
    if waiting > 0:
        states["accepted"] = states.get("accepted", 0) + waiting
    charged = sum(row[4] for row in sent)
    held = sum(row[3] for row in sent if row[1]) + (credits - sum(row[3] for row in sent) if waiting > 0 else 0)
    return BroadcastRow(
        one.pk, one.name, one.number_id, one.number.e164, one.member_id, one.body, one.media, one.pace, one.state,
        count if is_draft else one.texts, parts, credits if is_draft else one.credits, charged, held, states,
        {problem: row[0] for problem, row in listed.items() if problem}, one.created_at, one.started_at,
        one.finished_at,
    )  # fmt: skip
