"""Twilio over HTTP, with everything that goes wrong on the way: each text at most once, charged for what was taken."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import F
from django.test import Client
from hypothesis import given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from refill.domain.carriers import TextIntent, TextWord
from refill.domain.recipients import Line
from refill.domain.records import Actor
from refill.gateways import clock, twilio_signature
from refill.gateways.carriers import settings_carrier
from refill.gateways.twilio_carrier import TwilioCarrier
from refill.ledger import verify
from refill.models import Balance, Broadcast, CarrierEvent, Message, Number
from refill.services import accounts, credits
from refill.services.messages import broadcasts, carrier_events, making, texting, texts
from tests.fake_twilio.server import SID, TOKEN, WANTS_ADDRESS, FakeTwilio, Fault
from tests.texting import LINES

ACTOR = Actor("test")
FINE, ABSENT, STOPPED = "+12065550123", "+12065550180", "+12065550183"
_names = itertools.count(1)


def _post(url: str, fields: dict[str, str], token: str = TOKEN) -> int:
    """A webhook as Twilio posts it; answered by the product."""
    signature = twilio_signature.sign(token, url, fields)
    answer = Client().post(
        url.removeprefix(settings.BASE_URL), urlencode(fields), content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": signature},
    )  # fmt: skip
    return answer.status_code


def _listen(url: str, fields: dict[str, str]) -> None:
    try:
        assert _post(url, fields) == 200
    finally:
        connection.close()


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeTwilio]:
    """A Twilio that live accounts text through."""
    fake = FakeTwilio(_listen)
    monkeypatch.setattr(settings, "REFILL_CARRIER", "refill.gateways.twilio_carrier.TwilioCarrier")
    monkeypatch.setattr(settings, "TWILIO_ACCOUNT_SID", SID)
    monkeypatch.setattr(settings, "TWILIO_AUTH_TOKENS", [TOKEN, "the one before"])
    monkeypatch.setattr(settings, "TWILIO_URL", fake.url)
    monkeypatch.setattr(settings, "TWILIO_ANSWER_SECONDS", 5)
    settings_carrier.cache_clear()
    yield fake
    settings_carrier.cache_clear()
    fake.stop()


class Team:
    """A live account with a number and 100 credits."""

    def __init__(self) -> None:
        made = accounts.create(
            actor=ACTOR, name="Live", timezone="UTC", currency="usd", owner_name="Olive", livemode=True,
            owner_email=f"live-{uuid4().hex[:8]}@twilio.example",
        )  # fmt: skip
        self.id, now = made.account_id, clock.now()
        credits.grant(account_id=self.id, actor=ACTOR, credits=100, source="promotion", reason="a start")
        self.number = Number.objects.create(
            account_id=self.id, kind="local", e164=f"+1206{next(LINES)}", created_at=now, bought_at=now
        )

    def send(self, to: str = FINE, body: str = "Your table is ready.") -> Message:
        made = texts.send(account_id=self.id, number_id=self.number.pk, to=to, body=body)
        texting.run(self.id)
        return self.text(made)

    def text(self, message_id: int) -> Message:
        return Message.objects.get(pk=message_id)

    def later(self, text: Message, minutes: int = 1) -> tuple[str, str, int]:
        """The worker's next look, as if so much time had passed; (state, code, charged) then."""
        past = self.text(text.pk).sent_at or text.created_at
        Message.objects.filter(pk=text.pk).update(
            next_at=clock.now() - timedelta(seconds=1), sent_at=past - timedelta(minutes=minutes)
        )
        texting.run(self.id)
        found = self.text(text.pk)
        return found.state, found.code, found.charged

    def balance(self) -> tuple[int, int]:
        found = Balance.objects.get(account_id=self.id)
        return found.available, found.held


@pytest.fixture
def team(fake: FakeTwilio) -> Team:
    return Team()


def _facts(team: Team, text: Message) -> tuple[str, str, str, int, tuple[int, int]]:
    found = team.text(text.pk)
    return found.state, found.step, found.code, found.charged, team.balance()


def test_a_text_is_taken_then_delivered_by_a_signed_callback(fake: FakeTwilio, team: Team) -> None:
    text = team.send()
    assert _facts(team, text) == ("sent", "news", "", 1, (99, 0))
    (sid,) = fake.messages
    assert team.text(text.pk).reference == sid
    fake.tell(sid, "delivered")
    fake.tell(sid, "sent")
    assert carrier_events.work_off()
    assert _facts(team, text) == ("delivered", "", "", 1, (99, 0))
    assert verify.run(team.id) == []


