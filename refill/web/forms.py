"""Forms of the pages about people."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from refill.domain.calendars import valid_zone
from refill.domain.events import FAMILIES
from refill.domain.roles import Role
from refill.web.addresses import sensible

SCOPE_WORDS = [
    ("read", "Read"),
    ("send", "Send: spend and hold credits"),
    ("billing", "Billing: plan, packs, cards"),
    ("develop", "Develop: keys and webhooks"),
]
COMMON_ZONES = [
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Toronto",
    "America/Sao_Paulo",
    "Europe/London",
    "Europe/Dublin",
    "Europe/Lisbon",
    "Europe/Berlin",
    "Europe/Paris",
    "Europe/Madrid",
    "Europe/Rome",
    "Europe/Amsterdam",
    "Europe/Warsaw",
    "Europe/Athens",
    "Europe/Istanbul",
    "Africa/Lagos",
    "Africa/Johannesburg",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Pacific/Auckland",
    "UTC",
]


def near_day(on: date) -> None:
    """A validator of fields for days and instants."""
    if not sensible(on):
        raise forms.ValidationError("Choose a day of this century.")


def _name() -> forms.CharField:
    return forms.CharField(label="Your name", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))


class ProfileForm(forms.Form):
    name = _name()


class StartForm(forms.Form):
    """A first account of one's own."""

    team = forms.CharField(
        label="Name of your team", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    zone = forms.ChoiceField(
        label="Time zone",
        choices=[(zone, zone.replace("_", " ")) for zone in COMMON_ZONES],
        help_text="Periods begin and end by the clock of this place.",
    )

    def clean_zone(self) -> str:
        zone: str = self.cleaned_data["zone"]
        if not valid_zone(zone):
            raise forms.ValidationError("Choose a place of the list.")
        return zone


class AskForm(forms.Form):
    """Asking those who may."""

    kind = forms.ChoiceField(
        label="What do you need?",
        choices=[
            ("credits", "More credits"), ("plan", "Another plan"), ("role", "Another role for me"),
            ("change", "Something else that only admins may do"),
        ],
        widget=forms.RadioSelect,
    )  # fmt: skip
    role = forms.ChoiceField(
        label="Which role?",
        choices=[("", "Not about a role"), ("member", "Member"), ("manager", "Manager"), ("admin", "Admin")],
        required=False,
    )
    note = forms.CharField(
        label="What is it for?",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One sentence is enough: how many credits, and until when.",
    )
    right = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)


class SayForm(forms.Form):
    """A further message of a thread. `once` makes a form sent twice one message."""

    body = forms.CharField(label="Your message", max_length=5_000, strip=True, widget=forms.Textarea(attrs={"rows": 3}))
    once = forms.RegexField(r"^[0-9a-f]{32}$", widget=forms.HiddenInput)


class HelpForm(SayForm):
    """The first message, and whether what was shown goes along."""

    body = forms.CharField(
        label="What is it about?",
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="If a page showed a number that starts with req_, send it along. Never a card number or a password.",
    )
    along = forms.BooleanField(label="Send these facts along", required=False)
    channel = forms.ChoiceField(choices=[("chat", "Chat"), ("mail", "Mail")], widget=forms.HiddenInput)


class GiveBackForm(forms.Form):
    """Credits of one usage that an operator gives back."""

    credits = forms.IntegerField(label="How many credits", min_value=1, max_value=100_000_000)
    reason = forms.CharField(
        label="Reason", max_length=500, help_text="One sentence. The customer reads it in the statement."
    )


class CorrectionForm(forms.Form):
    """Credits that an operator gives, or takes back from what operators gave."""

    direction = forms.ChoiceField(
        label="What to do",
        choices=[("give", "Give credits"), ("take", "Take back what operators gave")],
        widget=forms.RadioSelect,
        initial="give",
    )
    credits = forms.IntegerField(label="How many credits", min_value=1, max_value=100_000_000)
    source = forms.ChoiceField(
        label="As", choices=[("adjustment", "Correction"), ("promotion", "Gift")], required=False
    )
    ends_on = forms.DateField(
        label="They end on",
        required=False,
        validators=[near_day],
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="At midnight, in the account’s time zone. Left open, they never end.",
    )
    grant = forms.ChoiceField(label="Take back from", required=False)
    reason = forms.CharField(
        label="Reason", max_length=500, help_text="One sentence. The customer reads it in the statement."
    )

    def __init__(self, *args: Any, grants: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["grant"].choices = [("", "–"), *grants]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        found["source"] = found.get("source") or "adjustment"
        if found.get("direction") == "take" and not found.get("grant") and "grant" not in self.errors:
            self.add_error("grant", "Choose what to take back from.")
        return found


class KeyForm(forms.Form):
    """A key to be, never above the role of who makes it."""

    name = forms.CharField(label="Name", max_length=200, help_text="What will use it, as in “sender, production”.")
    role = forms.ChoiceField(label="Acts as", help_text="It may do what this role may.")
    scopes = forms.MultipleChoiceField(
        label="May only", required=False, widget=forms.CheckboxSelectMultiple, choices=SCOPE_WORDS,
        help_text="Choose none to let it do all that its role may.",
    )  # fmt: skip
    days = forms.ChoiceField(
        label="Ends", required=False,
        choices=[("", "Never"), ("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year")],
    )  # fmt: skip

    def __init__(self, role: Role, data: Any = None) -> None:
        super().__init__(data)
        choices = [(one.value, one.label) for one in reversed(Role) if one <= role]
        self.fields["role"].choices = choices  # type: ignore[attr-defined]
        self.initial["role"] = Role.MEMBER.value


class EndpointForm(forms.Form):
    """An address that hears of events."""

    url = forms.CharField(
        label="Address", max_length=2_000, help_text="As in https://example.com/refill, on the public internet.",
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    description = forms.CharField(label="Note", max_length=200, required=False)
    kinds = forms.MultipleChoiceField(
        label="Hears of", required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(family, family.partition(".")[0].replace("_", "-").capitalize()) for family in FAMILIES],
        help_text="Choose none to send everything.",
    )  # fmt: skip


class CloseForm(forms.Form):
    """The account's name, typed to confirm."""

    name = forms.CharField(
        label="Type the name of the account to confirm",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
