"""Forms of conversations and broadcasts."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms

from refill.domain.calendars import local_instant
from refill.domain.recipients import BadList, Line, read_csv
from refill.queries.pages.conversations import OwnNumber
from refill.web import formats
from refill.web.forms import near_day

MOST_LIST_BYTES = 2 * 1024 * 1024
PACES = (("60", "60 a minute"), ("600", "600 a minute"), ("3000", "3,000 a minute"))
_BODY = {"rows": 4, "autocomplete": "off", "maxlength": 5_000}


def _numbers(numbers: Sequence[OwnNumber]) -> list[tuple[int, str]]:
    return [(own.id, ", ".join(filter(None, (own.name, formats.phone(own.e164))))) for own in numbers]


class TextForm(forms.Form):
    """A text: `once` makes a second press the same text."""

    use_required_attribute = False
    once = forms.CharField(widget=forms.HiddenInput, max_length=64)
    number = forms.TypedChoiceField(label="From", coerce=int)
    to = forms.CharField(
        label="To", max_length=64, help_text="A phone number, as in (202) 555-0123 or +1 202 555 0123.",
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )  # fmt: skip
    body = forms.CharField(label="Text", strip=False, widget=forms.Textarea(attrs=_BODY))
    picture = forms.CharField(
        label="Address of a picture", required=False, max_length=2_000, help_text="With a picture it is an MMS.",
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
    )  # fmt: skip
    send_at = forms.DateTimeField(
        label="Send later", required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], validators=[near_day],
    )  # fmt: skip
    wait = forms.BooleanField(label="If credits are short, keep it waiting", required=False)

    def __init__(self, *args: Any, numbers: Sequence[OwnNumber], zone: str, reply: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {})
        kwargs["initial"].setdefault("once", secrets.token_hex(16))
        super().__init__(*args, **kwargs)
        self.zone = zone
        self.fields["number"].choices = _numbers(numbers)  # type: ignore[attr-defined]
        self.fields["send_at"].help_text = f"By the clock of {formats.place(zone)}."
        # A picture may go without words.
        self.fields["body"].required = not self.data.get("picture")
        if reply:
            del self.fields["number"], self.fields["to"]

    @property
    def pictures(self) -> list[str]:
        found = self.cleaned_data.get("picture", "")
        return [found] if found else []

    @property
    def at(self) -> datetime | None:
        """The instant of `send_at`, which is written as a wall clock."""
        wall = self.cleaned_data.get("send_at")
        return local_instant(wall.replace(tzinfo=None), self.zone) if wall else None


class BroadcastForm(forms.Form):
    """A broadcast: a list pasted or as a file."""

    name = forms.CharField(label="Name", max_length=200, help_text="For you; recipients do not see it.")
    number = forms.TypedChoiceField(label="From", coerce=int)
    body = forms.CharField(
        label="Text", strip=False, widget=forms.Textarea(attrs=_BODY),
        help_text="{{first_name}} puts in a column of your list; {{first_name|there}} says “there” where it is empty.",
    )  # fmt: skip
    file = forms.FileField(
        label="List as a CSV file", required=False, help_text="A column named phone, and more for merge fields.",
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv,text/plain"}),
    )  # fmt: skip
    rows = forms.CharField(
        label="Or paste it", required=False, strip=False, max_length=MOST_LIST_BYTES,
        widget=forms.Textarea(attrs={"rows": 5, "class": "mono", "spellcheck": "false"}),
    )  # fmt: skip
    pace = forms.TypedChoiceField(label="Pace", coerce=int, choices=PACES, initial="600")

    def __init__(self, *args: Any, numbers: Sequence[OwnNumber], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].choices = _numbers(numbers)  # type: ignore[attr-defined]
        self.lines: list[Line] = []

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        sent = found.get("file")
        try:
            if sent is not None and sent.size > MOST_LIST_BYTES:
                raise BadList("The file is too large: at most 2 MB.")
            text = sent.read().decode("utf-8-sig") if sent is not None else found.get("rows", "")
            self.lines = read_csv(text)
        except UnicodeDecodeError:
            self.add_error("file", "This is not a text file in UTF-8. Save it as CSV (UTF-8).")
        except BadList as bad:
            self.add_error("file" if sent is not None else "rows", str(bad))
        return found
