"""Invitations: several at once, sent again, changed, revoked; accepted with a link that only the mail has (RULES §8).

The link is signed, not kept: it names the invitation and its version, so that sending it anew ends the older one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from refill.domain import ids
from refill.domain.errors import Conflict, Forbidden, Invalid, TooMany, Unknown
from refill.domain.records import Actor
from refill.domain.roles import Role, may_give
from refill.domain.seats import takes_seat
from refill.gateways import clock
from refill.models import Inbox, InboxMember, Invitation, Membership, User
from refill.models.team import OPEN
from refill.services.entering import entered
from refill.services.mail import mails
from refill.services.recording import audit, emit
from refill.services.team import seats
from refill.services.team.members import acting_role, own_place
from refill.services.team.profiles import plain_name

DAYS = 7
MOST_AT_ONCE = 50
MOST_OPEN = 500
MOST_MAILS_A_DAY = 200


def invite(
    *, account_id: int, actor: Actor, emails: Sequence[str], role: Role, inbox_ids: Sequence[int] = ()
) -> list[int]:
    """Invite some people, all or none, and send each a link; return the invitations' ids.

    Raises Invalid (addresses, role, inboxes), Conflict (member or invited already), Forbidden (above one's own rank),
    SeatsFull, TooMany.
    """
    plain = list(dict.fromkeys(email.strip().lower() for email in emails if email.strip()))
    if not 1 <= len(plain) <= MOST_AT_ONCE:
        raise Invalid(f"Invite 1 to {MOST_AT_ONCE} people at once.", param="email")
    for email in plain:
        _check_address(email)
    if role is Role.OWNER:
        raise Invalid("An account has one Owner, who hands ownership over.", param="role")
    with entered(account_id) as balance:
        _demand_right(account_id, actor, role)
        _check_new(account_id, plain)
        _check_pace(account_id, len(plain))
        inboxes = _inboxes(account_id, inbox_ids)
        if takes_seat(role):
            seats.demand_seats(account_id, len(plain))
        inviter = own_place(account_id, actor.user_id) if actor.user_id is not None and actor.role else None
        return [_make(account_id, actor, inviter, email, role, inboxes, balance.at) for email in plain]


def _make(
    account_id: int, actor: Actor, inviter: Membership | None, email: str, role: Role, inboxes: list[int],
    now: datetime,
) -> int:  # fmt: skip
    real = clock.now()
    invitation = Invitation.objects.create(
        account_id=account_id, email=email, role=role.value, inboxes=inboxes, inviter=inviter,
        invited_by=actor.label, created_at=real, sent_at=real, expires_at=real + timedelta(days=DAYS),
    )  # fmt: skip
    after = {"role": role.value}
    audit(account_id, now, actor, "invitation.sent", subject=ids.encode("ivt", invitation.pk), after=after)
    _send(invitation, now)
    return invitation.pk


def edit(
    *, account_id: int, actor: Actor, invitation_id: int, role: Role, inbox_ids: Sequence[int] | None = None
) -> None:
    """Change what an open invitation gives. The link in the mail stays good: it names the invitation, not the role."""
    if role is Role.OWNER:
        raise Invalid("An account has one Owner, who hands ownership over.", param="role")
    with entered(account_id) as balance:
        invitation = _open(account_id, invitation_id)
        before = Role(invitation.role)
        _demand_right(account_id, actor, before)
        _demand_right(account_id, actor, role)
        if takes_seat(role) and (not takes_seat(before) or invitation.expires_at <= clock.now()):
            seats.demand_seats(account_id, 1)
        invitation.role = role.value
        if inbox_ids is not None:
            invitation.inboxes = _inboxes(account_id, inbox_ids)
        invitation.save(update_fields=["role", "inboxes"])
        subject = ids.encode("ivt", invitation.pk)
        audit(
            account_id, balance.at, actor, "invitation.changed", subject=subject, before=before.value, after=role.value
        )


def resend(*, account_id: int, actor: Actor, invitation_id: int) -> None:
    """Send a fresh link, good for as long as a new one; older links end."""
    with entered(account_id) as balance:
        invitation = _open(account_id, invitation_id)
        role = Role(invitation.role)
        _demand_right(account_id, actor, role)
        _check_pace(account_id, 1)
        real = clock.now()
        if takes_seat(role) and invitation.expires_at <= real:
            seats.demand_seats(account_id, 1)
        invitation.version += 1
        invitation.sent_at, invitation.expires_at = real, real + timedelta(days=DAYS)
        invitation.save(update_fields=["version", "sent_at", "expires_at"])
        audit(account_id, balance.at, actor, "invitation.sent_again", subject=ids.encode("ivt", invitation.pk))
        _send(invitation, balance.at)


def revoke(*, account_id: int, actor: Actor, invitation_id: int) -> None:
    """Take an invitation back; its link is worth nothing from now on."""
    with entered(account_id) as balance:
        invitation = _open(account_id, invitation_id)
        _demand_right(account_id, actor, Role(invitation.role))
        invitation.revoked_at = clock.now()
        invitation.save(update_fields=["revoked_at"])
        audit(account_id, balance.at, actor, "invitation.revoked", subject=ids.encode("ivt", invitation.pk))


def accept(*, token: str, user_id: int) -> int:
    """Join with the link, as the login that the invitation was sent to; return the account's id. Again: the same.

    Raises Unknown (no such link, or a newer one was sent), Conflict (run out, revoked), Forbidden (another's
    invitation), SeatsFull.
    """
    account_id, invitation_id, version = read_token(token)
    with entered(account_id) as balance:
        user = User.objects.get(pk=user_id)
        invitation = Invitation.objects.get(account_id=account_id, pk=invitation_id)
        if invitation.email != user.email.lower():
            raise Forbidden(f"This invitation is for {invitation.email}. Sign in with that address.")
        if invitation.accepted_at is None:
            _demand_good(invitation, version)
            _join(invitation, user, balance.at)
        elif not Membership.objects.filter(user=user, account_id=account_id, removed_at=None).exists():
            raise Conflict("This invitation was used. Ask for a new one.")
    return account_id


def accept_new(*, token: str, name: str, password: str) -> int:
    """Join with a new login, for an address that has none: the link shows that the mailbox is theirs.

    Returns the user's id. Raises Conflict for an address with a login, Invalid (name, password), and what `accept`
    raises.
    """
    account_id, invitation_id, version = read_token(token)
    name = plain_name(name)
    with entered(account_id) as balance:
        invitation = Invitation.objects.get(account_id=account_id, pk=invitation_id)
        _demand_good(invitation, version)
        user = User.objects.filter(email__iexact=invitation.email).first() or User(email=invitation.email)
        if has_login(user):
            raise Conflict("There is a login with this address. Sign in, then accept.")
        user.name = name
        _set_password(user, password)
        EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
        _join(invitation, user, balance.at)
        return user.pk


def read_token(token: str) -> tuple[int, int, int]:
    """(account, invitation, version) of a link. Raises Unknown for one that we did not write."""
    try:
        written, _, version = _signer().unsign(token).rpartition(".")
        invitation_id = ids.decode("ivt", written)[0]
        account_id = Invitation.objects.values_list("account_id", flat=True).get(pk=invitation_id)
        return account_id, invitation_id, int(version)
    except (signing.BadSignature, ids.UnknownId, ValueError, Invitation.DoesNotExist):
        raise Unknown("There is no such invitation.") from None


def _signer() -> signing.Signer:
    return signing.Signer(salt="refill.invitation", sep="~")


def token_of(invitation: Invitation) -> str:
    """What stands in the link."""
    return _signer().sign(f"{ids.encode('ivt', invitation.pk)}.{invitation.version}")


def has_login(user: User) -> bool:
    """Whether somebody can sign in as this user already; the operator makes some without a password."""
    return user.pk is not None and bool(user.password) and user.has_usable_password()


def _set_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as fault:
        raise Invalid(" ".join(fault.messages), param="password") from None
    user.set_password(password)
    user.save()


def _join(invitation: Invitation, user: User, now: datetime) -> None:
    account_id, role = invitation.account_id, Role(invitation.role)
    if Membership.objects.filter(account_id=account_id, user=user, removed_at=None).exists():
        raise Conflict("You are a member of this account already.")
    if takes_seat(role):
        seats.demand_seats(account_id, 1, own=1)
    member = Membership.objects.create(account_id=account_id, user=user, role=role.value, created_at=now)
    living = Inbox.objects.filter(account_id=account_id, pk__in=invitation.inboxes, kind="shared", removed_at=None)
    for inbox in living if takes_seat(role) else ():
        InboxMember.objects.create(account_id=account_id, inbox=inbox, member=member, created_at=now)
    invitation.accepted_at, invitation.member = clock.now(), member
    invitation.save(update_fields=["accepted_at", "member"])
    actor, subject = ids.encode("usr", user.pk), ids.encode("mem", member.pk)
    after = {"role": role.value, "invitation": ids.encode("ivt", invitation.pk)}
    audit(account_id, now, actor, "member.added", subject=subject, after=after)
    emit(account_id, now, "member.added", member=member.pk, role=role.value)


def _send(invitation: Invitation, now: datetime) -> None:
    inviter = User.objects.filter(memberships=invitation.inviter).first() if invitation.inviter_id else None
    facts = {
        "by": inviter.name if inviter else "",
        "role": Role(invitation.role).label, "path": f"/join/{token_of(invitation)}",
        "expires_at": invitation.expires_at.isoformat(),
    }  # fmt: skip
    once = f"invitation {invitation.pk} {invitation.version}"
    mails.post(
        kind="invitation", account_id=invitation.account_id, at=now, to=[invitation.email], facts=facts, once=once
    )


def _open(account_id: int, invitation_id: int) -> Invitation:
    invitation = Invitation.objects.filter(account_id=account_id, pk=invitation_id).first()
    if invitation is None:
        raise Unknown("There is no such invitation in this account.")
    if invitation.accepted_at is not None:
        raise Conflict("This invitation was accepted. Change the member instead.")
    if invitation.revoked_at is not None:
        raise Conflict("This invitation was revoked. Make a new one.")
    return invitation


def _demand_good(invitation: Invitation, version: int) -> None:
    if invitation.version != version:
        raise Conflict("A newer mail was sent for this invitation. Use the link in that one.")
    if invitation.revoked_at is not None:
        raise Conflict("This invitation was taken back. Ask whoever invited you.")
    if invitation.accepted_at is not None:
        raise Conflict("This invitation was used. Sign in.")
    if invitation.expires_at <= clock.now():
        raise Conflict("This invitation has run out. Ask for a new one.")


def _demand_right(account_id: int, actor: Actor, role: Role) -> None:
    by = acting_role(account_id, actor) if actor.role else None
    if by is not None and not may_give(by, role):
        raise Forbidden("People are invited by Owner and Admins, never above their own rank.")


def _check_address(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid(f"{email[:100]} is not a mail address.", param="email") from None
    if len(email) > 254:
        raise Invalid("A mail address has at most 254 characters.", param="email")


def _check_new(account_id: int, emails: list[str]) -> None:
    there = Membership.objects.filter(account_id=account_id, removed_at=None, user__email__in=emails)
    if (email := there.values_list("user__email", flat=True).first()) is not None:
        raise Conflict(f"{email} is a member already.", param="email")
    waiting = Invitation.objects.filter(OPEN, account_id=account_id, email__in=emails)
    if (email := waiting.values_list("email", flat=True).first()) is not None:
        raise Conflict(f"{email} is invited already. Send that invitation again instead.", param="email")


def _check_pace(account_id: int, more: int) -> None:
    mine = Invitation.objects.filter(account_id=account_id)
    if mine.filter(OPEN).count() + more > MOST_OPEN:
        raise TooMany(f"At most {MOST_OPEN} invitations wait at once. Revoke some first.")
    if mine.filter(sent_at__gt=clock.now() - timedelta(days=1)).count() + more > MOST_MAILS_A_DAY:
        raise TooMany(f"At most {MOST_MAILS_A_DAY} invitations are sent a day. Try again tomorrow.")


def _inboxes(account_id: int, inbox_ids: Sequence[int]) -> list[int]:
    wanted = sorted(set(inbox_ids))
    shared = Inbox.objects.filter(account_id=account_id, pk__in=wanted, kind="shared", removed_at=None)
    if shared.count() != len(wanted):
        raise Invalid("Choose shared inboxes of this account.", param="inboxes")
    return wanted
