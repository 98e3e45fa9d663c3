"""Roles changed, members removed, ownership handed over; through every path one Owner, always (RULES §8; W18, X3)."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from refill.domain import ids
from refill.domain.errors import Conflict, Forbidden, Invalid, NothingToDo, Refusal, SeatsFull, Unknown
from refill.domain.records import Actor, QuoteRequest
from refill.domain.roles import Role
from refill.models import AddOn, AuditRow, Event, Inbox, Mail, Membership, OwnershipOffer
from refill.services.mail import letters
from refill.services.team import asking, members, ownership, people, seats
from tests.web.accounts import Team, make_team, order

ROUNDS_IN_THE_SUITE = 12
AT_ONCE = 16


def role_of(member_id: int) -> str:
    return Membership.objects.get(pk=member_id).role


def change(team: Team, by: Role, member_id: int, role: Role, **more: object) -> None:
    members.change_role(
        account_id=team.account_id,
        actor=team.actor(by),
        member_id=member_id,
        role=role,
        **more,  # type: ignore[arg-type]
    )


def newcomer(team: Team, role: Role = Role.MEMBER) -> int:
    email = f"{uuid4().hex[:12]}@members.example"
    return people.add_member(account_id=team.account_id, actor=Actor("test"), email=email, name="New", role=role)


def as_user(member_id: int) -> Actor:
    member = Membership.objects.get(pk=member_id)
    return Actor(ids.encode("usr", member.user_id), Role(member.role), member.user_id)


def test_a_role_changes_with_one_audit_row_one_event_and_a_mail(crew: Team) -> None:
    member = newcomer(crew)
    change(crew, Role.ADMIN, member, Role.MANAGER)
    assert role_of(member) == "manager"
    name = ids.encode("mem", member)
    rows = AuditRow.objects.filter(account_id=crew.account_id, action="member.role_changed", subject=name)
    assert [(row.before, row.after) for row in rows] == [("member", "manager")]
    event = Event.objects.filter(account_id=crew.account_id, kind="member.role_changed").latest("id")
    assert event.data == {"member": member, "before": "member", "after": "manager"}
    mail = Mail.objects.get(account_id=crew.account_id, kind="role_changed", to=as_user_mail(member))
    assert (mail.facts["before"], mail.facts["after"]) == ("Member", "Manager")
    assert f"This was sent to {mail.to} about {mail.account.name}." in letters.letter_of(mail).text


def as_user_mail(member_id: int) -> str:
    return Membership.objects.select_related("user").get(pk=member_id).user.email


@pytest.mark.parametrize("by", list(Role))
@pytest.mark.parametrize("role", list(Role))
def test_nobody_changes_the_owners_role_or_makes_another_owner(crew: Team, by: Role, role: Role) -> None:
    with pytest.raises(Refusal) as refused:
        change(crew, by, crew.members[Role.OWNER], role)
    assert refused.value.kind in ("forbidden", "invalid")
    with pytest.raises(Forbidden):
        change(crew, by, crew.members[Role.MEMBER], Role.OWNER)
    assert role_of(crew.members[Role.OWNER]) == "owner"


@pytest.mark.parametrize("by", [Role.MANAGER, Role.MEMBER, Role.OBSERVER])
def test_below_admin_nobody_changes_or_removes_anybody(crew: Team, by: Role) -> None:
    member = newcomer(crew, Role.OBSERVER)
    for act in (
        lambda: change(crew, by, member, Role.MEMBER),
        lambda: members.remove(account_id=crew.account_id, actor=crew.actor(by), member_id=member),
        lambda: change(crew, by, crew.members[by], Role.ADMIN),
    ):
        with pytest.raises(Forbidden):
            act()
    assert role_of(member) == "observer"


def test_a_role_that_the_actor_has_lost_meanwhile_counts_no_more(crew: Team) -> None:
    admin = newcomer(crew, Role.ADMIN)
    stale = as_user(admin)
    change(crew, Role.OWNER, admin, Role.MEMBER)
    with pytest.raises(Forbidden):
        members.change_role(
            account_id=crew.account_id, actor=stale, member_id=crew.members[Role.OBSERVER], role=Role.ADMIN
        )
    members.remove(account_id=crew.account_id, actor=crew.actor(Role.OWNER), member_id=admin)
    with pytest.raises(Forbidden):
        members.remove(account_id=crew.account_id, actor=stale, member_id=crew.members[Role.MEMBER])


def test_who_is_removed_hands_their_inbox_over_and_is_told(crew: Team) -> None:
    member, heir = newcomer(crew), newcomer(crew)
    inbox = Inbox.objects.create(
        account_id=crew.account_id, kind="personal", name="Bo", member_id=member, created_at=crew_now(crew)
    )
    with pytest.raises(Invalid):
        members.remove(
            account_id=crew.account_id, actor=crew.actor(Role.ADMIN), member_id=member,
            successor_id=crew.members[Role.OBSERVER],
        )  # fmt: skip
    members.remove(account_id=crew.account_id, actor=crew.actor(Role.ADMIN), member_id=member, successor_id=heir)
    inbox.refresh_from_db()
    assert inbox.member_id == heir
    with pytest.raises(Unknown):
        members.find(crew.account_id, member)
    assert AuditRow.objects.filter(action="member.removed", subject=ids.encode("mem", member)).count() == 1
    assert Mail.objects.filter(kind="member_removed", to=as_user_mail(member)).count() == 1


def crew_now(team: Team):  # type: ignore[no-untyped-def]
    return Membership.objects.get(pk=team.members[Role.OWNER]).created_at


def test_a_member_leaves_but_the_owner_cannot(crew: Team) -> None:
    member = newcomer(crew)
    members.leave(account_id=crew.account_id, actor=as_user(member))
    assert Membership.objects.get(pk=member).removed_at is not None
    with pytest.raises(Conflict):
        members.leave(account_id=crew.account_id, actor=crew.actor(Role.OWNER))


def test_a_paid_seat_is_kept_or_dropped_at_the_renewal_and_dropping_is_undone_for_free() -> None:
    team = make_team(days=0)  # three seats in the plan, four who take one
    order(team, QuoteRequest(kind="add_seats", quantity=2))
    owner = team.actor(Role.OWNER)
    members.remove(account_id=team.account_id, actor=owner, member_id=team.members[Role.MEMBER])
    assert seats.places_of(team.account_id, "seat").unused_paid == 2
    members.remove(account_id=team.account_id, actor=owner, member_id=team.members[Role.MANAGER], drop_seat=True)
    row = AddOn.objects.get(account_id=team.account_id, kind="seat")
    assert (row.quantity, row.quantity_at_renewal) == (2, 1)
    seats.keep(account_id=team.account_id, kind="seat", actor=owner)
    row.refresh_from_db()
    assert (row.quantity, row.quantity_at_renewal) == (2, 2)
    with pytest.raises(NothingToDo):
        seats.keep(account_id=team.account_id, kind="seat", actor=owner)


def test_moving_up_from_observer_needs_a_seat() -> None:
    team = make_team(days=0)
    with pytest.raises(SeatsFull) as refused:
        change(team, Role.OWNER, team.members[Role.OBSERVER], Role.MEMBER)
    assert refused.value.facts == {"free": 0, "needed": 1, "short": 2, "unit": 1_000, "currency": "usd"}
    assert role_of(team.members[Role.OBSERVER]) == "observer"


def test_ownership_passes_when_it_is_accepted_and_the_old_owner_is_an_admin() -> None:
    team = make_team(days=0)
    owner, admin = team.actor(Role.OWNER), team.actor(Role.ADMIN)
    ownership.offer(account_id=team.account_id, actor=owner, member_id=team.members[Role.ADMIN])
    assert role_of(team.members[Role.OWNER]) == "owner"
    with pytest.raises(Conflict):
        ownership.offer(account_id=team.account_id, actor=owner, member_id=team.members[Role.MANAGER])
    with pytest.raises(Forbidden):
        ownership.answer(account_id=team.account_id, actor=team.actor(Role.MANAGER), accepted=True)
    ownership.answer(account_id=team.account_id, actor=admin, accepted=True)
    assert (role_of(team.members[Role.OWNER]), role_of(team.members[Role.ADMIN])) == ("admin", "owner")
    with pytest.raises(NothingToDo):
        ownership.answer(account_id=team.account_id, actor=admin, accepted=True)


def test_an_offer_of_ownership_is_withdrawn_declined_and_ends_with_who_it_is_for() -> None:
    team = make_team(days=0)
    owner = team.actor(Role.OWNER)
    for end in (
        lambda: ownership.withdraw(account_id=team.account_id, actor=owner),
        lambda: ownership.answer(account_id=team.account_id, actor=team.actor(Role.MEMBER), accepted=False),
        lambda: members.remove(account_id=team.account_id, actor=owner, member_id=team.members[Role.MEMBER]),
    ):
        ownership.offer(account_id=team.account_id, actor=owner, member_id=team.members[Role.MEMBER])
        end()
        assert not OwnershipOffer.objects.filter(account_id=team.account_id, state="open").exists()
        assert role_of(team.members[Role.OWNER]) == "owner"


def test_ownership_is_not_offered_by_an_admin_nor_to_an_observer(crew: Team) -> None:
    with pytest.raises(Forbidden):
        ownership.offer(account_id=crew.account_id, actor=crew.actor(Role.ADMIN), member_id=crew.members[Role.ADMIN])
    for target in (Role.OBSERVER, Role.OWNER):
        with pytest.raises(Invalid):
            ownership.offer(account_id=crew.account_id, actor=crew.actor(Role.OWNER), member_id=crew.members[target])


def test_the_database_itself_refuses_to_lose_the_last_owner(crew: Team) -> None:
    owner = Membership.objects.filter(account_id=crew.account_id, role="owner")
    for change_of in ({"role": "admin"}, {"removed_at": crew_now(crew)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            owner.update(**change_of)
    assert owner.count() == 1


def ways_to_lose_the_owner(team: Team) -> list[Callable[[], None]]:
    """Every path that touches who is the Owner, and who may touch it."""
    account, people_ = team.account_id, list(team.members.values())
    found: list[Callable[[], None]] = []
    for member in people_:
        actor = as_user(member)
        found += [
            partial(ownership.offer, account_id=account, actor=actor, member_id=other)
            for other in people_
            if other != member
        ]
        found += [
            partial(members.change_role, account_id=account, actor=actor, member_id=other, role=role)
            for other in people_ for role in (Role.OBSERVER, Role.ADMIN, Role.OWNER)
        ]  # fmt: skip
        found += [partial(ownership.answer, account_id=account, actor=actor, accepted=True)] * 6
        found += [
            partial(ownership.withdraw, account_id=account, actor=actor),
            partial(ownership.answer, account_id=account, actor=actor, accepted=False),
            partial(members.leave, account_id=account, actor=actor),
        ]
        found += [partial(members.remove, account_id=account, actor=actor, member_id=other) for other in people_]
    return found


def attempt(act: Callable[[], None]) -> bool:
    try:
        act()
        return True
    except Refusal:
        return False
    finally:
        connection.close()


def race(rounds: int) -> tuple[int, int]:
    """So many rounds of 16 at once; (violations, deeds that took effect). Members who were removed come back."""
    team = make_team(plan="scale", credits_=1_000, days=0)
    chance, violations, done = random.Random(18), 0, 0
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for _ in range(rounds):
            Membership.objects.filter(account_id=team.account_id).update(removed_at=None)
            done += sum(threads.map(attempt, chance.choices(ways_to_lose_the_owner(team), k=AT_ONCE)))
            owners = Membership.objects.filter(account_id=team.account_id, role="owner", removed_at=None).count()
            changes = AuditRow.objects.filter(account_id=team.account_id, action="member.role_changed")
            made = changes.filter(after="owner").count() - changes.filter(before="owner").count()
            violations += owners != 1 or made != 0
    return violations, done


def test_w18_sixteen_at_once_never_lose_the_owner_nor_make_two() -> None:
    violations, done = race(ROUNDS_IN_THE_SUITE)
    assert violations == 0
    assert done >= ROUNDS_IN_THE_SUITE // 2


@pytest.mark.soak
def test_w18_a_thousand_rounds_of_sixteen_at_once() -> None:
    violations, done = race(1_000)
    print(f"1,000 rounds of {AT_ONCE} at once: {done} deeds took effect, {violations} violations")
    assert violations == 0


def test_a_role_that_is_asked_for_is_given_under_the_same_rules() -> None:
    team = make_team(days=0)
    number = asking.ask(
        account_id=team.account_id, member_id=team.members[Role.OBSERVER], kind="role", role=Role.MEMBER
    )
    with pytest.raises(SeatsFull):
        asking.answer(
            account_id=team.account_id, asking_id=number, actor=team.actor(Role.OWNER), granted=True, may_give_role=True
        )
    order(team, QuoteRequest(kind="add_seats", quantity=2))
    asking.answer(
        account_id=team.account_id, asking_id=number, actor=team.actor(Role.OWNER), granted=True, may_give_role=True
    )
    assert role_of(team.members[Role.OBSERVER]) == "member"
