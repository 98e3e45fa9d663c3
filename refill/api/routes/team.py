"""Members, invitations, and the seats and numbers that there are (RULES §8, §4 Add-ons)."""

from ninja import Query, Router

from refill.api.callers import ApiRequest
from refill.api.calls import call
from refill.api.cursors import before_of, page_of
from refill.api.shapes.billing import Removed
from refill.api.shapes.parts import IdText, Listed, Nothing, Paging, listed, number_of, number_or_none
from refill.api.shapes.team import (
    AddOn,
    AddOns,
    Invitation,
    InvitationChange,
    InvitationIn,
    Invitations,
    Member,
    MemberChange,
    MemberIn,
)
from refill.domain.errors import Unknown
from refill.domain.records import AddOnKind
from refill.domain.roles import Role
from refill.gateways import clock
from refill.queries import team as found
from refill.services.team import invitations, members, people, seats

router = Router(tags=["Team"])
KINDS: tuple[AddOnKind, AddOnKind] = ("seat", "number")


@call(router, "GET", "/members", "list_members", gives=Listed[Member])
def list_members(request: ApiRequest, paging: Query[Paging]) -> Listed[Member]:
    """Who belongs to the account."""
    rows = found.members(request.caller.account, before=before_of(request, paging.cursor), limit=paging.limit + 1)
    return listed(Listed[Member], page_of(request, rows, paging.limit, lambda row: row.id), Member.of)


@call(router, "GET", "/members/{member_id}", "get_member", gives=Member)
def get_member(request: ApiRequest, member_id: str) -> Member:
    """One member."""
    return Member.of(found.member(request.caller.account, number_of("mem", member_id)))


@call(router, "POST", "/members", "create_member", gives=Member, status=201, refuses=(409,))
def create_member(request: ApiRequest, wanted: MemberIn) -> Member:
    """Make somebody a member at once; the login is made where there is none.

    Everybody but Observers takes a seat. To ask people first, invite them.
    """
    caller = request.caller
    made = people.add_member(
        account_id=caller.account, actor=caller.actor, email=wanted.email, name=wanted.name, role=Role(wanted.role)
    )
    return Member.of(found.member(caller.account, made))


@call(router, "PATCH", "/members/{member_id}", "update_member", gives=Member, refuses=(409,))
def update_member(request: ApiRequest, member_id: str, wanted: MemberChange) -> Member:
    """Change a member's role: never above the key's own rank, never the Owner's."""
    caller, number = request.caller, number_of("mem", member_id)
    members.change_role(
        account_id=caller.account, actor=caller.actor, member_id=number, role=Role(wanted.role),
        successor_id=number_or_none("mem", wanted.successor, "successor"), drop_seat=wanted.drop_seat,
    )  # fmt: skip
    return Member.of(found.member(caller.account, number))


@call(router, "DELETE", "/members/{member_id}", "remove_member", gives=Removed, refuses=(409,))
def remove_member(
    request: ApiRequest, member_id: str, successor: IdText | None = None, drop_seat: bool = False
) -> Removed:
    """Remove a member. Their personal inboxes go to the `successor`, by default to the Owner.

    With `drop_seat` their paid seat ends with the period; otherwise it stays for the next.
    """
    caller = request.caller
    members.remove(
        account_id=caller.account, actor=caller.actor, member_id=number_of("mem", member_id),
        successor_id=number_or_none("mem", successor, "successor"), drop_seat=drop_seat,
    )  # fmt: skip
    return Removed(id=member_id)


@call(router, "GET", "/invitations", "list_invitations", gives=Listed[Invitation])
def list_invitations(request: ApiRequest, paging: Query[Paging]) -> Listed[Invitation]:
    """All invitations, with what became of each."""
    rows = found.invitations(
        request.caller.account, now=clock.now(), before=before_of(request, paging.cursor), limit=paging.limit + 1
    )
    return listed(Listed[Invitation], page_of(request, rows, paging.limit, lambda row: row.id), Invitation.of)


@call(router, "GET", "/invitations/{invitation_id}", "get_invitation", gives=Invitation)
def get_invitation(request: ApiRequest, invitation_id: str) -> Invitation:
    """One invitation."""
    return _show(request, number_of("ivt", invitation_id))


@call(router, "POST", "/invitations", "create_invitations", gives=Invitations, status=201, refuses=(409,))
def create_invitations(request: ApiRequest, wanted: InvitationIn) -> Invitations:
    """Invite people by mail, one or several, all or none. Each link is good for a week and for its address alone."""
    caller = request.caller
    made = invitations.invite(
        account_id=caller.account, actor=caller.actor, role=Role(wanted.role),
        emails=[*([wanted.email] if wanted.email else []), *wanted.emails],
        inbox_ids=[number_of("inb", inbox, "inboxes") for inbox in wanted.inboxes],
    )  # fmt: skip
    return Invitations(data=[_show(request, number) for number in made])


@call(router, "PATCH", "/invitations/{invitation_id}", "update_invitation", gives=Invitation, refuses=(409,))
def update_invitation(request: ApiRequest, invitation_id: str, wanted: InvitationChange) -> Invitation:
    """Change what an open invitation gives. The link stays good."""
    caller, number = request.caller, number_of("ivt", invitation_id)
    inboxes = None if wanted.inboxes is None else [number_of("inb", inbox, "inboxes") for inbox in wanted.inboxes]
    invitations.edit(
        account_id=caller.account, actor=caller.actor, invitation_id=number, role=Role(wanted.role), inbox_ids=inboxes
    )
    return _show(request, number)


@call(
    router, "POST", "/invitations/{invitation_id}/resend", "resend_invitation", gives=Invitation, refuses=(409,)
)  # fmt: skip
def resend_invitation(request: ApiRequest, invitation_id: str, wanted: Nothing) -> Invitation:
    """Send a fresh link, good for a week; older links end."""
    caller, number = request.caller, number_of("ivt", invitation_id)
    invitations.resend(account_id=caller.account, actor=caller.actor, invitation_id=number)
    return _show(request, number)


@call(router, "DELETE", "/invitations/{invitation_id}", "revoke_invitation", gives=Invitation, refuses=(409,))
def revoke_invitation(request: ApiRequest, invitation_id: str) -> Invitation:
    """Take an open invitation back."""
    caller, number = request.caller, number_of("ivt", invitation_id)
    invitations.revoke(account_id=caller.account, actor=caller.actor, invitation_id=number)
    return _show(request, number)


def _show(request: ApiRequest, number: int) -> Invitation:
    return Invitation.of(found.invitation(request.caller.account, number, now=clock.now()))


@call(router, "GET", "/add_ons", "list_add_ons", gives=AddOns)
def list_add_ons(request: ApiRequest) -> AddOns:
    """Seats and numbers: how many the plan includes, how many are paid beyond it, and how many of those nobody uses."""
    return _add_ons(request)


@call(router, "POST", "/add_ons/{kind}/keep", "keep_add_on", gives=AddOns, refuses=(409,))
def keep_add_on(request: ApiRequest, kind: str, wanted: Nothing) -> AddOns:
    """Undo removals of `seat` or `number` that have not taken effect. Free."""
    if kind not in KINDS:
        raise Unknown("There are seat and number.")
    caller = request.caller
    seats.keep(account_id=caller.account, kind=kind, actor=caller.actor)
    return _add_ons(request)


def _add_ons(request: ApiRequest) -> AddOns:
    return AddOns(data=[AddOn.of(kind, seats.places_of(request.caller.account, kind)) for kind in KINDS])
