"""What the operator can change: every policy of RULES, with its default, its bounds and its sentence.

`SPECS` is the one table: `parse` and `as_dict` read and write by it, help pages print its sentences, so that
the words come from the same row that the code reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from refill.domain.policy_specs import (
    DEFAULT_RATES,
    EVERYWHERE,
    Direction,
    Fault,
    Kind,
    PolicyFaults,
    Rate,
    ShowMoney,
    Spec,
    StepPrice,
    choice,
    ladder,
    price,
    read_rates,
    read_tax,
    say_rates,
    say_tax,
    whole,
    write_rates,
    write_tax,
)
from refill.domain.taxes import NO_TAX, Tax

__all__ = [
    "SPECS",
    "Fault",
    "Policy",
    "PolicyFaults",
    "Rate",
    "StepPrice",
    "Tax",
    "as_dict",
    "explain",
    "parse",
    "rate",
]


_SEAT = StepPrice(1_000, 10_000)
_NUMBER = StepPrice(500, 5_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of all policies. A period keeps the version in force when it began."""

    hold_grace_hours: int = 72
    reverse_after_end: Literal["expire", "regrant"] = "expire"
    allowance_every: Literal["period", "month"] = "period"
    renewal_advance_percent: int = 10
    undecided_hours: int = 72
    needs_action_hours: int = 24
    upgrade: Literal["prorate", "full_difference", "restart"] = "prorate"
    quote_minutes: int = 30
    keep_purchased_months: int = 12
    read_only_days: int = 30
    trial_days: int = 14
    trial_credits: int = 100
    dunning_days: tuple[int, ...] = (0, 1, 3, 5, 7, 10, 14)
    annual_notice_days: int = 30
    low_percents: tuple[int, ...] = (20, 10, 0)
    inbound_at_zero: Literal["accept_and_owe", "accept_and_hide", "block"] = "accept_and_owe"
    seat_price_minor: StepPrice = _SEAT
    number_price_minor: StepPrice = _NUMBER
    number_minimum_days: int = 7
    add_on_removal: Literal["at_renewal", "credit"] = "at_renewal"
    money_sign_in_hours: int = 12
    strong_sign_in_minutes: int = 15
    correction_limit: int = 5_000
    tax: Tax = NO_TAX
    rate_card: tuple[Rate, ...] = DEFAULT_RATES
    _rates: dict[tuple[str, str, str], Rate] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        rows = DEFAULT_RATES + self.rate_card
        found = {(row.country, row.direction, row.kind): row for row in rows}
        object.__setattr__(self, "_rates", found)

    def rate_of(self, kind: Kind, direction: Direction, country: str | None) -> Rate:
        """Return the row for this country, or else the row for everywhere. RULES §7.2."""
        rates = self._rates
        return rates.get((country or EVERYWHERE, direction, kind)) or rates[EVERYWHERE, direction, kind]


def rate(policy: Policy, *, kind: Kind, direction: Direction, country: str | None, parts: int) -> int:
    """Return the credits that one message, call or lookup costs; no country means everywhere. RULES §7.2.

    Raises ValueError for fewer than no parts.
    """
    if parts < 0:
        raise ValueError("parts are zero or more")
    row = policy.rate_of(kind, direction, country)
    return row.credits * parts if row.per_part else row.credits