@pytest.mark.parametrize(("to", "code"), [(ABSENT, "21211"), (STOPPED, "21610")])
def test_what_twilio_refuses_costs_nothing(team: Team, to: str, code: str) -> None:
    assert _facts(team, team.send(to)) == ("failed", "", code, 0, (100, 0))


def test_what_it_does_not_deliver_is_given_back(fake: FakeTwilio, team: Team) -> None:
    text = team.send()
    fake.tell(next(iter(fake.messages)), "undelivered", "30003")
    carrier_events.work_off()
    assert _facts(team, text) == ("failed", "", "30003", 0, (100, 0))
    assert verify.run(team.id) == []


@pytest.mark.parametrize("fault", ["lost_after", "500_after", "html_after"])
def test_a_lost_answer_is_looked_for_and_not_sent_again(fake: FakeTwilio, team: Team, fault: str) -> None:
    fake.script = [fault]  # type: ignore[list-item]
    text = team.send()
    assert _facts(team, text) == ("accepted", "unknown", "", 0, (99, 1))
    assert team.later(text) == ("sent", "", 1)
    assert len(fake.messages) == 1
    assert (team.balance(), verify.run(team.id)) == ((99, 0), [])


@pytest.mark.parametrize("fault", ["lost_before", "500_before"])
def test_what_was_never_sent_is_known_a_while_later_and_released(fake: FakeTwilio, team: Team, fault: str) -> None:
    fake.script = [fault]  # type: ignore[list-item]
    text = team.send()
    assert team.text(text.pk).step == "unknown"
    assert team.later(text, minutes=10) == ("accepted", "", 0)
    assert team.later(text, minutes=10) == ("failed", "never_sent", 0)
    assert (fake.messages, team.balance()) == ({}, (100, 0))


@pytest.mark.parametrize("fault", ["429", "401"])
def test_a_busy_twilio_is_tried_again(fake: FakeTwilio, team: Team, fault: str) -> None:
    fake.script = [fault]  # type: ignore[list-item]
    text = team.send()
    assert _facts(team, text) == ("accepted", "queued", "", 0, (99, 1))
    assert team.later(text) == ("sent", "", 1)
    assert len(fake.messages) == 1


def test_a_twilio_that_is_not_there_is_tried_again(fake: FakeTwilio, team: Team) -> None:
    fake.stop()
    assert team.text(team.send().pk).step == "queued"


def test_twilio_taking_it_twice_is_charged_once(fake: FakeTwilio, team: Team) -> None:
    fake.script = ["twice"]
    text = team.send()
    for sid in list(fake.messages):
        fake.tell(sid, "delivered")
    carrier_events.work_off()
    assert (len(fake.messages), _facts(team, text)) == (2, ("delivered", "", "", 1, (99, 0)))
    assert verify.run(team.id) == []


def test_a_receipt_before_the_answer_is_the_answer(fake: FakeTwilio, team: Team) -> None:
    fake.script = ["receipt_first"]
    text = team.send()
    carrier_events.work_off()
    assert _facts(team, text) == ("delivered", "", "", 1, (99, 0))
    assert verify.run(team.id) == []


def test_twilios_count_of_parts_is_kept_and_changes_no_price(fake: FakeTwilio, team: Team) -> None:
    fake.script = ["wrong_parts"]
    found = team.text(team.send().pk)
    assert (found.parts, found.carrier_parts, found.charged) == (1, 7, 1)


def test_two_texts_with_the_same_words_are_told_apart(fake: FakeTwilio, team: Team) -> None:
    first = team.send()
    fake.script = ["lost_before"]
    second = team.send()
    assert team.later(second, minutes=20) == ("failed", "never_sent", 0)
    assert team.text(first.pk).state == "sent"


