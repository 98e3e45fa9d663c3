"""The team: members, invitations, roles, and who leaves."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from refill.domain.errors import Refusal, SeatsFull
from refill.domain.roles import TABLE, Right, Role, Scope, givable, may_change, may_remove
from refill.gateways import clock
from refill.queries.pages import people
from refill.queries.pages import team as found
from refill.queries.pages.people import Person
from refill.services.team import invitations, members, seats
from refill.web.access import actor_of, place_of
from refill.web.addresses import number_of, one_of
from refill.web.refusals import show_form
from refill.web.request import visitor
from refill.web.team_forms import SAYS, InvitationForm, InviteForm

# What can be done with an open invitation, and what is said then.
DEEDS = {"save": "Saved.", "resend": "Sent again; the older link has ended.", "revoke": "Taken back."}


@require_safe
def team(request: HttpRequest) -> HttpResponse:
    """Who belongs here, who is invited, and how many seats there are."""
    place, visit = place_of(request), visitor(request)
    manages = visit.may(Right.MANAGE_MEMBERS)
    places, (unit, interval) = seats.places_of(place.account_id, "seat"), seats.price_of(place.account_id, "seat")
    return render(
        request,
        "pages/team.html",
        {
            "members": people.members_of(place.account_id),
            "invited": found.invited(place.account_id, clock.now()) if manages else (),
            "requests": people.open_requests(place.account_id) if manages else (),
            "seats": places, "unit": unit, "interval": interval, "unused_minor": unit * places.unused_paid,
            "manages": manages,
            "offered": found.offered(place.account_id, clock.now()),
            "can_touch": {role for role in Role if may_remove(place.role, role)},
        },
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    """Invite some people at once. Where seats are short, what they cost stands beside the form, which stays filled."""
    place = place_of(request)
    inboxes = found.shared_inboxes(place.account_id)
    first = {"role": request.GET.get("role", "member")}
    form = InviteForm(place.role, inboxes, request.POST if request.method == "POST" else None, initial=first)
    short: SeatsFull | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made = invitations.invite(
                account_id=place.account_id, actor=actor_of(request), emails=form.addresses,
                role=Role(form.cleaned_data["role"]), inbox_ids=[int(pk) for pk in form.cleaned_data["inboxes"]],
            )  # fmt: skip
        except SeatsFull as refusal:
            short = refusal
        except Refusal as refusal:
            form.add_error("emails" if refusal.param in ("email", None) else refusal.param, refusal.detail)
        else:
            sent = "One invitation is" if len(made) == 1 else f"{len(made)} invitations are"
            messages.success(request, f"{sent} on the way. They stand here until they are accepted.")
            return redirect("team")
    unit, interval = seats.price_of(place.account_id, "seat")
    missing = short.facts["short"] if short else 0
    return show_form(
        request,
        "pages/team_invite.html",
        {
            "form": form, "seats": seats.places_of(place.account_id, "seat"), "short": short, "unit": unit,
            "interval": interval, "missing": missing,
        },
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, invitation: str) -> HttpResponse:
    """One open invitation: changed, sent again, taken back."""
    place = place_of(request)
    number = number_of("ivt", invitation)
    row = next((row for row in found.invited(place.account_id, clock.now()) if row.id == number), None)
    if row is None:
        raise Http404
    first = {"role": row.role.value, "inboxes": [str(pk) for pk in row.inboxes]}
    deed = one_of(DEEDS, request.POST.get("deed")) if request.method == "POST" else ""
    sent = request.POST if deed == "save" else None
    form = InvitationForm(place.role, found.shared_inboxes(place.account_id), sent, initial=first)
    if request.method == "POST" and (sent is None or form.is_valid()):
        about: dict[str, Any] = {
            "account_id": place.account_id, "actor": actor_of(request), "invitation_id": number,
        }  # fmt: skip
        try:
            if deed == "save":
                invitations.edit(
                    **about, role=Role(form.cleaned_data["role"]),
                    inbox_ids=[int(pk) for pk in form.cleaned_data["inboxes"]],
                )  # fmt: skip
            elif deed == "resend":
                invitations.resend(**about)
            else:
                invitations.revoke(**about)
        except Refusal as refusal:
            messages.warning(request, refusal.detail)
        else:
            messages.success(request, DEEDS[deed])
            return redirect("team")
    return show_form(request, "pages/team_invitation.html", {"row": row, "form": form})


def _person(request: HttpRequest, member: str) -> tuple[Person, tuple[Person, ...]]:
    """The member that an address names, and the others."""
    everybody = people.members_of(place_of(request).account_id)
    number = number_of("mem", member)
    person = next((person for person in everybody if person.member_id == number), None)
    if person is None:
        raise Http404
    return person, tuple(other for other in everybody if other is not person)


@require_http_methods(["GET", "HEAD", "POST"])
def member(request: HttpRequest, member: str) -> HttpResponse:
    """A member's role: what the change gives and takes is shown before it is made."""
    place = place_of(request)
    person, others = _person(request, member)
    choices = [role for role in givable(place.role) if may_change(place.role, person.role, role)]
    wanted = next((role for role in choices if role.value == request.GET.get("role")), None)
    if request.method == "POST":
        wanted = next((role for role in choices if role.value == request.POST.get("role")), None)
        if wanted is None:
            raise Http404
        try:
            members.change_role(
                account_id=place.account_id, actor=actor_of(request), member_id=person.member_id, role=wanted,
                successor_id=_successor(request), drop_seat=request.POST.get("seat") == "drop",
            )  # fmt: skip
        except Refusal as refusal:
            messages.warning(request, refusal.detail)
        else:
            messages.success(request, f"{person.name} is {wanted.label} now.")
        return redirect("team")
    return render(
        request,
        "pages/team_member.html",
        {
            "person": person, "choices": [(role, SAYS[role]) for role in choices], "wanted": wanted,
            "differences": _differences(person.role, wanted) if wanted else (),
            "heirs": [other for other in others if other.role is not Role.OBSERVER],
            "takes": wanted is not None and seats.takes_seat_now(person.role, wanted),
            "leaves": wanted is Role.OBSERVER and person.role is not Role.OBSERVER,
            "seats": seats.places_of(place.account_id, "seat"),
            "may_remove": may_remove(place.role, person.role), "price": seats.price_of(place.account_id, "seat"),
        },
    )  # fmt: skip


