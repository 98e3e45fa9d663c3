"""Plan & Billing, and the table of roles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from refill.domain.calendars import wall_of
from refill.domain.policies import explain
from refill.domain.records import BalanceRead
from refill.domain.roles import TABLE, Right, Role, Scope
from refill.queries.pages import documents, people, standing, use
from refill.web import charts
from refill.web.access import place_of
from refill.web.context import fuel_of
from refill.web.questions import questions_for
from refill.web.request import visitor
from refill.web.wording import STATUS

DAYS_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the credits last at the pace of the last week."""

    a_day: int
    lasts_until: datetime | None


@require_safe
def billing(request: HttpRequest) -> HttpResponse:
    place = place_of(request)
    balance = fuel_of(request).balance
    assert balance is not None
    days = _days(place.account_id, place.zone, balance.at)
    stands = standing.standing_of(place.account_id)
    members = people.members_of(place.account_id)
    may_see_money = visitor(request).may(Right.SEE_MONEY)
    invoices = documents.invoices_of(place.account_id, 3) if may_see_money else ()
    return render(
        request,
        "pages/billing.html",
        {
            "standing": stands,
            "status": STATUS.get(place.status if place.status != "active" else stands.status),
            "other_left": balance.promotion_left + balance.adjustment_left,
            "meter": _meter(balance),
            "pace": pace_of(days, balance),
            "chart": charts.bars(days, width=800, height=170),
            "tall_chart": charts.bars(days, width=340, height=200),
            "days": days,
            "at_zero": explain(stands.policy, str)["inbound_at_zero"],
            "used": sum(day.credits for day in days),
            "card": stands.card if may_see_money else None,
            "invoices": invoices,
            "waiting": standing.waiting_order(place.account_id) if may_see_money else None,
            "requests": people.open_requests(place.account_id) if may_see_money else (),
            "deciders": [p for p in members if p.role in (Role.OWNER, Role.ADMIN)],
            "questions": questions_for(stands, balance, members, place, may_see_money=may_see_money),
        },
    )


def _days(account_id: int, zone: str, now: datetime) -> tuple[use.DayUse, ...]:
    end = wall_of(now, zone).date()
    return use.by_day(account_id, zone, end - timedelta(days=DAYS_SHOWN - 1), end)


def _meter(balance: BalanceRead) -> tuple[charts.Piece, ...]:
    other = balance.promotion_left + balance.adjustment_left
    whole = max(balance.allowance_granted, balance.allowance_left) + other + balance.purchased_left
    parts = (("plan", balance.allowance_left), ("other", other), ("bought", balance.purchased_left))
    return charts.meter(parts, max(whole, 1))


def pace_of(days: tuple[use.DayUse, ...], balance: BalanceRead) -> Pace | None:
    """The pace of the last seven days, and when the credits would be used up at it."""
    week = sum(day.credits for day in days[-7:])
    if week == 0:
        return None
    a_day = max(1, (week + 3) // 7)
    left_days = balance.available * 7 // week
    return Pace(a_day, balance.at + timedelta(days=left_days) if left_days < 365 else None)


@require_safe
def roles(request: HttpRequest) -> HttpResponse:
    place = place_of(request)
    said = {Scope.ALL: "Yes", Scope.OWN: "Own", Scope.NONE: "–"}
    order = tuple(reversed(Role))
    rows = [(right.label, [(role, said[TABLE[right][role]]) for role in order]) for right in Right]
    return render(
        request,
        "pages/roles.html",
        {"roles": order, "rows": rows, "members": people.members_of(place.account_id), "mine": place.role},
    )
