"""Forms about invoices and money that goes back."""

from __future__ import annotations

from django import forms

from refill.domain.taxes import read_percent
from refill.services.invoicing.countries import COUNTRIES
from refill.web.forms import near_day

MODES = {"both": "Live and test", "live": "Live alone", "test": "Test alone"}


class BillingDetailsForm(forms.Form):
    """Whom future invoices name."""

    is_all_optional = True

    name = forms.CharField(
        label="Name on invoices", max_length=200, required=False, help_text="Empty: the name of the account.",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )  # fmt: skip
    line1 = forms.CharField(
        label="Address", max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "address-line1"})
    )
    line2 = forms.CharField(
        label="Address, second line", max_length=200, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-line2"}),
    )  # fmt: skip
    postal_code = forms.CharField(
        label="Postal code", max_length=32, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "class": "short"}),
    )  # fmt: skip
    city = forms.CharField(
        label="City", max_length=100, required=False, widget=forms.TextInput(attrs={"autocomplete": "address-level2"})
    )
    region = forms.CharField(
        label="State or region", max_length=100, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-level1"}),
    )  # fmt: skip
    country = forms.ChoiceField(
        label="Country", required=False, choices=[("", "None"), *COUNTRIES.items()],
        widget=forms.Select(attrs={"autocomplete": "country"}),
    )  # fmt: skip
    tax_id = forms.CharField(
        label="Tax id", max_length=32, required=False, help_text="VAT id, EIN, ABN, … of a business in that country.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    emails = forms.CharField(
        label="Mail invoices to", max_length=1_500, required=False,
        help_text="Up to five addresses, one a line. Owners and Admins get them anyway.",
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )  # fmt: skip


class RefundForm(forms.Form):
    """What to give back of a payment."""

    reason = forms.ChoiceField(
        label="Why", initial="customer", widget=forms.RadioSelect,
        choices=[
            ("customer", "The customer wishes it: the rule decides the sum"),
            ("operator", "Our fault: we decide the sum"),
        ],
    )  # fmt: skip
    amount = forms.CharField(
        label="How much", max_length=24, required=False,
        help_text="Only for our fault. With tax, as in 12.50; empty gives back all that is left.",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "short"}),
    )  # fmt: skip
    keep_credits = forms.BooleanField(label="Leave the credits to the customer (only for our fault)", required=False)
    note = forms.CharField(label="Note for the audit", max_length=500, required=False)


class BookingForm(forms.Form):
    """How a refund that was made at the provider is booked."""

    is_all_optional = True

    keep_credits = forms.BooleanField(label="Leave the credits to the customer", required=False)
    note = forms.CharField(label="Note for the audit", max_length=500, required=False)


class TaxRateForm(forms.Form):
    """A further row of the tax table."""

    country = forms.ChoiceField(label="Country", choices=[("", "Choose"), *COUNTRIES.items()])
    name = forms.CharField(
        label="Name", max_length=40, initial="VAT", help_text="As invoices say it: VAT, GST, Sales tax.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "short"}),
    )  # fmt: skip
    rate = forms.CharField(
        label="Rate in percent", max_length=8, help_text="As in 19 or 8.25. 0 charges none.",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "short"}),
    )  # fmt: skip
    inclusive = forms.BooleanField(label="Prices hold it already", required=False)
    reverse_charge = forms.BooleanField(
        label="Businesses with a tax id of that country owe it themselves (reverse charge)", required=False
    )
    starts_on = forms.DateField(
        label="In force from", required=False, validators=[near_day],
        help_text="Midnight UTC of that day. Empty: from now on.",
        widget=forms.DateInput(attrs={"type": "date", "class": "short"}),
    )  # fmt: skip
    mode = forms.ChoiceField(label="For", choices=list(MODES.items()))

    def clean_rate(self) -> str:
        """A percentage from 0 to 100, with two digits after the point at most."""
        sent: str = self.cleaned_data["rate"]
        if read_percent(sent) is None:
            raise forms.ValidationError("A percentage from 0 to 100, as in 19 or 8.25.")
        return sent


class WordForm(forms.Form):
    """What the provider's dashboard shows of a charge."""

    outcome = forms.ChoiceField(
        label="The payment", widget=forms.RadioSelect,
        choices=[("succeeded", "is there, and paid"), ("declined", "is not there, or was declined")],
    )  # fmt: skip
    reference = forms.CharField(
        label="Its name at the provider", max_length=200, required=False, help_text="As in pi_3P…, where it is paid.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    note = forms.CharField(label="Where you saw it", max_length=200)
