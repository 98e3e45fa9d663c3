"""What carriers say, in any order, twice, late or never, leads to one end; many workers hand a text over once."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from refill.domain.carriers import Receipt, TextWord
from refill.domain.errors import Conflict
from refill.models import AuditRow, Event, Message
from refill.services.messages import text_outcomes, texting
from refill.services.messages.text_outcomes import Said
from tests.life import utc
from tests.texting import UNKNOWN_FINE, Team


def _news(text: Message, state: str, code: str = "") -> bool:
    word = TextWord(state, reference=f"SM{text.pk}", code=code)  # type: ignore[arg-type]
    return text_outcomes.receipt(carrier_reference="", news=Receipt(text.provider_key or "", word))


def _facts(team: Team, text: Message) -> tuple[object, ...]:
    found = team.text(text.pk)
    return found.state, found.step, found.charged, found.code, team.balance()


@pytest.mark.parametrize("order", list(itertools.permutations(("sent", "delivered", "delivered"))))
def test_receipts_before_the_answer_in_any_order_and_twice(team: Team, order: tuple[str, ...]) -> None:
    text = team.send()
    (claimed,) = texting._claim(team.account_id, text.created_at, 10)
    assert texting._begin_handing_over(claimed, text.created_at)
    for state in order:
        assert _news(text, state)
    text_outcomes.record(team.account_id, [Said(text.pk, claimed.fence, TextWord("accepted", reference="late"))])
    assert _facts(team, text) == ("delivered", "", 1, "", (99, 0, 0))
    assert Event.objects.filter(account_id=team.account_id, kind="message.delivered").count() == 1
    assert team.mismatches() == []


@pytest.mark.parametrize("order", list(itertools.permutations(("sent", "failed", "failed"))))
def test_a_failure_is_given_back_once(team: Team, order: tuple[str, ...]) -> None:
    text = team.send()
    for state in order:
        _news(text, state, "30003" if state == "failed" else "")
    assert _facts(team, text) == ("failed", "", 0, "30003", (100, 0, 0))
    assert team.mismatches() == []


def test_a_receipt_for_a_text_that_there_is_not_is_no_ones(team: Team) -> None:
    assert not text_outcomes.receipt(carrier_reference="SM0", news=Receipt("nobody's", TextWord("delivered")))


def test_a_claim_that_ran_out_is_powerless(team: Team) -> None:
    text = team.send()
    (claimed,) = texting._claim(team.account_id, text.created_at, 10)
    assert texting._claim(team.account_id, text.created_at, 10) == []
    Message.objects.filter(pk=text.pk).update(leased_until=utc("2020-01-01 00:00"))
    (second,) = texting._claim(team.account_id, text.created_at, 10)
    assert not texting._begin_handing_over(claimed, text.created_at)
    assert texting._begin_handing_over(second, text.created_at)
    text_outcomes.record(team.account_id, [Said(text.pk, claimed.fence, TextWord("refused", code="late"))])
    assert _facts(team, text) == ("accepted", "sending", 0, "", (99, 1, 0))


def test_the_carriers_count_of_parts_changes_no_price(team: Team) -> None:
    text = team.send()
    word = TextWord("delivered", reference="SM9", parts=3)
    text_outcomes.receipt(carrier_reference="", news=Receipt(text.provider_key or "", word))
    found = team.text(text.pk)
    assert (found.parts, found.carrier_parts, found.charged) == (1, 3, 1)


def test_many_workers_hand_each_text_over_once(team: Team) -> None:
    sent = [team.send() for _ in range(30)]

    def work(_: int) -> None:
        try:
            while texting.run(team.account_id, limit=3):
                pass
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert [team.handed_over(text) for text in sent] == [1] * 30
    assert (team.balance(), team.mismatches()) == ((70, 0, 0), [])


def test_what_the_carrier_never_answers_about_waits_for_a_person_who_decides_once(team: Team) -> None:
    text = team.send(UNKNOWN_FINE)
    Message.objects.filter(pk=text.pk).update(step="unknown", next_at=None, asks=7)
    texting.decide(account_id=team.account_id, message_id=text.pk, is_taken=False, actor="operator")
    assert _facts(team, text) == ("failed", "", 0, "given_up", (100, 0, 0))
    assert AuditRow.objects.filter(account_id=team.account_id, action="message.decided").count() == 1
    with pytest.raises(Conflict):
        texting.decide(account_id=team.account_id, message_id=text.pk, is_taken=True, actor="operator")
    assert team.mismatches() == []
