"""The statement: every movement, narrowed by what stands in the address; as a page and as CSV."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from refill.domain import ids
from refill.domain.calendars import local_instant, wall_of
from refill.domain.cells import plain
from refill.domain.roles import Right, Scope, scope_of
from refill.queries import places
from refill.queries.pages import conversations, people, use
from refill.queries.pages.movements import (
    FAMILIES,
    PER_PAGE,
    Filters,
    balance_before,
    each,
    last_seq,
    movement_group,
    movements,
    sums,
)
from refill.queries.pages.visits import Place
from refill.web import charts
from refill.web.access import place_of
from refill.web.addresses import whole
from refill.web.context import now_of
from refill.web.tables import as_csv
from refill.web.wording import KINDS, USAGE, movement

MOST_DAYS = 366
DEFAULT_DAYS = 30
_COLUMNS = (
    "id", "at_utc", "what", "kind", "credits", "held", "balance_after", "grant", "source", "usage", "parts",
    "reference", "member", "inbox", "number", "reason", "actor",
)  # fmt: skip
FAMILY_WORDS = {"used": "Used", "added": "Added", "ended": "Ended", "held": "Set aside and given back"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for, made sane."""

    start: date
    end: date
    family: str
    usage: str
    member: int | None
    inbox: int | None
    number: int | None
    filters: Filters

    @property
    def is_narrow(self) -> bool:
        return bool(self.family or self.usage) or (self.member, self.inbox, self.number) != (None, None, None)

    def address(self, **more: str) -> str:
        parts = {
            "from": self.start.isoformat(), "to": self.end.isoformat(), "family": self.family, "kind": self.usage,
            "member": _id("mem", self.member), "inbox": _id("inb", self.inbox), "number": _id("num", self.number),
            **more,
        }  # fmt: skip
        return "?" + urlencode({name: value for name, value in parts.items() if value})


def _day(text: str | None, default: date) -> date:
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return default
    return found if 2000 <= found.year <= 2200 else default


def _id(prefix: str, number: int | None) -> str:
    return "" if number is None else ids.encode(prefix, number)


def _number(prefix: str, text: str | None) -> int | None:
    try:
        return ids.decode(prefix, text or "")[0]
    except ids.UnknownId:
        return None


def _asked(request: HttpRequest, place: Place) -> Asked:
    today = wall_of(now_of(request), place.zone).date()
    end = _day(request.GET.get("to"), today)
    start = min(_day(request.GET.get("from"), end - timedelta(days=DEFAULT_DAYS - 1)), end)
    start = max(start, end - timedelta(days=MOST_DAYS - 1))
    family = request.GET.get("family", "")
    usage = request.GET.get("kind", "")
    member = _number("mem", request.GET.get("member"))
    inbox, number = _number("inb", request.GET.get("inbox")), _number("num", request.GET.get("number"))
    if scope_of(place.role, Right.STATEMENT) is Scope.OWN:
        member = place.member_id
    family = family if family in FAMILIES else ""
    usage = usage if usage in USAGE else ""
    first = use.first_from(place.account_id, _midnight(start, place.zone))
    last = (
        last_seq(place.account_id) + 1
        if end >= today
        else use.first_from(place.account_id, _midnight(end + timedelta(days=1), place.zone))
    )
    filters = Filters(first, last, family, usage, member, inbox, number)
    return Asked(start, end, family, usage, member, inbox, number, filters)


def _midnight(on: date, zone: str) -> datetime:
    return local_instant(datetime.combine(on, time()), zone)


@require_safe
def statement(request: HttpRequest) -> HttpResponse:
    place = place_of(request)
    asked = _asked(request, place)
    before = whole(request.GET.get("before")) or None
    rows = movements(place.account_id, asked.filters, before=before, limit=PER_PAGE + 1)
    more = len(rows) > PER_PAGE
    rows = rows[:PER_PAGE]
    total = sums(place.account_id, asked.filters)
    opening = balance_before(place.account_id, asked.filters.first)
    days = use.by_day(place.account_id, place.zone, _midnight(asked.start, place.zone), asked.start, asked.end)
    is_own = scope_of(place.role, Right.STATEMENT) is Scope.OWN
    inbox_names, number_names = places.names(place.account_id)
    return render(
        request,
        "pages/statement.html",
        {
            "asked": asked,
            "rows": [(row, movement(row.kind, row.source, row.usage_kind, row.parts)) for row in rows],
            "more": asked.address(before=str(rows[-1].seq)) if more else "",
            "is_later": before is not None,
            "csv": asked.address(),
            "sums": total,
            "opening": opening,
            "closing": opening + total.net,
            "chart": charts.bars(days, width=800, height=170) if not asked.is_narrow else None,
            "tall_chart": charts.bars(days[-31:], width=340, height=200) if not asked.is_narrow else None,
            "days": days,
            "families": FAMILY_WORDS,
            "kinds": USAGE,
            "members": () if is_own else people.members_of(place.account_id),
            "is_own": is_own,
            "inboxes": [(ids.encode("inb", pk), pk, name) for pk, name in inbox_names.items()],
            "numbers": [(ids.encode("num", pk), pk, phone) for pk, phone in number_names.items()],
        },
    )


@require_safe
def statement_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The same movements, oldest first, every column; the balance column ends on the closing balance."""
    place = place_of(request)
    asked = _asked(request, place)
    rows = (
        [
            row.public_id, row.at.astimezone(UTC).isoformat(),
            movement(row.kind, row.source, row.usage_kind, row.parts), row.kind, row.credits, row.held,
            row.balance_after, ids.encode("gra", row.grant_id) if row.grant_id else "", row.source or "",
            row.usage_kind or "", row.parts or "", plain(row.reference), plain(row.member), plain(row.inbox),
            row.number or "", plain(row.reason), plain(row.actor),
        ]
        for row in each(place.account_id, asked.filters)
    )  # fmt: skip
    return as_csv(f"refill-statement-{asked.start}-{asked.end}.csv", _COLUMNS, rows)


@require_safe
def why(request: HttpRequest, entry: str) -> HttpResponse:
    """Why one movement cost what it did, and which grants paid."""
    place = place_of(request)
    try:
        account, seq = ids.decode("ent", entry, 2)
    except ids.UnknownId:
        raise Http404 from None
    rows = movement_group(place.account_id, seq) if account == place.account_id else ()
    if not rows:
        raise Http404
    if rows[0].first_seq != seq:
        rows = movement_group(place.account_id, rows[0].first_seq)
    head = rows[0]
    if scope_of(place.role, Right.STATEMENT) is Scope.OWN and head.member_id != place.member_id:
        raise Http404
    return render(
        request,
        "pages/why.html",
        {
            "head": head,
            "rows": rows,
            "what": movement(head.kind, head.source, head.usage_kind, head.parts),
            "kind": KINDS.get(head.kind, head.kind),
            "total": sum(row.credits for row in rows),
            "used": sum(row.used for row in rows),
            "by": people.name_of(place.account_id, head.actor),
            "paid_for": conversations.paid_for(place, head.first_seq),
        },
    )
