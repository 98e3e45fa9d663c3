"""After a restore nothing is charged until an operator confirms (F37)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from refill.domain.errors import ChargesPaused, Conflict, NothingToDo, ProviderUnavailable
from refill.domain.records import Actor
from refill.models import AuditRow, Charge, ProviderDifference, SafeMode
from refill.services.developers import keys
from refill.services.money import attending, charging
from refill.services.office import safe_mode
from tests.cards.conftest import OPERATOR, Town, confirm
from tests.conftest import TEST_PLATFORM_KEY
from tests.life import Life, Platform
from tests.recharges import turn_on

BACKUP = datetime(2020, 1, 1, tzinfo=UTC)


def states(life: Life) -> list[str]:
    return list(Charge.objects.filter(account_id=life.account_id).order_by("pk").values_list("state", flat=True))


def test_where_no_card_of_a_provider_is_kept_there_is_no_safe_mode(fresh_database: str):
    assert (safe_mode.begin(backup_made_at=BACKUP), SafeMode.objects.count()) == (False, 0)
    with pytest.raises(NothingToDo):
        confirm()


def test_a_confirmed_offer_a_renewal_and_a_recharge_wait_and_are_charged_once_after_it(alone: Town):
    life = alone.life()
    life.change(alone.platform.price("growth", 1000))
    turn_on(life)
    paid = len(alone.intents(life))
    assert [safe_mode.begin(backup_made_at=BACKUP), safe_mode.begin(backup_made_at=BACKUP)] == [True, True]
    assert SafeMode.objects.count() == 1
    quote = life.quote(buy_credits={"pack": alone.platform.pack(1000), "quantity": 1})
    problem = life.refused("POST", f"/quotes/{quote['id']}/confirm")
    assert (problem.status, problem.code) == (409, "charges_paused")
    life.spend(700)
    life.advance("2027-04-10 13:00")
    assert states(life)[paid:] == ["created", "created"]
    assert len(alone.intents(life)) == paid
    confirm()
    life.advance("2027-04-10 13:10")
    assert states(life)[paid:] == ["succeeded", "succeeded"]
    assert (len(alone.intents(life)), life.status) == (paid + 2, "active")
    deeds = AuditRow.objects.filter(action__startswith="safe_mode.").order_by("id").values_list("action", "actor")
    assert list(deeds) == [("safe_mode.began", "refill")] * 2 + [("safe_mode.ended", OPERATOR.label)]
    with pytest.raises(NothingToDo):
        confirm()


def test_a_charge_that_was_under_way_is_not_even_asked_about_and_a_refund_goes_back(alone: Town):
    slow = alone.life("slow")
    slow.buy(1_000)
    life = alone.life()
    order = life.buy(1_000)
    safe_mode.begin(backup_made_at=BACKUP)
    asked = len(alone.fake.calls)
    slow.advance("2027-03-10 12:30")
    assert len(alone.fake.calls) == asked
    life.call("POST", "/refunds", {"order": order["id"], "reason": "operator"})
    assert Charge.objects.get(account_id=life.account_id).refunded_minor == 4_000


def test_it_ends_only_when_each_difference_is_gone_or_was_looked_at(alone: Town):
    life = alone.life()
    life.buy(1_000)
    life.buy(1_000)
    first, second = Charge.objects.filter(account_id=life.account_id).order_by("pk")
    # As if these were made after the backup: the provider has them, the restored rows know nothing of them.
    for charge in (first, second):
        lost = {"provider_key": f"refill_lost_{charge.pk}", "provider_reference": "", "state": "declined"}
        Charge.objects.filter(pk=charge.pk).update(**lost)
    safe_mode.begin(backup_made_at=BACKUP)
    with pytest.raises(Conflict, match="2 differences"):
        confirm()
    alone.fake.refund({"payment_intent": first.provider_reference})
    with pytest.raises(Conflict, match="1 differences"):
        confirm()
    (row,) = ProviderDifference.objects.filter(gone_at=None)
    attending.close_difference(difference_id=row.pk, actor=Actor("op_ann"), note="credits given by hand")
    confirm()
    assert not SafeMode.objects.filter(ended_at=None).exists()


def test_while_the_provider_does_not_answer_it_stays(alone: Town):
    alone.life()
    safe_mode.begin(backup_made_at=BACKUP)
    alone.fake.script.next("lost_before", "GET /v1/payment_intents", times=5)
    with pytest.raises(ProviderUnavailable):
        confirm()
    assert SafeMode.objects.filter(ended_at=None).exists()


def test_a_payment_that_the_bank_asked_about_is_not_finished_meanwhile(alone: Town):
    life = alone.life("authenticate")
    life.buy(1_000)
    charge = Charge.objects.get(account_id=life.account_id)
    safe_mode.begin(backup_made_at=BACKUP)
    with pytest.raises(ChargesPaused):
        charging.hand_back(charge.pk, "http://127.0.0.1/")
    assert alone.taken(life) == 0


def test_test_accounts_with_sandbox_cards_pay_on(fresh_database: str, platform_key: str):
    keys.register_test_platform_key(TEST_PLATFORM_KEY)
    life = Platform(platform_key).life("2027-03-10 12:00", payment_method="visa_ok")
    SafeMode.objects.create(backup_made_at=BACKUP, began_at=BACKUP)
    assert life.buy(1_000)["status"] == "succeeded"
