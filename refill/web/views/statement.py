"""The statement: every movement, narrowed by what stands in the address; and why one of them cost what it did."""

from __future__ import annotations

from datetime import date
from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from refill.domain import ids
from refill.domain.calendars import wall_of
from refill.domain.roles import Right, Scope, scope_of
from refill.queries import places
from refill.queries.pages import conversations, people, use
from refill.queries.pages.movements import PER_PAGE, Movement, balance_before, movement_group, movements, sums
from refill.web import charts
from refill.web.access import place_of
from refill.web.addresses import row_number
from refill.web.narrowing import asked_of
from refill.web.wording import KINDS, USAGE, movement

FAMILY_WORDS = {"used": "Used", "added": "Added", "ended": "Ended", "held": "Set aside and given back"}


@require_safe
def statement(request: HttpRequest) -> HttpResponse:
    place = place_of(request)
    asked = asked_of(request, place)
    before = row_number(request.GET.get("before")) or None
    rows = movements(place.account_id, asked.filters, before=before, limit=PER_PAGE + 1)
    more = len(rows) > PER_PAGE
    rows = rows[:PER_PAGE]
    total = sums(place.account_id, asked.filters)
    opening = balance_before(place.account_id, asked.filters.first)
    days: tuple[use.DayUse, ...] = ()
    if not asked.is_narrow:
        days = use.by_day(place.account_id, place.zone, asked.start, asked.end)
    is_own = scope_of(place.role, Right.STATEMENT) is Scope.OWN
    inbox_names, number_names = places.names(place.account_id)
    return render(
        request,
        "pages/statement.html",
        {
            "asked": asked,
            "days_of_rows": _by_day(rows, place.zone),
            "has_brackets": any(row.used and not row.credits for row in rows),
            "more": asked.address(before=str(rows[-1].seq)) if more else "",
            "is_later": before is not None,
            "chosen": asked.address(),
            "sums": total,
            "opening": opening,
            "closing": opening + total.net,
            "chart": charts.bars(days, width=800, height=170) if days else None,
            "tall_chart": charts.bars(days[-31:], width=340, height=200) if days else None,
            "days": days,
            "families": FAMILY_WORDS,
            "kinds": USAGE,
            "members": () if is_own else people.members_of(place.account_id),
            "is_own": is_own,
            "inboxes": [(ids.encode("inb", pk), pk, name) for pk, name in inbox_names.items()],
            "numbers": [(ids.encode("num", pk), pk, phone) for pk, phone in number_names.items()],
        },
    )


def _by_day(rows: tuple[Movement, ...], zone: str) -> list[tuple[date, list[tuple[Movement, str]]]]:
    """Each day's movements with what they were, the newest first."""
    days = groupby(rows, key=lambda row: wall_of(row.at, zone).date())
    return [(on, [(row, _what(row)) for row in some]) for on, some in days]


def _what(row: Movement) -> str:
    said = movement("spend" if row.is_text else row.kind, row.source, row.usage_kind, row.parts)
    return f"{said}, received" if row.came_in else said


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
            "what": _what(head),
            "kind": "Set aside, then used" if head.is_text else KINDS.get(head.kind, head.kind),
            "total": sum(row.credits for row in rows),
            "used": sum(row.used for row in rows),
            "by": people.name_of(place.account_id, head.actor),
            "paid_for": conversations.paid_for(place, head.first_seq),
        },
    )
