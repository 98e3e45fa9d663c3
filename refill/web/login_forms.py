"""The sign-in library's forms in our words: labels that say what is meant, and no words inside empty fields."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as library
from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from allauth.mfa.base import forms as codes
from allauth.mfa.totp.forms import ActivateTOTPForm
from django.http import HttpRequest, HttpResponse

from refill.services.team import entrances

LABELS = {
    "login": "Mail address",
    "email": "Mail address",
    "remember": "Stay signed in on this device",
    "oldpassword": "Your password now",
}
CODE_LABELS = {"code": "Code"}
NEW_LABELS = {"password1": "New password", "password2": "New password, again"}


class _Worded:
    """Before a form of the library: rewords its fields once they are made."""

    labels = LABELS
    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)


class LoginForm(_Worded, library.LoginForm):
    """The page itself has the link to a new password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


class SignupForm(_Worded, library.SignupForm):
    """Asks for a login. The same is done for every address, so that neither answer nor time tells who has one."""

    def validate_unique_email(self, value: str) -> str:
        return value

    def try_save(self, request: HttpRequest) -> tuple[None, HttpResponse]:
        """Nobody yet, and the page that leads into the mail."""
        email, adapter = self.cleaned_data["email"], get_adapter()
        if ratelimit.consume(request, action="confirm_email", key=email):
            name, password = self.cleaned_data["name"], self.cleaned_data["password1"]
            entrances.ask_login(email=email, name=name, password=password)
        return None, adapter.respond_email_verification_sent(request, None)


class AddEmailForm(_Worded, library.AddEmailForm):
    pass


class ResetPasswordForm(_Worded, library.ResetPasswordForm):
    """Asks for a new password, with the same work for every address."""

    def clean_email(self) -> str:
        email: str = get_adapter().clean_email(self.cleaned_data["email"].lower())
        return email

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        email: str = self.cleaned_data["email"]
        entrances.ask_password(email)
        return email


class ReauthenticateForm(_Worded, library.ReauthenticateForm):
    pass


class ChangePasswordForm(_Worded, library.ChangePasswordForm):
    labels = LABELS | NEW_LABELS


class ResetPasswordKeyForm(_Worded, library.ResetPasswordKeyForm):
    labels = LABELS | NEW_LABELS


class CodeForm(_Worded, codes.AuthenticateForm):
    labels = CODE_LABELS


class CodeAgainForm(_Worded, codes.ReauthenticateForm):
    labels = CODE_LABELS


class FirstCodeForm(_Worded, ActivateTOTPForm):
    labels = {"code": "Code that the app shows"}
