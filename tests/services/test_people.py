"""Members: one Owner, nobody above the rank of who adds them, and a row in the audit for each."""

from uuid import uuid4

import pytest
from django.contrib.auth import authenticate
from django.test import RequestFactory

from refill.domain.errors import Conflict, Forbidden, Invalid, Unknown
from refill.domain.records import Actor
from refill.domain.roles import Role
from refill.models import AuditRow, Event, Membership, User
from refill.services import accounts
from refill.services.team import people


def _address(name: str) -> str:
    return f"{name}-{uuid4().hex[:8]}@members.example"


@pytest.fixture
def account_id() -> int:
    return accounts.create(
        actor=Actor("test"), name="Members", timezone="UTC", currency="usd", owner_email=_address("owner"),
        owner_name="Owner", livemode=False,
    ).account_id  # fmt: skip


def test_a_member_is_added_with_an_audit_row_and_an_event(account_id: int) -> None:
    email = _address("Manager").upper()
    member_id = people.add_member(
        account_id=account_id, actor=Actor("usr_admin", Role.ADMIN), email=email, name="Ada", role=Role.MANAGER
    )
    member = Membership.objects.select_related("user").get(pk=member_id)
    assert (member.account_id, member.role, member.user.email) == (account_id, "manager", email.lower())
    row = AuditRow.objects.get(account_id=account_id, action="member.added")
    assert (row.actor, row.subject, row.after) == ("usr_admin", str(member_id), {"role": "manager"})
    event = Event.objects.get(account_id=account_id, kind="member.added")
    assert event.data == {"member": member_id, "role": "manager"}


def test_there_is_never_a_second_owner(account_id: int) -> None:
    with pytest.raises(Invalid):
        people.add_member(
            account_id=account_id, actor=Actor("platform"), email=_address("second"), name="Second", role=Role.OWNER
        )
    assert Membership.objects.filter(account_id=account_id).count() == 1


@pytest.mark.parametrize("role", [Role.MANAGER, Role.MEMBER, Role.OBSERVER])
def test_who_may_not_manage_members_adds_none(account_id: int, role: Role) -> None:
    with pytest.raises(Forbidden):
        people.add_member(
            account_id=account_id, actor=Actor("usr", role), email=_address("x"), name="X", role=Role.OBSERVER
        )
    assert Membership.objects.filter(account_id=account_id).count() == 1


def test_nobody_is_a_member_twice(account_id: int) -> None:
    email = _address("twice")
    for role in (Role.MEMBER, Role.ADMIN):
        if role is Role.ADMIN:
            with pytest.raises(Conflict):
                people.add_member(account_id=account_id, actor=Actor("platform"), email=email, name="T", role=role)
        else:
            people.add_member(account_id=account_id, actor=Actor("platform"), email=email, name="T", role=role)
    members = Membership.objects.filter(account_id=account_id, user__email=email)
    assert [member.role for member in members] == ["member"]


def test_a_login_that_was_given_a_password_can_sign_in_with_it(account_id: int) -> None:
    email = _address("login")
    people.add_member(account_id=account_id, actor=Actor("platform"), email=email, name="L", role=Role.MEMBER)
    people.give_logins(emails=[email.upper()], password="correct horse")
    request = RequestFactory().post("/")
    user = authenticate(request, email=email, password="correct horse")
    assert user is not None
    assert user.email == email
    assert authenticate(request, email=email, password="wrong horse") is None
    with pytest.raises(Unknown):
        people.give_logins(emails=[_address("nobody")], password="correct horse")


def test_several_may_have_one_password_that_is_no_secret(database: str) -> None:
    emails = [_address("first"), _address("second")]
    for email in emails:
        User.objects.create(email=email, name="Ann")
    people.give_logins(emails=emails, password="correct horse")
    assert all(User.objects.get(email=email).check_password("correct horse") for email in emails)
    with pytest.raises(Unknown):
        people.give_logins(emails=[emails[0], _address("nobody")], password="another")
    assert User.objects.get(email=emails[0]).check_password("correct horse")
