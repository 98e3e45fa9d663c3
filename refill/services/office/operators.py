"""Who works in the operator's office. Being an operator says nothing about any account (RULES §1)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from refill.domain import ids
from refill.domain.errors import Invalid, NothingToDo, Unknown
from refill.domain.records import Actor
from refill.gateways import clock
from refill.models import AuditRow, User
from refill.services.recording import audit


@dataclass(frozen=True, slots=True)
class Hired:
    """A new operator; `password` is set where the login was made now, and is told once."""

    user_id: int
    password: str | None


def add(*, email: str, name: str = "", actor: Actor) -> Hired:
    """Open the office to a login, made where there is none. The authenticator app is set up at the first visit.

    Raises Invalid for what is no mail address, NothingToDo for who is an operator already.
    """
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise Invalid("Write the whole mail address.", param="email") from None
    with transaction.atomic():
        user = User.objects.select_for_update().filter(email=address).first()
        password = None
        if user is None:
            password = secrets.token_urlsafe(15)
            user = User.objects.create_user(address, password, name=name.strip()[:200] or address.partition("@")[0])
            EmailAddress.objects.create(user=user, email=address, verified=True, primary=True)
        if user.is_staff:
            raise NothingToDo(f"{address} is an operator already.")
        user.is_staff = True
        user.save(update_fields=["is_staff"])
        audit(None, clock.now(), actor, "operator.added", subject=ids.encode("usr", user.pk))
        return Hired(user.pk, password)


def remove(*, email: str, actor: Actor) -> None:
    """Close the office to a login, from its next request on. Raises Unknown for who is no operator."""
    with transaction.atomic():
        user = User.objects.select_for_update().filter(email=email.strip().lower(), is_staff=True).first()
        if user is None:
            raise Unknown("There is no such operator.", param="email")
        user.is_staff = False
        user.save(update_fields=["is_staff"])
        audit(None, clock.now(), actor, "operator.removed", subject=ids.encode("usr", user.pk))


def everybody() -> list[str]:
    """Return the operators' mail addresses."""
    return list(User.objects.filter(is_staff=True, is_active=True).order_by("email").values_list("email", flat=True))


def give_authenticator(*, email: str, secret: str) -> None:
    """Set up the authenticator app of the demo's operators, whose secret the demo shows. Raises Unknown."""
    with transaction.atomic():
        user = User.objects.select_for_update().filter(email=email, is_staff=True).first()
        if user is None:
            raise Unknown("There is no such operator.", param="email")
        Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).delete()
        TOTP.activate(user, secret)


def looked(*, operator: Actor, account_id: int) -> None:
    """Keep that an operator looked into an account: one row an hour, which its own people may read too."""
    now = clock.now()
    with transaction.atomic():
        lately = AuditRow.objects.filter(
            account_id=account_id, actor=operator.label, action="operator.looked", at__gt=now - timedelta(hours=1)
        )
        if not lately.exists():
            audit(account_id, now, operator, "operator.looked")


def exported(*, operator: Actor, what: str) -> None:
    """Keep that an operator took rows out."""
    with transaction.atomic():
        audit(None, clock.now(), operator, "operator.exported", subject=what[:64])