SPECS: tuple[Spec, ...] = (
    whole("hold_grace", "hour", 0, 8_760, "§2.8",
          "Credits held when their grant ends can still be used by what holds them for {value}.",
          "hold_grace_hours"),
    choice("reverse_after_end", "§2.9", {
        "expire": "Credits given back after their grant has ended expire with it.",
        "regrant": "Credits given back after their grant has ended last until the current period ends."}),
    choice("allowance_every", "§3.4", {
        "period": "The plan’s credits are granted for the whole period, at its start.",
        "month": "The plan’s credits are granted month by month, also on an annual plan."}),
    whole("renewal_advance", "%", 0, 100, "§3.5",
          "While a renewal is being paid, {value} of one month’s credits are there already.",
          "renewal_advance_percent"),
    whole("undecided_hours", "hour", 1, 720, "§3.5",
          "A renewal payment without an outcome after {value} makes the account past due."),
    whole("needs_action_hours", "hour", 1, 720, "§3.5",
          "A payment that the bank wants confirmed waits {value} for you."),
    choice("upgrade", "§4.3", {
        "prorate": "An upgrade costs, and gives, the difference for the rest of the period; the date stays.",
        "full_difference": "An upgrade costs and gives the full difference; the date stays.",
        "restart": "An upgrade begins a new period at once; what is left of the old one is credited."}),
    whole("quote_minutes", "minute", 1, 1_440, "§4.1", "An offer stands for {value}."),
    whole("keep_purchased_months", "month", 1, 120, "§4.7",
          "After cancelling, bought credits are kept for {value}."),
    whole("read_only_days", "day", 1, 365, "§4.7",
          "After cancelling, everything can be read for {value}; then texts and contacts are deleted."),
    whole("trial_days", "day", 1, 365, "§4.8", "A trial lasts {value} and never charges by itself."),
    whole("trial_credits", "credit", 0, 1_000_000, "§4.8", "A trial comes with {value}."),
    ladder("dunning_days", 1, 90, "§9.4",
           "A failed renewal is tried on days {value}; after the last, sending stops and data stays."),
    whole("annual_notice", "day", 1, 90, "§9.4", "A year’s renewal is announced by mail {value} before.",
          "annual_notice_days"),
    ladder("low_percents", -1, 99, "§6.1", "Warnings come when {value} percent of the credits are left."),
    choice("inbound_at_zero", "§6.3", {
        "accept_and_owe": "Texts still come in at zero; what they cost is owed, up to one month’s credits.",
        "accept_and_hide": "Texts still come in at zero, and are shown once there are credits.",
        "block": "At zero, texts that come in are not kept."}),
    price("seat_price_minor", "§4 Add-ons", "A further seat is {value}."),
    price("number_price_minor", "§4 Add-ons", "A further phone number is {value}."),
    whole("number_minimum_days", "day", 0, 365, "§4 Add-ons",
          "A phone number is charged for at least {value}."),
    choice("add_on_removal", "§4 Add-ons", {
        "at_renewal": "A removed seat or number is paid until the renewal, and not after.",
        "credit": "A removed seat or number is credited for the time left."}),
    whole("money_sign_in_hours", "hour", 1, 720, "§8",
          "Paying needs a sign-in or password within the last {value}."),
    whole("strong_sign_in_minutes", "minute", 1, 720, "§8",
          "Keys, roles and ownership need a sign-in or password within the last {value}."),
    Spec("tax", "tax", "§4.1", "rate_basis_points from 0 to 10,000, and inclusive", "Tax: {value}.",
         read_tax, write_tax, say_tax),
    whole("correction_limit", "credit", 0, 100_000_000, "§2",
          "An operator corrects at most {value} alone; above that a second one agrees."),
    Spec("rate_card", "rate_card", "§7.2", "a list of rates", "{value}.", read_rates, write_rates, say_rates),
)  # fmt: skip
_SPECS_BY_NAME = {spec.name: spec for spec in SPECS}


def parse(values: Mapping[str, Any]) -> Policy:
    """Return the policy of a JSON-like mapping; what it leaves out has its default.

    Raises PolicyFaults with every unknown name and every value out of bounds.
    """
    faults = [Fault(str(name), "no such policy") for name in values if name not in _SPECS_BY_NAME]
    fields: dict[str, Any] = {}
    for name, value in values.items():
        if name in _SPECS_BY_NAME:
            spec = _SPECS_BY_NAME[name]
            try:
                fields[spec.field] = spec.read(value, name)
            except PolicyFaults as wrong:
                faults.extend(wrong.faults)
    if faults:
        raise PolicyFaults(faults)
    return Policy(**fields)


def as_dict(policy: Policy) -> dict[str, Any]:
    """Return all policies by name, ready for JSON; `parse` reads it back."""
    return {spec.name: spec.write(getattr(policy, spec.field)) for spec in SPECS}


def explain(policy: Policy, show_money: ShowMoney) -> dict[str, str]:
    """Return the sentence of each policy, made from its value; `show_money` writes minor units."""
    return {spec.name: spec.sentence.format(value=spec.say(getattr(policy, spec.field), show_money)) for spec in SPECS}