def test_a_broadcast_while_twilio_falters_and_is_gone_for_a_while(fake: FakeTwilio, team: Team) -> None:
    people = [ABSENT, *(f"+1206{2_950_000 + place}" for place in range(29))]
    broadcast_id = broadcasts.draft(
        account_id=team.id, actor=ACTOR, name="Friday", number_id=team.number.pk, body="See you on Friday.",
        lines=[Line(place, to) for place, to in enumerate(people)], pace=6_000,
    )  # fmt: skip
    broadcasts.send(account_id=team.id, broadcast_id=broadcast_id, actor=ACTOR, credits=30)
    chance = Random(20261125)
    faults: list[Fault | None] = ["lost_before", "lost_after", "500_before", "500_after", "429", "receipt_first", None]
    fake.script = [chance.choice(faults) for _ in range(40)]
    texts_of = Message.objects.filter(account_id=team.id)
    for look in range(8):
        if look == 1:
            fake.stop()
        if look == 2:
            fake.start()
        texts_of.filter(next_at__isnull=False).update(next_at=clock.now() - timedelta(seconds=1))
        texts_of.filter(sent_at__isnull=False).update(sent_at=F("sent_at") - timedelta(minutes=4))
        texting.run(team.id, limit=10)
        while carrier_events.work_off():
            pass
    while texts_of.filter(step__in=Message.HOLDING).exists():
        texts_of.filter(step__in=Message.HOLDING).update(
            next_at=clock.now() - timedelta(seconds=1), sent_at=clock.now() - timedelta(minutes=30)
        )
        texting.run(team.id)
    reached = [message["to"] for message in fake.messages.values()]
    assert len(reached) == len(set(reached))
    charged = texts_of.filter(charged=1).values_list("conversation__contact__e164", flat=True)
    assert sorted(charged) == sorted(reached)
    assert team.balance() == (100 - len(reached), 0)
    assert Broadcast.objects.get(pk=broadcast_id).state == "done"
    assert verify.run(team.id) == []


def _broadcast(team: Team, count: int) -> None:
    lines = [Line(place, f"+1206{2_960_000 + place}") for place in range(count)]
    broadcast_id = broadcasts.draft(
        account_id=team.id, actor=ACTOR, name="Friday", number_id=team.number.pk, body="Hi", lines=lines, pace=6_000
    )
    broadcasts.send(account_id=team.id, broadcast_id=broadcast_id, actor=ACTOR, credits=count)
    making.make_some(team.id)
    Message.objects.filter(account_id=team.id).update(next_at=clock.now() - timedelta(seconds=1))


def test_a_slow_twilio_is_given_many_texts_at_once_and_each_once(fake: FakeTwilio, team: Team) -> None:
    at_once = settings_carrier().calls_at_once
    _broadcast(team, 2 * at_once)
    # Nobody is answered before so many ask; they would wait for ever if one came after another.
    fake.pause = threading.Barrier(at_once, timeout=20).wait  # type: ignore[assignment]
    texting.run(team.id)
    reached = [message["to"] for message in fake.messages.values()]
    assert (len(reached), len(set(reached))) == (2 * at_once, 2 * at_once)
    assert (team.balance(), verify.run(team.id)) == ((100 - 2 * at_once, 0), [])


