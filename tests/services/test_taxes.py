"""One function decides about tax: preview, charge, invoice, mail and next charge all carry it (RULES §4.1)."""

from typing import Any

import pytest

from refill.domain.billing_details import BillTo
from refill.domain.records import Actor
from refill.ledger import verify
from refill.services.invoicing import billing_details
from tests.life import Life, Platform
from tests.recharges import recharges, turn_on

OPERATOR = Actor("operator")
# Countries that no other test sells to.
TABLE = {
    "FO": {"name": "MVG", "rate_basis_points": 2_500, "inclusive": False, "reverse_charge": True},
    "GL": {"name": "Afgift", "rate_basis_points": 2_000, "inclusive": True, "reverse_charge": True},
    "SJ": {"name": "Nothing", "rate_basis_points": 0, "inclusive": False, "reverse_charge": False},
}


@pytest.fixture
def platform(platform_key: str) -> Platform:
    platform = Platform(platform_key)
    for country, row in TABLE.items():
        platform.call("POST", "/tax_rates", {"country": country, "starts_at": "2026-01-01T00:00:00Z", **row})
    return platform


def move(life: Life, country: str, tax_id: str = "") -> None:
    details = BillTo(name="Praxis Nord", country=country, tax_id=tax_id)
    billing_details.save(account_id=life.account_id, actor=OPERATOR, details=details)


def sums(invoice: Any) -> tuple[int, int, int]:
    return invoice["subtotal"]["amount"], invoice["tax"]["amount"], invoice["total"]["amount"]


def newest_invoice(life: Life) -> Any:
    return life.invoices()[-1]


@pytest.mark.parametrize(
    ("country", "tax_id", "due", "tax", "expected"),
    [
        ("", "", 4_000, 0, (4_000, 0, 4_000)),
        ("SJ", "", 4_000, 0, (4_000, 0, 4_000)),
        ("FO", "", 5_000, 1_000, (4_000, 1_000, 5_000)),
        ("FO", "623857", 4_000, 0, (4_000, 0, 4_000)),
        ("GL", "", 4_000, 667, (3_333, 667, 4_000)),
        ("GL", "12345678", 3_333, 0, (3_333, 0, 3_333)),
    ],
)
def test_added_within_or_reversed(
    platform: Platform, country: str, tax_id: str, due: int, tax: int, expected: tuple[int, int, int]
) -> None:
    life = platform.life("2027-03-22 00:00")
    life.use_card("visa_ok")
    move(life, country, tax_id)
    quote = life.quote(buy_credits={"pack": platform.pack(1000)})
    assert (quote["due_now"]["amount"], quote["tax"]["amount"]) == (due, tax)
    order = life.confirm(quote)
    assert [charge["amount"]["amount"] for charge in order["charges"]] == [due]
    assert sums(newest_invoice(life)) == expected
    assert verify.run(life.account_id) == []


def test_start_renewal_upgrade_and_recharge_all_carry_it(platform: Platform) -> None:
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    move(life, "FO")
    assert life.subscription["next_charge"]["amount"]["amount"] == 3_500 + 875
    turn_on(life)
    life.spend(900)
    (recharge,) = recharges(life)
    assert recharge["charges"][0]["amount"]["amount"] == 5_000
    life.change(platform.price("growth", 2500))
    assert sums(newest_invoice(life)) == (4_000, 1_000, 5_000)
    life.advance("2027-04-22 00:00")
    assert sums(newest_invoice(life)) == (7_500, 1_875, 9_375)
    assert verify.run(life.account_id) == []


def test_what_changes_what_is_due_makes_an_open_quote_stale(platform: Platform) -> None:
    life = platform.life("2027-03-22 00:00")
    life.use_card("visa_ok")
    quote = life.quote(buy_credits={"pack": platform.pack(250)})
    move(life, "FO")
    refused = life.refused("POST", f"/quotes/{quote['id']}/confirm")
    assert (refused.code, refused.problem["changed"]) == ("quote_stale", ["tax"])
    fresh = refused.problem["quote"]
    assert (fresh["due_now"]["amount"], fresh["tax"]["amount"]) == (1_563, 313)
    platform.call(
        "POST", "/tax_rates",
        {"country": "FO", "name": "MVG", "rate_basis_points": 3_000, "reverse_charge": True,
         "starts_at": "2027-03-22T00:00:00Z"},
    )  # fmt: skip
    assert life.refused("POST", f"/quotes/{fresh['id']}/confirm").code == "quote_stale"
    assert life.available == 0


def test_what_changes_nothing_of_what_is_due_leaves_it_alone(platform: Platform) -> None:
    life = platform.life("2027-03-22 00:00")
    life.use_card("visa_ok")
    quote = life.quote(buy_credits={"pack": platform.pack(250)})
    move(life, "SJ")
    # A row of the future, and one of another country, are not in force here.
    later = {"country": "SJ", "name": "MVA", "rate_basis_points": 2_500, "starts_at": "2027-06-01T00:00:00Z"}
    platform.call("POST", "/tax_rates", later)
    platform.call("POST", "/tax_rates", later | {"country": "BV", "starts_at": "2026-01-01T00:00:00Z"})
    assert life.confirm(quote)["status"] == "succeeded"
    life.advance("2027-06-01 00:00")
    assert life.quote(buy_credits={"pack": platform.pack(250)})["tax"]["amount"] == 313


def test_a_row_of_the_table_is_checked(platform: Platform) -> None:
    row = {"country": "FO", "name": "MVG", "rate_basis_points": 2_500}
    for wrong, param in (
        ({"country": "ZZ"}, "country"), ({"rate_basis_points": 10_001}, "rate_basis_points"),
        ({"rate_basis_points": 12.5}, "rate_basis_points"), ({"name": ""}, "name"), ({"inclusive": "no"}, "inclusive"),
    ):  # fmt: skip
        status, problem, _ = platform.send("POST", "/tax_rates", row | wrong)
        assert (status, problem["param"]) == (422, param)
    made = platform.call("POST", "/tax_rates", row)
    assert platform.call("GET", "/tax_rates?limit=1")["data"] == [made]
    assert made["mode"] == "test"
