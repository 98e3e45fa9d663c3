"""Invitations: by link, for one address, once, never above a rank, within the seats there are (RULES §8; X3)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth import authenticate
from django.db import connection
from django.test import RequestFactory

from refill.domain import ids
from refill.domain.errors import Conflict, Forbidden, Invalid, Refusal, SeatsFull, Unknown
from refill.domain.records import Actor
from refill.domain.roles import Role
from refill.gateways import clock
from refill.models import AuditRow, Inbox, InboxMember, Invitation, Mail, Membership, User
from refill.services.mail import letters
from refill.services.team import invitations, members, people, seats
from tests.web.accounts import Team, make_team

PASSWORD = "correct horse battery staple"


def address() -> str:
    return f"{uuid4().hex[:12]}@guests.example"


def invite(team: Team, *emails: str, role: Role = Role.MEMBER, by: Role = Role.OWNER, **more: object) -> list[int]:
    return invitations.invite(
        account_id=team.account_id,
        actor=team.actor(by),
        emails=emails,
        role=role,
        **more,  # type: ignore[arg-type]
    )


def link(invitation_id: int) -> str:
    return invitations.token_of(Invitation.objects.get(pk=invitation_id))


def user(email: str) -> int:
    return User.objects.create_user(email=email, password=PASSWORD, name="Guest").pk


def test_an_invitation_is_a_mail_with_a_link_and_the_link_makes_a_member(crew: Team) -> None:
    email = address()
    (made,) = invite(crew, email.upper(), role=Role.MANAGER, by=Role.ADMIN)
    letter = letters.letter_of(Mail.objects.get(kind="invitation", to=email))
    assert letter.subject == "Ben Ruiz invites you to Northwind Dental"
    assert f"/join/{link(made)}" in letter.text
    assert f"/join/{link(made)}" in letter.html
    account_id = invitations.accept(token=link(made), user_id=user(email))
    member = Membership.objects.get(account_id=account_id, user__email=email)
    assert (account_id, member.role) == (crew.account_id, "manager")
    added = AuditRow.objects.get(action="member.added", subject=ids.encode("mem", member.pk))
    assert added.after == {"role": "manager", "invitation": ids.encode("ivt", made)}
    assert invitations.accept(token=link(made), user_id=member.user_id) == account_id
    assert Membership.objects.filter(account_id=account_id, user__email=email).count() == 1


def test_a_person_without_a_login_makes_one_with_the_link(crew: Team) -> None:
    email = address()
    (made,) = invite(crew, email)
    with pytest.raises(Invalid):
        invitations.accept_new(token=link(made), name="Gus", password="short")
    new = invitations.accept_new(token=link(made), name=" Gus  Gast ", password=PASSWORD)
    signed_in = authenticate(RequestFactory().post("/"), email=email, password=PASSWORD)
    assert signed_in is not None
    assert (signed_in.pk, signed_in.name) == (new, "Gus Gast")  # type: ignore[attr-defined]
    with pytest.raises(Conflict):
        invitations.accept_new(token=link(made), name="Eve", password=PASSWORD + "2")


def test_an_address_that_has_a_login_keeps_its_password(crew: Team) -> None:
    email = address()
    user(email)
    (made,) = invite(crew, email)
    with pytest.raises(Conflict):
        invitations.accept_new(token=link(made), name="Eve", password=PASSWORD + "2")
    assert User.objects.get(email=email).check_password(PASSWORD)


def test_an_invitation_is_for_one_address_alone(crew: Team) -> None:
    (made,) = invite(crew, address())
    with pytest.raises(Forbidden):
        invitations.accept(token=link(made), user_id=user(address()))
    assert Invitation.objects.get(pk=made).accepted_at is None


def test_a_link_that_was_changed_is_no_link(crew: Team) -> None:
    (made,) = invite(crew, address())
    (other,) = invite(crew, address())
    body, _, signature = link(made).partition("~")
    for wrong in (body, f"{body}~", f"{ids.encode('ivt', other)}.1~{signature}", f"{body[:-1]}2~{signature}", "~", ""):
        with pytest.raises(Unknown):
            invitations.read_token(wrong)


def test_a_link_ends_when_it_is_sent_again_revoked_or_runs_out(crew: Team) -> None:
    email = address()
    (made,) = invite(crew, email)
    guest, first = user(email), link(made)
    owner = {"account_id": crew.account_id, "actor": crew.actor(Role.OWNER), "invitation_id": made}
    invitations.resend(**owner)  # type: ignore[arg-type]
    with pytest.raises(Conflict, match="newer mail"):
        invitations.accept(token=first, user_id=guest)
    Invitation.objects.filter(pk=made).update(expires_at=clock.now() - timedelta(seconds=1))
    with pytest.raises(Conflict, match="run out"):
        invitations.accept(token=link(made), user_id=guest)
    invitations.resend(**owner)  # type: ignore[arg-type]
    invitations.revoke(**owner)  # type: ignore[arg-type]
    with pytest.raises(Conflict, match="taken back"):
        invitations.accept(token=link(made), user_id=guest)
    with pytest.raises(Conflict):
        invitations.resend(**owner)  # type: ignore[arg-type]
    assert Mail.objects.filter(kind="invitation", to=email).count() == 3
    (again,) = invite(crew, email)
    assert invitations.accept(token=link(again), user_id=guest) == crew.account_id


def test_several_are_invited_at_once_or_none_of_them(crew: Team) -> None:
    before = Invitation.objects.filter(account_id=crew.account_id).count()
    known = crew.emails[Role.MEMBER]
    for emails in ((address(), "no address"), (address(), known), ()):
        with pytest.raises((Invalid, Conflict)):
            invite(crew, *emails, role=Role.OBSERVER)
    assert Invitation.objects.filter(account_id=crew.account_id).count() == before
    assert len(invite(crew, address(), address(), address(), role=Role.OBSERVER)) == 3
    twice = address()
    assert len(invite(crew, twice, twice.upper(), role=Role.OBSERVER)) == 1
    with pytest.raises(Conflict):
        invite(crew, twice, role=Role.OBSERVER)


@pytest.mark.parametrize("by", list(Role))
@pytest.mark.parametrize("role", list(Role))
def test_nobody_invites_above_their_own_rank_and_nobody_an_owner(crew: Team, by: Role, role: Role) -> None:
    if by in (Role.OWNER, Role.ADMIN) and role in (Role.OBSERVER, Role.MEMBER):
        (made,) = invite(crew, address(), role=role, by=by)
        revoke = {"account_id": crew.account_id, "actor": crew.actor(by), "invitation_id": made}
        with pytest.raises(Invalid):
            invitations.edit(**revoke, role=Role.OWNER)  # type: ignore[arg-type]
        invitations.revoke(**revoke)  # type: ignore[arg-type]
    elif by not in (Role.OWNER, Role.ADMIN) or role is Role.OWNER:
        with pytest.raises((Forbidden, Invalid)):
            invite(crew, address(), role=role, by=by)


def test_what_an_admin_promised_ends_with_their_role(crew: Team) -> None:
    email = address()
    admin = people.add_member(
        account_id=crew.account_id, actor=Actor("test"), email=address(), name="Al", role=Role.ADMIN
    )
    member = Membership.objects.get(pk=admin)
    by = Actor(ids.encode("usr", member.user_id), Role.ADMIN, member.user_id)
    (made,) = invitations.invite(account_id=crew.account_id, actor=by, emails=[email], role=Role.ADMIN)
    members.remove(account_id=crew.account_id, actor=crew.actor(Role.OWNER), member_id=admin)
    with pytest.raises(Conflict, match="taken back"):
        invitations.accept(token=link(made), user_id=user(email))


def test_an_invitation_takes_a_seat_and_observers_are_free() -> None:
    team = make_team(days=0, plan="scale", credits_=1_000)  # ten seats, four taken
    invite(team, *(address() for _ in range(6)))
    with pytest.raises(SeatsFull) as refused:
        invite(team, address())
    assert (refused.value.facts["free"], refused.value.facts["needed"]) == (0, 1)
    (observer,) = invite(team, address(), role=Role.OBSERVER)
    with pytest.raises(SeatsFull):
        invitations.edit(
            account_id=team.account_id, actor=team.actor(Role.OWNER), invitation_id=observer, role=Role.MEMBER
        )
    waiting = Invitation.objects.filter(account_id=team.account_id, role="member")
    Invitation.objects.filter(pk=waiting.latest("pk").pk).update(expires_at=clock.now())
    assert seats.places_of(team.account_id, "seat").free == 1


def test_of_sixteen_who_accept_the_same_link_at_once_one_becomes_a_member(crew: Team) -> None:
    email = address()
    (made,) = invite(crew, email, role=Role.OBSERVER)
    token, guest = link(made), user(email)

    def accept(_: int) -> bool:
        try:
            return invitations.accept(token=token, user_id=guest) == crew.account_id
        except Refusal:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(accept, range(16)))
    assert Membership.objects.filter(account_id=crew.account_id, user_id=guest).count() == 1


def test_who_joins_works_in_the_inboxes_they_were_invited_to(crew: Team) -> None:
    email, now = address(), clock.now()
    inbox = Inbox.objects.create(account_id=crew.account_id, name="Front desk", created_at=now)
    (made,) = invite(crew, email, inbox_ids=[inbox.pk])
    other = make_team(days=0, plan="scale", credits_=1_000)
    with pytest.raises(Invalid):
        invite(other, address(), inbox_ids=[inbox.pk])
    invitations.accept(token=link(made), user_id=user(email))
    assert InboxMember.objects.filter(account_id=crew.account_id, inbox=inbox, member__user__email=email).count() == 1
