"""A refund made in the provider's dashboard is booked here by grant, once (RULES §9.5)."""

from __future__ import annotations

import pytest

from refill.domain.errors import Conflict, NothingToDo, RefundStale, Unknown
from refill.models import AuditRow, Charge, CreditNote, ProviderDifference, Refund
from refill.queries import verification
from refill.services.money import reconciling, refunded_elsewhere
from tests.cards.conftest import OPERATOR, Town
from tests.letters import subjects
from tests.life import Life


@pytest.fixture
def life(town: Town) -> Life:
    made = town.life()
    made.buy(1_000)
    made.spend(300)
    return made


def give_back(town: Town, life: Life, amount: int) -> ProviderDifference:
    """Somebody gives so much back in the dashboard, and the webhook says so."""
    charge = Charge.objects.get(account_id=life.account_id)
    told = len(town.fake.events)
    town.fake.refund({"payment_intent": charge.provider_reference, "amount": str(amount)})
    town.deliver(town.fake.events[told:])
    return ProviderDifference.objects.get(charge_id=charge.pk, gone_at=None)


def refunds_asked(town: Town) -> int:
    return sum(f"{method} {path}" == "POST /v1/refunds" for method, path, *_ in town.fake.calls)


def test_it_is_previewed_then_booked_with_its_credits_and_no_money_moves(town: Town, life: Life):
    row, asked = give_back(town, life, 2_800), refunds_asked(town)
    offer = refunded_elsewhere.preview(difference_id=row.pk)
    assert (offer.amount_minor, offer.available_before, offer.available_after) == (2_800, 700, 0)
    assert (life.available, Refund.objects.filter(account_id=life.account_id).count()) == (700, 0)
    made = refunded_elsewhere.book(difference_id=row.pk, mark=offer.mark, actor=OPERATOR)
    charge = Charge.objects.get(account_id=life.account_id)
    refund = Refund.objects.get(pk=made)
    assert (charge.refund_due_minor, charge.refunded_minor, charge.refund_try_at) == (2_800, 2_800, None)
    assert (refund.amount_minor, [taken for _, taken in refund.grants], life.available) == (2_800, [700], 0)
    assert (refunds_asked(town), town.taken(life)) == (asked, 4_000)
    assert CreditNote.objects.get(account_id=life.account_id).total_minor == 2_800
    assert len(subjects(life, "credit_note")) == 1
    assert AuditRow.objects.get(account_id=life.account_id, action="refund.made").actor == OPERATOR.label
    reconciling.run_one(charge)
    assert not ProviderDifference.objects.filter(charge_id=charge.pk, gone_at=None).exists()
    assert verification.mismatches(life.account_id) == []
    with pytest.raises(Unknown):
        refunded_elsewhere.book(difference_id=row.pk, mark=offer.mark, actor=OPERATOR)


def test_the_credits_may_be_left_and_a_further_refund_there_is_booked_for_its_part_alone(town: Town, life: Life):
    row = give_back(town, life, 1_000)
    offer = refunded_elsewhere.preview(difference_id=row.pk, keep_credits=True)
    refunded_elsewhere.book(difference_id=row.pk, keep_credits=True, mark=offer.mark, actor=OPERATOR)
    assert life.available == 700
    second = give_back(town, life, 500)
    again = refunded_elsewhere.preview(difference_id=second.pk)
    assert (again.amount_minor, again.available_after) == (500, 0)
    refunded_elsewhere.book(difference_id=second.pk, mark=again.mark, actor=OPERATOR)
    amounts = Refund.objects.filter(account_id=life.account_id).order_by("pk").values_list("amount_minor", flat=True)
    assert (list(amounts), life.available) == ([1_000, 500], 0)
    assert verification.mismatches(life.account_id) == []


def test_what_changed_since_the_preview_is_not_booked(town: Town, life: Life):
    row = give_back(town, life, 1_000)
    offer = refunded_elsewhere.preview(difference_id=row.pk)
    life.spend(100)
    with pytest.raises(RefundStale) as stale:
        refunded_elsewhere.book(difference_id=row.pk, mark=offer.mark, actor=OPERATOR)
    assert stale.value.facts["preview"].available_before == 600
    fresh = refunded_elsewhere.preview(difference_id=row.pk)
    town.fake.refund({"payment_intent": row.reference, "amount": "200"})
    with pytest.raises(RefundStale):
        refunded_elsewhere.book(difference_id=row.pk, mark=fresh.mark, actor=OPERATOR)
    assert (life.available, Refund.objects.filter(account_id=life.account_id).exists()) == (600, False)


def test_where_there_is_nothing_to_book_nothing_is(town: Town, life: Life):
    row = give_back(town, life, 1_000)
    charge = town.fake.get(town.fake.get(row.reference)["latest_charge"])
    charge["amount_refunded"] = 0
    with pytest.raises(NothingToDo):
        refunded_elsewhere.preview(difference_id=row.pk)
    kept = town.fake.objects.pop(row.reference)
    with pytest.raises(Conflict, match="does not know"):
        refunded_elsewhere.preview(difference_id=row.pk)
    town.fake.objects[row.reference] = kept
    for nothing in (0, row.pk + 1_000_000):
        with pytest.raises(Unknown):
            refunded_elsewhere.preview(difference_id=nothing)
    assert life.available == 700
