"""What a statement is narrowed to: read from the address, made sane, and written into addresses again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.http import HttpRequest

from refill.domain import ids
from refill.domain.calendars import day_start, wall_of
from refill.domain.roles import Right, Scope, scope_of
from refill.queries.pages import use
from refill.queries.pages.movements import FAMILIES, Filters, last_seq
from refill.queries.pages.visits import Place
from refill.web.addresses import day_of, number_or_none
from refill.web.context import now_of
from refill.web.wording import USAGE

MOST_DAYS = 366
DEFAULT_DAYS = 30


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


def _id(prefix: str, number: int | None) -> str:
    return "" if number is None else ids.encode(prefix, number)


def asked_of(request: HttpRequest, place: Place) -> Asked:
    today = wall_of(now_of(request), place.zone).date()
    end = day_of(request.GET.get("to"), today)
    start = min(day_of(request.GET.get("from"), end - timedelta(days=DEFAULT_DAYS - 1)), end)
    start = max(start, end - timedelta(days=MOST_DAYS - 1))
    family = request.GET.get("family", "")
    usage = request.GET.get("kind", "")
    member = number_or_none("mem", request.GET.get("member"))
    inbox, number = number_or_none("inb", request.GET.get("inbox")), number_or_none("num", request.GET.get("number"))
    if scope_of(place.role, Right.STATEMENT) is Scope.OWN:
        member = place.member_id
    family = family if family in FAMILIES else ""
    usage = usage if usage in USAGE else ""
    first = use.first_from(place.account_id, day_start(start, place.zone))
    last = (
        last_seq(place.account_id) + 1
        if end >= today
        else use.first_from(place.account_id, day_start(end + timedelta(days=1), place.zone))
    )
    filters = Filters(first, last, family, usage, member, inbox, number)
    return Asked(start, end, family, usage, member, inbox, number, filters)
