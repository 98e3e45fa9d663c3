"""Removed seats and numbers are credited where the operator's policy says so: through the quote, to the card that paid,
with a credit note, once (RULES §4, Add-ons)."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from refill.domain.policies import as_dict
from refill.ledger import verify
from refill.models import AddOn, Charge, CreditNote, Dispute, Period, Refund
from refill.services import periods
from tests.life import Life, Platform

_versions = itertools.count(1_000_000)


def _account(life: Life) -> int:
    return life.account_id


def _credits_removals(life: Life) -> Life:
    """The current period began under this policy."""
    version = periods.latest_policy()
    version.values = as_dict(periods.policy_of(version)) | {"add_on_removal": "credit"}
    # Below all others, so that it is nobody else's newest.
    version.pk = -next(_versions)
    version.save(force_insert=True)
    Period.objects.filter(account_id=_account(life), state__in=["current", "ahead"]).update(policy=version)
    return life


@pytest.fixture
def life(platform: Platform) -> Life:
    return _credits_removals(platform.life("2027-03-22 00:00", platform.price("growth", 1000)))


def _removal(life: Life, kind: str = "seat", quantity: int = 1) -> Any:
    return life.quote(remove_add_on={"kind": kind, "quantity": quantity})


def _money(life: Life) -> tuple[int, int, int]:
    """(charged for extras, to go back, gone back)."""
    charges = Charge.objects.filter(account_id=_account(life), state="succeeded").exclude(order__kind="start")
    rows = list(charges.values_list("amount_minor", "refund_due_minor", "refunded_minor"))
    return sum(r[0] for r in rows), sum(r[1] for r in rows), sum(r[2] for r in rows)


def _extras(life: Life, kind: str = "seat") -> tuple[int, int]:
    row = AddOn.objects.get(account_id=_account(life), kind=kind)
    return row.quantity, row.quantity_at_renewal


def test_the_unused_time_goes_back_to_the_card_with_a_credit_note_once(life: Life) -> None:
    life.confirm(life.quote(add_seats={"quantity": 2}))
    life.advance("2027-04-10 00:00")
    quote = _removal(life)
    assert [line["amount"]["amount"] for line in quote["lines"]] == [-387, 387]
    assert (quote["due_now"]["amount"], quote["effective_at"]) == (0, "2027-04-10T00:00:00Z")
    assert quote["recurring"]["amount"]["amount"] == 3500 + 1000
    first = life.confirm(quote)
    assert (first["status"], life.confirm(quote)["id"]) == ("succeeded", first["id"])
    assert _extras(life) == (1, 1)
    life.advance("2027-04-10 00:01")
    assert _money(life) == (2_000, 387, 387)
    note, refund = CreditNote.objects.get(account_id=_account(life)), Refund.objects.get(account_id=_account(life))
    assert (note.total_minor, refund.amount_minor, refund.credit_note_id) == (387, 387, note.pk)
    assert len(life.invoices()) == 2
    life.advance("2027-04-22 00:00")
    assert life.invoices()[-1]["total"]["amount"] == 3500 + 1000
    assert verify.run(_account(life)) == []


def test_adding_and_removing_again_and_again_costs_and_yields_nothing(life: Life) -> None:
    life.advance("2027-04-10 00:00")
    for _ in range(3):
        life.confirm(life.quote(add_seats={"quantity": 1}))
        life.confirm(_removal(life))
    life.advance("2027-04-10 00:01")
    assert (_money(life), _extras(life)) == ((3 * 387, 3 * 387, 3 * 387), (0, 0))


def test_a_number_of_yesterday_keeps_its_seven_days(life: Life) -> None:
    life.confirm(life.quote(add_number={}))
    life.advance("2027-03-23 00:00")
    quote = _removal(life, "number")
    assert [line["amount"]["amount"] for line in quote["lines"]] == [-387, 387]  # 24 of 31 days
    life.confirm(quote)
    assert (_extras(life, "number"), _money(life)[1]) == ((0, 0), 387)
    life.confirm(life.quote(add_number={}))
    assert _removal(life, "number")["lines"][0]["amount"]["amount"] == -371  # 23 of 31 days


def test_what_the_renewal_paid_for_goes_back_of_the_renewal(life: Life) -> None:
    life.confirm(life.quote(add_seats={"quantity": 2}))
    life.advance("2027-04-22 00:00")
    _credits_removals(life)
    life.advance("2027-05-07 00:00")
    life.confirm(_removal(life, quantity=2))
    renewal = Charge.objects.get(account_id=_account(life), order__kind="renewal")
    assert (renewal.amount_minor, renewal.refund_due_minor) == (5_500, 1_000)  # 15 of 30 days of two


def test_in_a_period_that_is_not_paid_nothing_is_credited_and_it_ends_with_it(life: Life) -> None:
    life.confirm(life.quote(add_seats={"quantity": 1}))
    life.use_card("declined")
    life.advance("2027-04-23 00:00")
    _credits_removals(life)
    assert life.status == "past_due"
    quote = _removal(life)
    assert (quote["lines"], quote["effective_at"]) == ([], "2027-05-22T00:00:00Z")


def test_what_the_bank_is_asked_to_take_back_is_not_given_back_too(life: Life) -> None:
    life.confirm(life.quote(add_seats={"quantity": 1}))
    offered = _removal(life)
    charge = Charge.objects.get(account_id=_account(life), order__kind="add_seats")
    Dispute.objects.create(
        account_id=_account(life), charge=charge, reference=f"dp_extras_{charge.pk}", amount_minor=1_000,
        currency="usd", grants=[], opened_at=charge.created_at,
    )  # fmt: skip
    refused = life.refused("POST", f"/quotes/{offered['id']}/confirm")
    assert (refused.code, refused.problem["changed"]) == ("quote_stale", ["add_ons"])
    assert refused.problem["quote"]["lines"] == []
    assert _money(life) == (1_000, 0, 0)


def test_without_the_policy_it_ends_with_the_period(platform: Platform) -> None:
    life = platform.life("2027-03-22 00:00", platform.price("growth", 1000))
    life.confirm(life.quote(add_seats={"quantity": 1}))
    quote = _removal(life)
    assert (quote["lines"], quote["effective_at"]) == ([], "2027-04-22T00:00:00Z")
    life.confirm(quote)
    assert (_extras(life), _money(life)) == ((1, 0), (1_000, 0, 0))
