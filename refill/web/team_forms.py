"""Forms of the pages about the team and its inboxes."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from refill.domain.roles import Role, givable

SAYS = {
    Role.ADMIN: "everything but ownership",
    Role.MANAGER: "inboxes, the whole statement, texts",
    Role.MEMBER: "texts, and their own statement",
    Role.OBSERVER: "reads; free, takes no seat",
}


def role_choices(actor: Role) -> list[tuple[str, str]]:
    """The roles that the actor may give, with what each is for."""
    return [(role.value, f"{role.label}: {SAYS[role]}") for role in givable(actor)]


class InviteForm(forms.Form):
    """Some people at once."""

    emails = forms.CharField(
        label="Mail addresses", max_length=15_000,
        help_text="One or several, separated by commas or lines; at most 50.",
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    role = forms.ChoiceField(label="Role", widget=forms.RadioSelect)
    inboxes = forms.MultipleChoiceField(
        label="Shared inboxes", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="Where they will work. Can be changed later.",
    )  # fmt: skip

    def __init__(self, actor: Role, inboxes: tuple[tuple[int, str, str], ...], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = role_choices(actor)  # type: ignore[attr-defined]
        self.fields["inboxes"].choices = [(str(pk), name) for pk, _, name in inboxes]  # type: ignore[attr-defined]

    @property
    def addresses(self) -> list[str]:
        return [word for word in re.split(r"[\s,;]+", self.cleaned_data["emails"]) if word]


class InvitationForm(InviteForm):
    """What an open invitation gives."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["emails"]


class JoinForm(forms.Form):
    """A new login, for who is invited and has none."""

    name = forms.CharField(label="Your name", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label="Password", max_length=256, help_text="At least 12 characters.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip


class InboxForm(forms.Form):
    """An inbox: its name, its kind while it is new, and who works in it."""

    name = forms.CharField(
        label="Name", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="As your team calls it: Front desk, Sales, Reminders.",
    )  # fmt: skip
    kind = forms.ChoiceField(
        label="Kind", widget=forms.RadioSelect,
        choices=[("shared", "Shared: several people work in it"), ("personal", "Personal: of one member")],
    )  # fmt: skip
    members = forms.MultipleChoiceField(label="Who works in it", required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, people: list[tuple[str, str]], *args: Any, is_new: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["members"].choices = people  # type: ignore[attr-defined]
        if not is_new:
            del self.fields["kind"]


class NumberForm(forms.Form):
    """What a number is called, and which inbox it leads to."""

    name = forms.CharField(
        label="Name", max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="As your team calls it.",
    )  # fmt: skip
    inbox = forms.ChoiceField(label="Inbox", required=False, help_text="Texts to this number arrive there.")

    def __init__(self, inboxes: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["inbox"].choices = [("", "None yet"), *inboxes]  # type: ignore[attr-defined]
