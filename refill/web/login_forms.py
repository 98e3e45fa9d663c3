"""The sign-in library's forms in our words: labels that say what is meant, and no words inside empty fields."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as library

LABELS = {
    "login": "Mail address",
    "email": "Mail address",
    "remember": "Stay signed in on this device",
    "oldpassword": "Your password now",
}
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
    pass


class AddEmailForm(_Worded, library.AddEmailForm):
    pass


class ResetPasswordForm(_Worded, library.ResetPasswordForm):
    pass


class ReauthenticateForm(_Worded, library.ReauthenticateForm):
    pass


class ChangePasswordForm(_Worded, library.ChangePasswordForm):
    labels = LABELS | NEW_LABELS


class ResetPasswordKeyForm(_Worded, library.ResetPasswordKeyForm):
    labels = LABELS | NEW_LABELS
