"""Forms about invoices and money that goes back."""

from __future__ import annotations

from django import forms

from refill.services.invoicing.countries import COUNTRIES


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
