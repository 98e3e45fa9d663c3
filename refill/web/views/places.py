"""Inboxes and phone numbers: added, edited, assigned, removed in two steps, taken back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from refill.domain import ids
from refill.domain.carriers import NumberKind
from refill.domain.errors import Refusal, Unknown
from refill.domain.records import QuoteRequest
from refill.domain.roles import Right, Role
from refill.queries import places as rows
from refill.queries.pages import people
from refill.queries.pages import places as found
from refill.services.money import quotes
from refill.services.places import inboxes, numbers
from refill.services.team import seats
from refill.web import formats
from refill.web.access import actor_of, place_of
from refill.web.addresses import number_of, one_of
from refill.web.refusals import blame, show_form, warn
from refill.web.request import visitor
from refill.web.team_forms import InboxForm, NumberForm


@require_safe
def places(request: HttpRequest) -> HttpResponse:
    """All inboxes and numbers, and how many numbers there may be."""
    account_id, visit = place_of(request).account_id, visitor(request)
    boxes, lines = found.boxes(account_id), found.lines(account_id)
    counted, (unit, interval) = seats.places_of(account_id, "number"), seats.price_of(account_id, "number")
    return render(
        request,
        "pages/places.html",
        {
            "boxes": [box for box in boxes if not box.row.removed_at],
            "lines": [line for line in lines if not line.row.removed_at],
            "gone_boxes": [box for box in boxes if box.row.removed_at],
            "gone_lines": [line for line in lines if line.row.removed_at],
            "numbers": counted, "unit": unit, "interval": interval, "unused_minor": unit * counted.unused_paid,
            "credited": min(counted.ending, counted.total - counted.used) if seats.are_credited(account_id) else 0,
            "may_edit": visit.may(Right.EDIT_INBOXES), "may_add": visit.may(Right.ADD),
            "may_remove": visit.may(Right.REMOVE),
            "removers": () if visit.may(Right.REMOVE) else people.who_can(account_id, Right.REMOVE),
        },
    )  # fmt: skip


def _choices(account_id: int) -> list[tuple[str, str]]:
    """Members who may work in an inbox."""
    senders = [one for one in people.members_of(account_id) if one.role is not Role.OBSERVER]
    return [(str(one.member_id), f"{one.name}, {one.role.label}") for one in senders]


@require_http_methods(["GET", "HEAD", "POST"])
def inbox_new(request: HttpRequest) -> HttpResponse:
    account_id = place_of(request).account_id
    form = InboxForm(
        _choices(account_id), request.POST if request.method == "POST" else None, initial={"kind": "shared"}
    )
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        try:
            inboxes.create(
                account_id=account_id, actor=actor_of(request), name=sent["name"], kind=sent["kind"],
                member_ids=[int(pk) for pk in sent["members"]],
            )  # fmt: skip
        except Refusal as refusal:
            blame(form, refusal)
        else:
            messages.success(request, f"{sent['name']} is there.")
            return redirect("places")
    return show_form(request, "pages/inbox.html", {"form": form, "title": "New inbox"})


@require_http_methods(["GET", "HEAD", "POST"])
def inbox(request: HttpRequest, inbox: str) -> HttpResponse:
    account_id = place_of(request).account_id
    row = _inbox(account_id, inbox)
    first = {"name": row.name, "members": [str(pk) for pk in row.members]}
    sent = request.POST if request.method == "POST" else None
    form = InboxForm(_choices(account_id), sent, initial=first, is_new=False)
    if request.method == "POST" and form.is_valid():
        try:
            inboxes.edit(
                account_id=account_id, actor=actor_of(request), inbox_id=row.id, name=form.cleaned_data["name"],
                member_ids=[int(pk) for pk in form.cleaned_data["members"]],
            )  # fmt: skip
        except Refusal as refusal:
            blame(form, refusal)
        else:
            messages.success(request, "Saved.")
            return redirect("places")
    return show_form(request, "pages/inbox.html", {"form": form, "title": row.name, "row": row, "inbox_id": inbox})


@require_http_methods(["GET", "HEAD", "POST"])
def inbox_remove(request: HttpRequest, inbox: str) -> HttpResponse:
    """Two steps: this page says what it touches, its button does it."""
    account_id = place_of(request).account_id
    row = _inbox(account_id, inbox)
    if request.method == "POST":
        chosen = request.POST.get("move_to")
        try:
            inboxes.remove(
                account_id=account_id, actor=actor_of(request), inbox_id=row.id,
                move_to=number_of("inb", chosen) if chosen else None,
            )  # fmt: skip
        except Refusal as refusal:
            messages.warning(request, refusal.detail)
        else:
            messages.success(request, f"{row.name} was removed. For 30 days you can take it back here.")
        return redirect("places")
    others = _leading(account_id, but=row.id)
    touched = found.touched_by(account_id, row.numbers, row)
    return render(request, "pages/inbox_remove.html", {"row": row, "others": others, "touched": touched})


@require_http_methods(["GET", "HEAD"])
def number_new(request: HttpRequest) -> HttpResponse:
    """Numbers of the carrier's catalogue; choosing one leads to its price, or to none where a place is free."""
    account_id = place_of(request).account_id
    kind: NumberKind = "toll_free" if request.GET.get("kind") == "toll_free" else "local"
    area = "".join(sign for sign in request.GET.get("area", "")[:10] if sign in "0123456789")[:3]
    offered = numbers.offered(account_id=account_id, kind=kind, area=area if kind == "local" else "", limit=12)
    counted, (unit, interval) = seats.places_of(account_id, "number"), seats.price_of(account_id, "number")
    boxes = _leading(account_id)
    return render(
        request,
        "pages/number_new.html",
        {
            "kind": kind, "area": area, "offered": offered, "boxes": boxes, "unit": unit, "interval": interval,
            "is_free": counted.total > counted.used, "numbers": counted,
        },
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def number(request: HttpRequest, number: str) -> HttpResponse:
    account_id = place_of(request).account_id
    row = _number(account_id, number)
    boxes = [(str(box.row.id), box.row.name) for box in found.boxes(account_id) if not box.row.removed_at]
    first = {"name": row.name, "inbox": str(row.inbox_id or "")}
    form = NumberForm(boxes, request.POST if request.method == "POST" else None, initial=first)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["inbox"]
        try:
            numbers.edit(
                account_id=account_id, actor=actor_of(request), number_id=row.id, name=form.cleaned_data["name"],
                inbox_id=int(chosen) if chosen else None, unassign=not chosen,
            )  # fmt: skip
        except Refusal as refusal:
            blame(form, refusal)
        else:
            messages.success(request, "Saved.")
            return redirect("places")
    return show_form(request, "pages/number.html", {"form": form, "row": row, "number_id": number})


@require_http_methods(["GET", "HEAD", "POST"])
def number_delete(request: HttpRequest, number: str) -> HttpResponse:
    """Two steps: what it touches and saves is shown, the number is typed, then it is deleted."""
    account_id = place_of(request).account_id
    row = _number(account_id, number)
    fault, place = "", one_of(("drop", "credit", "keep"), request.POST.get("place", "drop"))
    if request.method == "POST":
        try:
            numbers.delete(
                account_id=account_id, actor=actor_of(request), number_id=row.id,
                typed=request.POST.get("typed", ""), drop_place=place != "keep",
            )  # fmt: skip
        except Refusal as refusal:
            fault = refusal.detail
        else:
            messages.success(request, f"{formats.phone(row.e164)} was deleted. For 30 days you can take it back here.")
            return _offer_credit(request) if place == "credit" else redirect("places")
    counted, (unit, interval) = seats.places_of(account_id, "number"), seats.price_of(account_id, "number")
    return render(
        request,
        "pages/number_delete.html",
        {
            "row": row, "touched": found.touched_by(account_id, (row.id,)), "fault": fault, "unit": unit,
            "interval": interval, "saves": counted.at_renewal > 0, "credits": seats.are_credited(account_id),
            "place": place,
        },
        status=422 if fault else 200,
    )  # fmt: skip


def _offer_credit(request: HttpRequest) -> HttpResponse:
    """The offer for what is unused of a place that was given up; where nothing is, the place ends with the period."""
    wanted = QuoteRequest(kind="remove_add_on", add_on="number")
    try:
        quote = quotes.create(account_id=place_of(request).account_id, actor=actor_of(request), request=wanted)
    except Refusal:
        messages.warning(request, "Nothing of its place can go back; it is not paid for again from the renewal on.")
        return redirect("places")
    return redirect("confirm", quote=ids.encode("quo", quote))


@require_POST
def take_back(request: HttpRequest) -> HttpResponse:
    """Undo the removal of an inbox or the deletion of a number."""
    account_id, actor, thing = place_of(request).account_id, actor_of(request), request.POST.get("thing", "")
    try:
        if thing.startswith("inb_"):
            inboxes.take_back(account_id=account_id, actor=actor, inbox_id=number_of("inb", thing))
        else:
            numbers.take_back(account_id=account_id, actor=actor, number_id=number_of("num", thing))
    except Refusal as refusal:
        warn(request, refusal)
    else:
        messages.success(request, "It is back.")
    return redirect("places")


def _leading(account_id: int, but: int = 0) -> list[tuple[str, str]]:
    """Inboxes that a number may lead to, the shared ones first."""
    here = [box for box in found.boxes(account_id) if not box.row.removed_at and box.row.id != but]
    here.sort(key=lambda box: box.row.kind == "personal")
    return [(box.public_id, box.row.name) for box in here]


def _inbox(account_id: int, text: str) -> rows.InboxRow:
    row = rows.inbox(account_id, number_of("inb", text))
    if row.removed_at is not None:
        raise Unknown
    return row


def _number(account_id: int, text: str) -> rows.NumberRow:
    row = rows.number(account_id, number_of("num", text))
    if row.removed_at is not None:
        raise Unknown
    return row