_SAID = {Scope.ALL: "yes", Scope.OWN: "own", Scope.NONE: "–"}


def _differences(before: Role, after: Role) -> tuple[tuple[str, str, str], ...]:
    """(right, before, after) where they differ: from the table that every page checks."""
    return tuple(
        (right.label, _SAID[row[before]], _SAID[row[after]])
        for right, row in TABLE.items()
        if row[before] is not row[after]
    )


def _successor(request: HttpRequest) -> int | None:
    chosen = request.POST.get("successor")
    return number_of("mem", chosen) if chosen else None


@require_http_methods(["GET", "HEAD", "POST"])
def member_remove(request: HttpRequest, member: str) -> HttpResponse:
    """Remove a member: who takes over, and whether the paid seat is kept."""
    place = place_of(request)
    person, others = _person(request, member)
    if request.method == "POST":
        try:
            members.remove(
                account_id=place.account_id, actor=actor_of(request), member_id=person.member_id,
                successor_id=_successor(request), drop_seat=request.POST.get("seat") == "drop",
            )  # fmt: skip
        except Refusal as refusal:
            messages.warning(request, refusal.detail)
        else:
            messages.success(request, f"{person.name} was removed.")
        return redirect("team")
    return render(
        request,
        "pages/team_remove.html",
        {
            "person": person, "heirs": [other for other in others if other.role is not Role.OBSERVER],
            "seats": seats.places_of(place.account_id, "seat"), "price": seats.price_of(place.account_id, "seat"),
            "may_remove": may_remove(place.role, person.role), "has_seat": person.role is not Role.OBSERVER,
        },
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """Leave an account oneself."""
    place = place_of(request)
    if request.method == "POST":
        try:
            members.leave(account_id=place.account_id, actor=actor_of(request))
        except Refusal as refusal:
            messages.warning(request, refusal.detail)
            return redirect("leave")
        messages.success(request, f"You have left {place.account_name}.")
        return redirect("home")
    owner = people.members_of(place.account_id)[0]
    return render(request, "pages/team_leave.html", {"owner": owner})


@require_POST
def keep_places(request: HttpRequest) -> HttpResponse:
    """Undo removals of paid seats or numbers. Free."""
    kind = one_of(("seat", "number"), request.POST.get("kind"))
    try:
        seats.keep(account_id=place_of(request).account_id, kind=kind, actor=actor_of(request))  # type: ignore[arg-type]
    except Refusal as refusal:
        messages.warning(request, refusal.detail)
    else:
        messages.success(request, "Kept. It is paid for with the renewal as before.")
    return redirect("team" if kind == "seat" else "places")
