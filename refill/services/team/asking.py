"""Asking those who may, and answering (RULES §6.2, §8). One open request of a kind for each member."""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction

from refill.domain import ids
from refill.domain.errors import Forbidden, Invalid, NothingToDo, TooMany, Unknown
from refill.domain.records import Actor
from refill.domain.roles import Right, Role, may
from refill.gateways import clock
from refill.models import Asking, Membership
from refill.services.entering import entered
from refill.services.money.notices import asking as notices
from refill.services.recording import audit
from refill.services.team import members

PER_DAY = 5
NOTE_CHARACTERS = 500


def ask(
    *, account_id: int, member_id: int, kind: str, right: str = "", role: Role | None = None, note: str = ""
) -> int:
    """Leave a request for those who may answer it and return its id.

    Raises Invalid, Unknown, NothingToDo where the same is asked already, TooMany above 5 a day (RULES §8).
    """
    if kind not in Asking.Kind.values:
        raise Invalid("There is no such request.", param="kind")
    if kind == Asking.Kind.ROLE and role in (None, Role.OWNER):
        raise Invalid("Choose the role that you need.", param="role")
    if len(note) > NOTE_CHARACTERS or "\x00" in note:
        raise Invalid(f"At most {NOTE_CHARACTERS} characters.", param="note")
    now = clock.now()
    with transaction.atomic():
        member = _member(account_id, member_id)
        if not may(Role(member.role), Right.ASK):
            raise Forbidden("You can do this yourself.")
        asked = Asking.objects.filter(account_id=account_id, member_id=member_id, asked_at__gt=now - timedelta(days=1))
        if asked.count() >= PER_DAY:
            raise TooMany("You have asked five times today. Your admins have every request.")
        try:
            with transaction.atomic():
                asking = Asking.objects.create(
                    account_id=account_id,
                    member_id=member_id,
                    kind=kind,
                    right=right,
                    role=role.value if role else "",
                    note=note.strip(),
                    asked_at=now,
                )
        except IntegrityError:
            raise NothingToDo("You have asked already. It waits for an answer.") from None
        actor = ids.encode("usr", member.user_id)
        audit(account_id, now, actor, "request.asked", subject=f"{kind} {asking.pk}")
        notices.asked(asking, member, now)
    return asking.pk


def answer(*, account_id: int, asking_id: int, actor: Actor, granted: bool, may_give_role: bool = False) -> None:
    """Answer a request once. Granting a role gives it, where the door says that the sign-in is fresh enough; all
    else the answerer does on the page it leads to.

    Raises Unknown, Forbidden, NothingToDo where it is answered already (RULES §8).
    """
    now = clock.now()
    with entered(account_id) as balance:
        asking = Asking.objects.filter(account_id=account_id, id=asking_id).first()
        if asking is None:
            raise Unknown()
        role = members.acting_role(account_id, actor)
        if role is None or not may(role, Right.CHANGE_BILLING):
            raise Forbidden()
        if asking.state != Asking.State.OPEN:
            raise NothingToDo("This has been answered already.")
        if granted and asking.kind == Asking.Kind.ROLE:
            if not may_give_role:
                raise Forbidden("Giving a role needs a fresh sign-in.")
            members.move(members.find(account_id, asking.member_id), Role(asking.role), actor, balance.at)
        asking.state = Asking.State.GRANTED if granted else Asking.State.DECLINED
        asking.answered_at, asking.answered_by = now, actor.label
        asking.save(update_fields=["state", "answered_at", "answered_by"])
        audit(account_id, now, actor, "request.answered", subject=f"{asking.kind} {asking.pk}", after=asking.state)
        notices.answered(asking, actor, now)


def _member(account_id: int, member_id: int) -> Membership:
    found = Membership.objects.select_for_update().filter(account_id=account_id, id=member_id, removed_at=None).first()
    if found is None:
        raise Unknown()
    return found
