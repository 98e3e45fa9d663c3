"""What the sign-up asks besides mail address and password. Apart from `forms`, since the library's forms load it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest

from refill.domain.errors import Invalid
from refill.services.team import profiles


class SignupForm(forms.Form):
    """The name that others see."""

    name = forms.CharField(label="Your name", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    field_order = ["name", "email", "password1"]

    def clean_name(self) -> str:
        try:
            return profiles.plain_name(self.cleaned_data["name"])
        except Invalid as fault:
            raise forms.ValidationError(fault.detail) from None

    def signup(self, request: HttpRequest, user: Any) -> None:
        """The library wants one; the worker makes the login."""
