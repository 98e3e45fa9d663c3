"""Inboxes: created and edited by Managers too, removed by Owner and Admin alone, with 30 days to undo (RULES §8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from refill.domain import ids
from refill.domain.errors import Conflict, Invalid, NothingToDo, TooMany, Unknown
from refill.domain.records import Actor
from refill.domain.roles import Right
from refill.models import Inbox, InboxMember, Membership, Number
from refill.services.entering import entered
from refill.services.recording import audit, emit
from refill.services.team import members
from refill.services.team.profiles import plain_name

UNDO_DAYS = 30
MOST = 500


def create(*, account_id: int, actor: Actor, name: str, kind: str = "shared", member_ids: Sequence[int] = ()) -> int:
    """Make an inbox and return its id. A personal one is of exactly one member. Raises Invalid, Forbidden, TooMany."""
    name = plain_name(name)
    if kind not in Inbox.Kind.values:
        raise Invalid("An inbox is shared or personal.", param="kind")
    with entered(account_id) as balance:
        members.demand(account_id, actor, Right.EDIT_INBOXES)
        if Inbox.objects.filter(account_id=account_id, purged_at=None).count() >= MOST:
            raise TooMany(f"An account has at most {MOST} inboxes.")
        _demand_new_name(account_id, name, None)
        people = _people(account_id, member_ids)
        if kind == "personal" and len(people) != 1:
            raise Invalid("A personal inbox is of one member.", param="members")
        inbox = Inbox.objects.create(
            account_id=account_id, kind=kind, name=name, created_at=balance.at,
            member_id=people[0] if kind == "personal" else None,
        )  # fmt: skip
        if kind == "shared":
            _set_members(inbox, people, balance.at)
        after = {"name": name, "kind": kind, "members": people}
        audit(account_id, balance.at, actor, "inbox.created", subject=ids.encode("inb", inbox.pk), after=after)
        return inbox.pk


def edit(
    *, account_id: int, actor: Actor, inbox_id: int, name: str | None = None, member_ids: Sequence[int] | None = None
) -> None:
    """Rename an inbox, or say anew who works in it. Raises Unknown, Invalid, Forbidden."""
    with entered(account_id) as balance:
        members.demand(account_id, actor, Right.EDIT_INBOXES)
        inbox = _kept(account_id, inbox_id)
        before = _told(inbox)
        if name is not None:
            inbox.name = plain_name(name)
            _demand_new_name(account_id, inbox.name, inbox.pk)
        if member_ids is not None:
            people = _people(account_id, member_ids)
            if inbox.kind == "personal":
                if len(people) != 1:
                    raise Invalid("A personal inbox is of one member.", param="members")
                inbox.member_id = people[0]
            else:
                _set_members(inbox, people, balance.at)
        inbox.save(update_fields=["name", "member"])
        subject = ids.encode("inb", inbox.pk)
        audit(account_id, balance.at, actor, "inbox.changed", subject=subject, before=before, after=_told(inbox))


def remove(*, account_id: int, actor: Actor, inbox_id: int, move_to: int | None = None) -> None:
    """Remove an inbox. Its numbers go to another one, or have none until they are assigned; what was said in it stays,
    and for 30 days the removal can be undone. Raises Unknown, Forbidden (RULES §8), Invalid (move_to)."""
    with entered(account_id) as balance:
        members.demand(account_id, actor, Right.REMOVE)
        inbox = _kept(account_id, inbox_id)
        target = None
        if move_to is not None:
            target = Inbox.objects.filter(account_id=account_id, pk=move_to, removed_at=None).first()
            if target is None or target.pk == inbox.pk:
                raise Invalid("Choose another inbox of this account.", param="move_to")
        moved = list(
            Number.objects.filter(account_id=account_id, inbox=inbox, removed_at=None).values_list("pk", flat=True)
        )
        if target is not None:
            Number.objects.filter(account_id=account_id, pk__in=moved).update(inbox=target)
        inbox.removed_at, inbox.purge_at = balance.at, balance.at + timedelta(days=UNDO_DAYS)
        inbox.save(update_fields=["removed_at", "purge_at"])
        after = {"undo_until": inbox.purge_at.isoformat(), "numbers": moved, "moved_to": move_to}
        subject = ids.encode("inb", inbox.pk)
        audit(account_id, balance.at, actor, "inbox.removed", subject=subject, before=_told(inbox), after=after)
        emit(account_id, balance.at, "inbox.removed", inbox=inbox.pk)


def take_back(*, account_id: int, actor: Actor, inbox_id: int) -> None:
    """Undo a removal within its 30 days. Raises Unknown, Forbidden, NothingToDo, Conflict."""
    with entered(account_id) as balance:
        members.demand(account_id, actor, Right.REMOVE)
        inbox = _of(account_id, inbox_id)
        if inbox.removed_at is None:
            raise NothingToDo("This inbox is not removed.")
        if inbox.purged_at is not None or (inbox.purge_at is not None and inbox.purge_at <= balance.at):
            raise Conflict("Its 30 days are over. Make a new inbox.")
        _demand_new_name(account_id, inbox.name, inbox.pk)
        inbox.removed_at, inbox.purge_at = None, None
        inbox.save(update_fields=["removed_at", "purge_at"])
        audit(account_id, balance.at, actor, "inbox.taken_back", subject=ids.encode("inb", inbox.pk))


def purge_due(account_id: int, now: datetime) -> bool:
    """After 30 days a removed inbox is gone for good: nobody works in it, no number leads to it."""
    if not Inbox.objects.filter(account_id=account_id, purge_at__lte=now, purged_at=None).exists():
        return False
    with entered(account_id) as balance:
        due = list(Inbox.objects.filter(account_id=account_id, purge_at__lte=balance.at, purged_at=None))
        for inbox in due:
            Number.objects.filter(account_id=account_id, inbox=inbox).update(inbox=None)
            InboxMember.objects.filter(account_id=account_id, inbox=inbox).delete()
            inbox.purged_at = balance.at
            inbox.save(update_fields=["purged_at"])
            audit(account_id, balance.at, "refill", "inbox.purged", subject=ids.encode("inb", inbox.pk))
        return bool(due)


def _of(account_id: int, inbox_id: int) -> Inbox:
    inbox = Inbox.objects.filter(account_id=account_id, pk=inbox_id).first()
    if inbox is None:
        raise Unknown("There is no such inbox in this account.")
    return inbox


def _kept(account_id: int, inbox_id: int) -> Inbox:
    inbox = _of(account_id, inbox_id)
    if inbox.removed_at is not None:
        raise Unknown("This inbox was removed.")
    return inbox


def _demand_new_name(account_id: int, name: str, own: int | None) -> None:
    same = Inbox.objects.filter(account_id=account_id, name__iexact=name, removed_at=None)
    if same.exclude(pk=own or 0).exists():
        raise Conflict("Another inbox has this name.", param="name")


def _people(account_id: int, member_ids: Sequence[int]) -> list[int]:
    """Those who may work in an inbox: members who send. Raises Invalid for anybody else."""
    wanted = sorted(set(member_ids))
    there = Membership.objects.filter(account_id=account_id, pk__in=wanted, removed_at=None).exclude(role="observer")
    if there.count() != len(wanted):
        raise Invalid("Choose members of this account who are not Observers.", param="members")
    return wanted


def _set_members(inbox: Inbox, people: Sequence[int], now: datetime) -> None:
    here = InboxMember.objects.filter(account_id=inbox.account_id, inbox=inbox)
    here.exclude(member_id__in=people).delete()
    there = set(here.values_list("member_id", flat=True))
    InboxMember.objects.bulk_create(
        InboxMember(account_id=inbox.account_id, inbox=inbox, member_id=member, created_at=now)
        for member in people if member not in there
    )  # fmt: skip


def _told(inbox: Inbox) -> dict[str, object]:
    people = InboxMember.objects.filter(account_id=inbox.account_id, inbox=inbox).order_by("member_id")
    own = [inbox.member_id] if inbox.member_id else list(people.values_list("member_id", flat=True))
    return {"name": inbox.name, "members": own}
