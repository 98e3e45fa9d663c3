"""What a restored backup was about to send waits for an operator's word; what becomes due later goes on (F37)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from refill.domain.errors import Conflict, NothingToDo
from refill.domain.recipients import Line
from refill.domain.records import Actor
from refill.gateways import clock
from refill.ledger import verify
from refill.models import Account, AuditRow, Broadcast, Delivery, Mail, Message, SafeMode, WebhookEndpoint
from refill.queries.office import queues
from refill.services.developers import delivering, webhooks
from refill.services.developers import keys as api_keys
from refill.services.developers.concealing import conceal
from refill.services.mail import mailing, mails
from refill.services.messages import broadcasts, texting
from refill.services.office import held, safe_mode
from tests.conftest import TEST_PLATFORM_KEY
from tests.life import Platform
from tests.texting import ACTOR, Team

OPERATOR = Actor("op_olive")
BACKUP = datetime(2026, 1, 1, tzinfo=UTC)
BEFORE = timedelta(hours=3)


@pytest.fixture
def team(fresh_database: str) -> Team:
    """An account in live mode: what it sends reaches people. Other accounts would be asked about too."""
    api_keys.register_test_platform_key(TEST_PLATFORM_KEY)
    team = Team(Platform(TEST_PLATFORM_KEY))
    Account.objects.filter(pk=team.account_id).update(livemode=True)
    return team


def _send_before(team: Team, **facts: object) -> Message:
    """A text that was accepted before the backup was made, and that nobody had handed over."""
    text = team.send(**facts)
    Message.objects.filter(pk=text.pk).update(next_at=clock.now() - BEFORE)
    return team.text(text.pk)


def _begin() -> None:
    assert safe_mode.begin(backup_made_at=BACKUP)


def test_a_text_that_was_due_waits_and_is_handed_over_once_on_a_word(team: Team) -> None:
    text = _send_before(team)
    _begin()
    assert not texting.run(team.account_id)
    assert (team.text(text.pk).step, team.balance(), held.waiting()["texts"]) == ("queued", (99, 1, 0), 1)
    assert held.decide(kind="texts", word="send", actor=OPERATOR) == 1
    team.run()
    assert (team.state(text), team.balance(), team.handed_over(text)) == (("sent", "", 1), (99, 0, 0), 1)
    with pytest.raises(NothingToDo):
        held.decide(kind="texts", word="send", actor=OPERATOR)
    audited = AuditRow.objects.get(action="held_texts.send")
    assert (audited.actor, audited.after) == (OPERATOR.label, {"count": 1})


def test_a_text_that_is_dropped_gives_its_credits_back_and_never_leaves(team: Team) -> None:
    text = _send_before(team)
    later = team.send(send_at=clock.now() + timedelta(days=300))
    Message.objects.filter(pk=later.pk).update(next_at=clock.now() - BEFORE)
    _begin()
    assert held.decide(kind="texts", word="drop", actor=OPERATOR) == 2
    team.run()
    assert [team.state(one) for one in (text, later)] == [("failed", "called_off", 0)] * 2
    assert (team.balance(), team.handed_over(text), verify.run()) == ((100, 0, 0), 0, [])


def test_what_comes_later_goes_on_and_what_is_in_doubt_is_asked_about(team: Team) -> None:
    doubt = _send_before(team)
    Message.objects.filter(pk=doubt.pk).update(step="sending")
    _send_before(team)
    _begin()
    assert held.waiting()["texts"] == 1
    fresh = team.send()
    team.run()
    assert (team.state(fresh)[0], team.text(doubt.pk).step == "sending") == ("sent", False)
    assert held.waiting()["texts"] == 1


def test_a_broadcast_under_way_waits_whole_and_keeps_its_pace(team: Team) -> None:
    lines = [Line(number, f"+1206555{number:04}", {}) for number in range(120, 130)]
    draft = broadcasts.draft(
        account_id=team.account_id, actor=ACTOR, name="Friday", number_id=team.number.pk, body="See you.", lines=lines
    )
    broadcasts.send(account_id=team.account_id, broadcast_id=draft, actor=ACTOR)
    Broadcast.objects.filter(pk=draft).update(started_at=clock.now() - BEFORE)
    _begin()
    team.run()
    assert held.waiting()["texts"] == 10
    held.decide(kind="texts", word="send", actor=OPERATOR)
    at = list(Message.objects.filter(broadcast_id=draft).order_by("id").values_list("next_at", flat=True))
    step = timedelta(minutes=1) / Broadcast.objects.get(pk=draft).pace
    assert {after - before for before, after in pairwise(at)} == {step}
    team.run()
    assert (Broadcast.objects.get(pk=draft).state, team.balance()) == ("done", (90, 0, 0))


def test_a_text_that_was_short_goes_on_a_persons_word_only(team: Team) -> None:
    team.life.spend(95)
    text = team.send(body="x" * 1_500, at_zero="wait")
    assert team.text(text.pk).step == "short"
    safe_mode.begin(backup_made_at=BACKUP)
    team.life.call("POST", "/grants", {"credits": 900, "source": "promotion", "reason": "enough"})
    assert team.text(text.pk).wait_until is None
    team.run()
    assert team.text(text.pk).step == "short"


def test_texts_of_test_accounts_reach_nobody_and_go_on(team: Team) -> None:
    Account.objects.filter(pk=team.account_id).update(livemode=False)
    text = _send_before(team)
    safe_mode.begin(backup_made_at=BACKUP)
    team.run()
    assert team.state(text)[0] == "sent"


def test_mails_wait_apart_from_those_that_failed(team: Team) -> None:
    Mail.objects.all().delete()
    for once in ("one", "two"):
        mails.post(kind="written", account_id=None, at=BACKUP, to=["ann@x.example"], facts={"subject": once}, once=once)
    _begin()
    mails.post(kind="written", account_id=None, at=BACKUP, to=["bo@x.example"], facts={"subject": "new"}, once="new")
    assert (mailing._claim() is not None, mailing._claim(), held.waiting()["mails"]) == (True, None, 2)
    assert queues.failed_mails(clock.now()) == ()
    held.decide(kind="mails", word="drop", actor=OPERATOR)
    assert (mailing._claim(), queues.failed_mails(clock.now()), held.waiting()["mails"]) == (None, (), 0)
    assert Mail.objects.filter(fault=Mail.DROPPED, sent_at=None).count() == 2


def test_webhooks_wait_and_are_sent_or_dropped(team: Team) -> None:
    endpoint = WebhookEndpoint.objects.create(
        account_id=team.account_id, url="https://hooks.example/in", kinds=["*"], secret=conceal(b"x" * 32),
        created_at=clock.now(),
    )  # fmt: skip
    for word, taken in (("send", 1), ("drop", 0)):
        webhooks.send_test(account_id=team.account_id, kind="credits.low", endpoint_id=endpoint.pk)
        _begin()
        assert (delivering.claim(64), held.waiting()["webhooks"]) == ([], 1)
        held.decide(kind="webhooks", word=word, actor=OPERATOR)
        assert len(delivering.claim(64)) == taken
        Delivery.objects.filter(state="pending").update(state="delivered")
    assert list(Delivery.objects.order_by("pk").values_list("state", flat=True)) == ["delivered", "dropped"]


def test_safe_mode_ends_only_when_nothing_waits(team: Team) -> None:
    _send_before(team)
    Mail.objects.all().delete()
    _begin()
    with pytest.raises(Conflict, match="1 text\\."):
        safe_mode.confirm(actor=OPERATOR)
    held.decide(kind="texts", word="send", actor=OPERATOR)
    safe_mode.confirm(actor=OPERATOR)
    assert not SafeMode.objects.filter(ended_at=None).exists()