def test_only_what_was_on_its_way_is_in_doubt_when_the_worker_dies(
    fake: FakeTwilio, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = settings_carrier().calls_at_once
    _broadcast(team, 2 * at_once)

    def die(self: TwilioCarrier, intent: TextIntent) -> TextWord:
        raise SystemExit

    monkeypatch.setattr(TwilioCarrier, "send", die)
    with pytest.raises(SystemExit):
        texting.run(team.id)
    steps = Message.objects.filter(account_id=team.id).values_list("step", flat=True)
    assert sorted(steps) == ["queued"] * at_once + ["sending"] * at_once
    assert fake.messages == {}


def test_a_text_that_comes_in_is_kept_once(team: Team) -> None:
    url = f"{settings.BASE_URL}/hooks/carrier/incoming"
    fields = {
        "MessageSid": f"MM{uuid4().hex}", "From": FINE, "To": team.number.e164, "Body": "Is it open?\x00",
        "NumMedia": "1", "MediaUrl0": "https://media.example/1.png", "NumSegments": "1",
    }  # fmt: skip
    assert [_post(url, fields) for _ in range(3)] == [200, 200, 200]
    while carrier_events.work_off():
        pass
    kept = Message.objects.get(account_id=team.id, direction="in")
    assert (kept.body, kept.media, kept.charged) == ("Is it open?", ["https://media.example/1.png"], 3)
    event = CarrierEvent.objects.get(event_id=fields["MessageSid"])
    assert (event.state, event.said) == ("done", {})


def test_what_twilio_did_not_sign_is_refused_and_leaves_nothing(team: Team) -> None:
    url = f"{settings.BASE_URL}/hooks/carrier/incoming"
    fields = {"MessageSid": f"SM{uuid4().hex}", "From": FINE, "To": team.number.e164, "Body": "Hello"}
    assert _post(url, fields, token="somebody else's") == 403
    assert _post(url, fields, token="the one before") == 200
    assert Client().post("/hooks/carrier/incoming", fields).status_code == 403
    assert Client().get("/hooks/carrier/status").status_code == 405
    assert CarrierEvent.objects.filter(event_id=fields["MessageSid"]).count() == 1


def test_numbers_are_found_rented_once_and_given_back(fake: FakeTwilio) -> None:
    carrier = settings_carrier()
    (first, _) = carrier.available_numbers(country="US", kind="local") or ()
    assert (first.number, first.place, first.can_mms) == ("+12065550101", "Seattle, WA", False)
    assert carrier.is_offered(first.number, "local") is True
    fake.script = ["lost_after"]
    assert carrier.buy_number(first.number, "ours").state == "unknown"
    assert carrier.is_offered(first.number, "local") is False
    bought = carrier.ask_number(first.number, "ours")
    assert (bought.state, carrier.buy_number(first.number, "ours").reference) == ("bought", bought.reference)
    assert carrier.buy_number(first.number, "theirs").code == "taken"
    assert carrier.buy_number("+12065559999", "ours").code == "taken"
    assert [carrier.release_number(first.number, bought.reference) for _ in range(2)] == [True, True]
    assert carrier.ask_number(first.number, "ours").code == "never_bought"
    assert carrier.available_numbers(country="US", kind="toll_free") == ()
    fake.stop()
    settings_carrier.cache_clear()
    assert settings_carrier().is_offered(first.number, "local") is None
    fake.start()


WORDS = st.text("aZ0 &=+%:/é€\n", max_size=12)


@settings_of_hypothesis(deadline=None)
@given(
    fields=st.dictionaries(WORDS, WORDS, max_size=6), port=st.sampled_from(["", ":443", ":8443"]), query=WORDS,
    signed_port=st.sampled_from(["", ":443"]), is_theirs=st.booleans(),
)  # fmt: skip
def test_our_validator_agrees_with_twilios_own(
    fields: dict[str, str], port: str, query: str, signed_port: str, *, is_theirs: bool
) -> None:
    address = f"/hooks/carrier/status?{urlencode({'text': query})}"
    signed = f"https://refill.example{signed_port}{address}"
    theirs = RequestValidator(TOKEN)
    signature = theirs.compute_signature(signed, fields) if is_theirs else twilio_signature.sign("x", signed, fields)
    asked = f"https://refill.example{port}{address}"
    assert twilio_signature.is_genuine([TOKEN], asked, fields, signature) == theirs.validate(asked, fields, signature)
    assert not is_theirs or twilio_signature.sign(TOKEN, signed, fields) == signature


def test_numbers_that_want_an_address_are_neither_offered_nor_bought(fake: FakeTwilio) -> None:
    carrier = settings_carrier()
    offered = carrier.available_numbers(country="US", kind="local") or ()
    assert [(offer.number, offer.can_text, offer.can_mms) for offer in offered] == [
        ("+12065550101", True, False), ("+12065550102", True, False),
    ]  # fmt: skip
    assert carrier.is_offered(WANTS_ADDRESS, "local") is False
    assert carrier.buy_number(WANTS_ADDRESS, "num_wants").state == "refused"
    assert {form["ExcludeAllAddressRequired"] for _, path, form in fake.calls if "Available" in path} == {"true"}


def test_a_country_without_numbers_of_a_kind_has_none_and_is_no_outage(fake: FakeTwilio) -> None:
    carrier = settings_carrier()
    assert carrier.available_numbers(country="GB", kind="toll_free") == ()
    assert carrier.is_offered("+448005551234", "toll_free") is False
    assert carrier.available_numbers(country="GB", kind="local", area="20") == ()
    assert [form.get("Contains") for _, path, form in fake.calls if "GB/Local" in path] == ["+4420"]
    assert carrier.available_numbers(country="US", kind="local", area="415") == ()
    assert len(carrier.available_numbers(country="US", kind="local", area="206") or ()) == 2
