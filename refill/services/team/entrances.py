"""The door for strangers: asking costs the same for every address, and the worker answers by mail."""

from __future__ import annotations

import secrets

import structlog
from allauth.account.forms import default_token_generator
from allauth.account.internal.userkit import filter_users_by_email
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import DatabaseError, transaction
from django.template.loader import render_to_string
from django.urls import reverse

from refill.gateways import clock
from refill.models import Entrance, User
from refill.services.mail import mails
from refill.services.mail.letters import WRITTEN
from refill.services.waking import wake_worker

log = structlog.get_logger("refill.entrances")
MOST_AT_ONCE = 20


def ask_password(email: str) -> None:
    """Ask for a new password for the login of this address, if there is one."""
    _ask(Entrance.Kind.RESET, email)


def ask_login(*, email: str, name: str, password: str) -> None:
    """Ask for a login. Name and password are checked by whoever asks; the password is kept as its hash alone."""
    _ask(Entrance.Kind.SIGN_UP, email, name=name, password=make_password(password))


def answer_due() -> int:
    """Answer what was asked, the oldest first, a few at a time; return how many."""
    answered = 0
    while answered < MOST_AT_ONCE and _answer_next():
        answered += 1
    return answered


def _ask(kind: Entrance.Kind, email: str, **facts: str) -> None:
    with transaction.atomic(durable=True):
        Entrance.objects.create(kind=kind, email=email.strip().lower(), asked_at=clock.now(), **facts)
        wake_worker()


def _answer_next() -> bool:
    """Answer the oldest that nobody else is at; false where there is none."""
    with transaction.atomic(durable=True):
        asked = Entrance.objects.select_for_update(skip_locked=True).order_by("id").first()
        if asked is None:
            return False
        try:
            with transaction.atomic():
                _ANSWERS[Entrance.Kind(asked.kind)](asked)
        except DatabaseError:
            raise
        except Exception:
            # They can ask again; the others must not wait for what cannot be answered.
            log.exception("entrance_failed", entrance=asked.pk, kind=asked.kind)
        asked.delete()
    return True


def _answer_password(asked: Entrance) -> None:
    users = filter_users_by_email(asked.email, is_active=True, prefer_verified=True, for_login=True)
    if not users:
        _write(asked.email, "unknown_account", signup_url=_link("account_signup"))
    for user in users:
        key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
        link = _link("account_reset_password_from_key", uidb36="UID", key="KEY").replace("UID-KEY", key)
        _write(asked.email, "password_reset_key", password_reset_url=link)


def _answer_sign_up(asked: Entrance) -> None:
    if filter_users_by_email(asked.email):
        _write(asked.email, "account_already_exists", password_reset_url=_link("account_reset_password"))
        return
    user = User.objects.create(email=asked.email, name=asked.name, password=asked.password)
    address = EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
    _write(
        asked.email, "email_confirmation",
        activate_url=_link("account_confirm_email", key=EmailConfirmationHMAC.create(address).key),
    )  # fmt: skip


_ANSWERS = {Entrance.Kind.RESET: _answer_password, Entrance.Kind.SIGN_UP: _answer_sign_up}


def _link(name: str, **parts: str) -> str:
    return f"{settings.BASE_URL}{reverse(name, kwargs=parts or None)}"


def _write(to: str, template: str, **facts: str) -> None:
    said = {
        part: render_to_string(f"account/email/{template}_{part}.txt", {"email": to, **facts}).strip()
        for part in ("subject", "message")
    }
    mails.post(
        kind=WRITTEN, account_id=None, at=clock.now(), to=[to],
        facts={"subject": said["subject"], "text": said["message"]}, once=f"written {secrets.token_hex(16)}",
    )  # fmt: skip
