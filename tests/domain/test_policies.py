"""Policies: the defaults of RULES, bounds that hold, words made from the values."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refill.domain.policies import (
    SPECS,
    Fault,
    Policy,
    PolicyFaults,
    Rate,
    StepPrice,
    Tax,
    as_dict,
    explain,
    parse,
    rate,
)

DEFAULTS: dict[str, Any] = {
    "hold_grace": 72,
    "reverse_after_end": "expire",
    "allowance_every": "period",
    "renewal_advance": 10,
    "undecided_hours": 72,
    "needs_action_hours": 24,
    "upgrade": "prorate",
    "quote_minutes": 30,
    "keep_purchased_months": 12,
    "read_only_days": 30,
    "trial_days": 14,
    "trial_credits": 100,
    "dunning_days": [0, 1, 3, 5, 7, 10, 14],
    "annual_notice": 30,
    "low_percents": [20, 10, 0],
    "inbound_at_zero": "accept_and_owe",
    "seat_price_minor": {"month": 1_000, "year": 10_000},
    "number_price_minor": {"month": 500, "year": 5_000},
    "number_minimum_days": 7,
    "add_on_removal": "at_renewal",
    "money_sign_in_hours": 12,
    "strong_sign_in_minutes": 15,
    "tax": {"rate_basis_points": 0, "inclusive": False},
    "correction_limit": 5_000,
}


def row(**changes: Any) -> dict[str, Any]:
    return {"country": "*", "direction": "out", "kind": "text", "credits": 1, "per_part": True} | changes


def faults_of(values: dict[str, Any]) -> list[str]:
    with pytest.raises(PolicyFaults) as refused:
        parse(values)
    return [fault.name for fault in refused.value.faults]


def test_nothing_given_is_the_defaults_of_the_rules() -> None:
    found = as_dict(parse({}))
    assert found.pop("rate_card") == [
        row(
            kind=kind,
            direction=direction,
            credits=3 if kind == "mms" else 1,
            per_part=kind in ("text", "call", "other"),
        )
        for kind in ("text", "mms", "call", "transcript", "lookup", "other")
        for direction in ("out", "in")
    ]
    assert found == DEFAULTS
    assert parse({}) == Policy()


def test_what_is_written_as_json_is_read_back() -> None:
    policy = parse(
        {
            "upgrade": "restart",
            "renewal_advance": 0,
            "dunning_days": [0, 2],
            "seat_price_minor": {"month": 700, "year": 7_000},
            "tax": {"rate_basis_points": 1_900, "inclusive": True},
            "rate_card": [row(country="DE", credits=2)],
        }
    )
    assert parse(json.loads(json.dumps(as_dict(policy)))) == policy
    assert policy.upgrade == "restart"
    assert policy.renewal_advance_percent == 0
    assert policy.dunning_days == (0, 2)
    assert policy.seat_price_minor == StepPrice(700, 7_000)
    assert policy.seat_price_minor.of("year") == 7_000
    assert policy.tax == Tax(1_900, True)
    assert policy.hold_grace_hours == 72


def test_every_policy_has_one_row_in_the_table() -> None:
    assert [spec.name for spec in SPECS] == [*DEFAULTS, "rate_card"]
    assert {spec.field for spec in SPECS} == set(Policy.__dataclass_fields__) - {"_rates"}


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("hold_grace", 0, 8_760),
        ("renewal_advance", 0, 100),
        ("undecided_hours", 1, 720),
        ("needs_action_hours", 1, 720),
        ("quote_minutes", 1, 1_440),
        ("keep_purchased_months", 1, 120),
        ("read_only_days", 1, 365),
        ("trial_days", 1, 365),
        ("trial_credits", 0, 1_000_000),
        ("number_minimum_days", 0, 365),
        ("money_sign_in_hours", 1, 720),
        ("strong_sign_in_minutes", 1, 720),
        ("correction_limit", 0, 100_000_000),
    ],
)
def test_a_number_is_whole_and_within_its_bounds(name: str, low: int, high: int) -> None:
    assert [as_dict(parse({name: value}))[name] for value in (low, high)] == [low, high]
    for value in (low - 1, high + 1, low + 0.5, True, str(low), None, [low]):
        with pytest.raises(PolicyFaults) as refused:
            parse({name: value})
        assert refused.value.faults == (Fault(name, f"a whole number from {low:,} to {high:,}"),)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("reverse_after_end", ["expire", "regrant"]),
        ("allowance_every", ["period", "month"]),
        ("upgrade", ["prorate", "full_difference", "restart"]),
        ("inbound_at_zero", ["accept_and_owe", "accept_and_hide", "block"]),
        ("add_on_removal", ["at_renewal", "credit"]),
    ],
)
def test_a_choice_is_one_of_its_words(name: str, values: list[str]) -> None:
    assert [as_dict(parse({name: value}))[name] for value in values] == values
    for value in ("", "Expire", None, 1, ["prorate"]):
        assert faults_of({name: value}) == [name]
    said = [explain(parse({name: value}), str)[name] for value in values]
    assert len(set(said)) == len(values)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dunning_days", []),
        ("dunning_days", [1, 0]),
        ("dunning_days", [0, 0]),
        ("dunning_days", [0, 91]),
        ("dunning_days", [-1, 0]),
        ("dunning_days", [0, 1.5]),
        ("dunning_days", list(range(13))),
        ("dunning_days", 7),
        ("dunning_days", "0"),
        ("low_percents", [0, 10]),
        ("low_percents", [100]),
        ("low_percents", [20, 20]),
        ("low_percents", [True]),
        ("seat_price_minor", 1_000),
        ("seat_price_minor", {"month": 1}),
        ("seat_price_minor", {"month": 1, "year": 2, "week": 3}),
        ("tax", {"rate_basis_points": 1_900}),
        ("tax", 19),
        ("rate_card", {}),
        ("rate_card", None),
    ],
)
def test_a_value_of_the_wrong_form_is_refused(name: str, value: object) -> None:
    assert faults_of({name: value}) == [name]


def test_every_fault_is_told_at_once_with_its_place() -> None:
    assert faults_of(
        {
            "hold_grace_hours": 72,
            "colour": "green",
            "upgrade": "free",
            "number_price_minor": {"month": -1, "year": 5_000},
            "tax": {"rate_basis_points": 0, "inclusive": 1},
            "rate_card": [
                row(),
                row(country="de", credits=-1),
                row(),
                {"kind": "text"},
                row(direction=[], kind="fax"),
            ],
        }
    ) == [
        "hold_grace_hours",
        "colour",
        "upgrade",
        "number_price_minor.month",
        "tax.inclusive",
        "rate_card[1].country",
        "rate_card[1].credits",
        "rate_card[2]",
        "rate_card[3]",
        "rate_card[4].direction",
        "rate_card[4].kind",
    ]


def test_the_default_rates_are_one_a_part_and_three_an_mms() -> None:
    policy = Policy()
    assert rate(policy, kind="text", direction="out", country="US", parts=3) == 3
    assert rate(policy, kind="text", direction="in", country=None, parts=2) == 2
    assert rate(policy, kind="mms", direction="out", country="US", parts=4) == 3
    assert rate(policy, kind="mms", direction="in", country="US", parts=0) == 3
    assert rate(policy, kind="text", direction="out", country="US", parts=0) == 0


def test_a_country_has_its_own_rate_and_all_others_the_general_one() -> None:
    policy = parse({"rate_card": [row(country="DE", credits=4), row(country="GB", credits=0), row(credits=2)]})
    credits = [rate(policy, kind="text", direction="out", country=one, parts=2) for one in ("DE", "GB", "FR", None)]
    assert credits == [8, 0, 4, 4]
    assert rate(policy, kind="text", direction="in", country="DE", parts=2) == 2
    assert rate(policy, kind="mms", direction="out", country="DE", parts=2) == 3


def test_a_rate_card_is_filled_up_and_put_in_order() -> None:
    policy = parse({"rate_card": [row(country="US", kind="mms", credits=5, per_part=False), row(country="DE")]})
    assert len(policy.rate_card) == 14
    assert policy.rate_card[:2] == (Rate("*", "out", "text", 1, True), Rate("DE", "out", "text", 1, True))
    assert Rate("US", "out", "mms", 5, False) in policy.rate_card
    assert as_dict(parse(as_dict(policy))) == as_dict(policy)


def test_fewer_than_no_parts_have_no_price() -> None:
    with pytest.raises(ValueError, match="zero or more"):
        rate(Policy(), kind="text", direction="out", country=None, parts=-1)


@given(st.integers(0, 10_000), st.booleans(), st.integers(0, 50))
def test_a_rate_is_exact(credits: int, per_part: bool, parts: int) -> None:
    policy = parse({"rate_card": [row(credits=credits, per_part=per_part)]})
    cost = rate(policy, kind="text", direction="out", country="US", parts=parts)
    assert cost == (credits * parts if per_part else credits)


def dollars(amount_minor: int) -> str:
    return f"${amount_minor // 100}.{amount_minor % 100:02}"


def test_each_policy_says_itself_with_its_own_value() -> None:
    said = explain(Policy(), dollars)
    assert list(said) == [spec.name for spec in SPECS]
    assert said["quote_minutes"] == "An offer stands for 30 minutes."
    assert said["dunning_days"] == (
        "A failed renewal is tried on days 0, 1, 3, 5, 7, 10 and 14; after the last, sending stops and data stays."
    )
    assert said["seat_price_minor"] == "A further seat is $10.00 a month or $100.00 a year."
    assert said["tax"] == "Tax: none."
    assert said["rate_card"] == (
        "1 credit for each part of a text sent, 1 credit for each part of a text received,"
        " 3 credits for each mms sent, 3 credits for each mms received."
    )


@pytest.mark.parametrize(
    ("values", "name", "sentence"),
    [
        ({"trial_days": 1}, "trial_days", "A trial lasts 1 day and never charges by itself."),
        ({"trial_credits": 12_500}, "trial_credits", "A trial comes with 12,500 credits."),
        ({"tax": {"rate_basis_points": 1_900, "inclusive": True}}, "tax", "Tax: 19 % is part of the prices."),
        (
            {"tax": {"rate_basis_points": 825, "inclusive": False}},
            "tax",
            "Tax: 8.25 % is added to the prices.",
        ),
        (
            {"tax": {"rate_basis_points": 1_000, "inclusive": False}},
            "tax",
            "Tax: 10 % is added to the prices.",
        ),
        ({"low_percents": [5]}, "low_percents", "Warnings come when 5 percent of the credits are left."),
    ],
)
def test_the_words_follow_the_value(values: dict[str, Any], name: str, sentence: str) -> None:
    assert explain(parse(values), dollars)[name] == sentence
