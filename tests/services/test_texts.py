"""One text: held when it is accepted, captured when the carrier takes it, released or given back when it does not."""

from datetime import timedelta

import pytest

from refill.domain import ids
from refill.domain.errors import (
    AccountClosed,
    Conflict,
    IdempotencyMismatch,
    InsufficientCredits,
    Invalid,
    OptedOut,
    Unknown,
)
from refill.models import Balance, Entry, Event, Message, Number, OptOut
from refill.services.messages import incoming, texts
from tests.life import Platform, utc
from tests.texting import (
    ACTOR,
    BLOCKED,
    BUSY,
    FAILS,
    FINE,
    REFUSED,
    REPLIES,
    SLOW,
    STOPS,
    UNKNOWN_FINE,
    UNKNOWN_NEVER,
    Team,
)


def _events(team: Team) -> list[str]:
    found = Event.objects.filter(account_id=team.account_id, kind__startswith="message.")
    return list(found.order_by("id").values_list("kind", flat=True))


def test_a_text_is_held_then_captured_then_delivered(team: Team) -> None:
    text = team.send()
    assert (text.state, text.step, team.balance()) == ("accepted", "queued", (99, 1, 0))
    team.run()
    assert (team.state(text), team.text(text.pk).step, team.balance()) == (("sent", "", 1), "news", (99, 0, 0))
    team.life.advance("2027-03-01 09:01")
    assert team.state(text) == ("delivered", "", 1)
    assert team.kinds() == [("hold", -1, 1), ("capture", 0, -1)]
    entry = Entry.objects.get(account_id=team.account_id, kind="capture")
    assert (entry.message_id, entry.number_id, entry.parts, entry.usage_kind) == (text.pk, team.number.pk, 1, "text")
    assert _events(team) == ["message.sent", "message.delivered"]
    assert team.handed_over(text) == 1
    assert team.mismatches() == []


@pytest.mark.parametrize(("to", "code"), [(REFUSED, "21211"), (BLOCKED, "21610")])
def test_what_the_carrier_refuses_costs_nothing(team: Team, to: str, code: str) -> None:
    text = team.send(to)
    team.run()
    assert (team.state(text), team.balance()) == (("failed", code, 0), (100, 0, 0))
    assert team.kinds() == [("hold", -1, 1), ("release", 1, -1)]
    assert _events(team) == ["message.failed"]
    assert team.mismatches() == []


def test_what_the_carrier_could_not_deliver_is_given_back(team: Team) -> None:
    text = team.send(FAILS)
    team.life.advance("2027-03-01 09:01")
    assert (team.state(text), team.balance()) == (("failed", "30005", 0), (100, 0, 0))
    assert team.kinds() == [("hold", -1, 1), ("capture", 0, -1), ("reverse", 1, 0)]
    assert team.mismatches() == []


def test_a_slow_text_is_asked_about_later(team: Team) -> None:
    text = team.send(SLOW)
    team.life.advance("2027-03-01 09:59")
    assert team.state(text) == ("sent", "", 1)
    team.life.advance("2027-03-01 10:00:01")
    assert team.state(text) == ("delivered", "", 1)


def test_an_unknown_outcome_is_asked_about_and_never_sent_twice(team: Team) -> None:
    taken, never = team.send(UNKNOWN_FINE), team.send(UNKNOWN_NEVER)
    team.run()
    assert [team.text(text.pk).step for text in (taken, never)] == ["unknown", "unknown"]
    assert team.balance() == (98, 2, 0)
    team.life.advance("2027-03-01 09:00:05")
    assert [team.state(text) for text in (taken, never)] == [("delivered", "", 1), ("failed", "never_sent", 0)]
    assert (team.handed_over(taken), team.handed_over(never), team.balance()) == (1, 0, (99, 0, 0))
    assert team.mismatches() == []


def test_a_busy_carrier_is_tried_again_and_given_up_in_the_end(team: Team) -> None:
    text = team.send(BUSY)
    team.life.advance("2027-03-01 09:10")
    assert (team.text(text.pk).step, team.balance()) == ("queued", (99, 1, 0))
    team.life.advance("2027-03-01 12:00")
    assert (team.state(text), team.balance()) == (("failed", "busy", 0), (100, 0, 0))


def test_a_text_whose_handing_over_nobody_finished_is_asked_about(team: Team) -> None:
    text = team.send()
    Message.objects.filter(pk=text.pk).update(step="sending", sent_at=utc("2027-03-01 09:00"))
    team.run()
    assert (team.state(text), team.handed_over(text)) == (("failed", "never_sent", 0), 0)


def test_a_reply_comes_in_and_costs_a_credit(team: Team) -> None:
    text = team.send(REPLIES)
    team.life.advance("2027-03-01 09:01")
    reply = Message.objects.get(account_id=team.account_id, direction="in")
    assert (reply.body, reply.charged, reply.conversation_id) == ("Yes, please.", 1, text.conversation_id)
    assert team.balance() == (98, 0, 0)
    assert _events(team) == ["message.sent", "message.received", "message.delivered"]
    assert team.mismatches() == []


def test_stop_is_free_and_heeded_before_any_charge_and_start_lifts_it(team: Team) -> None:
    team.send(STOPS)
    team.life.advance("2027-03-01 09:01")
    assert (team.balance(), OptOut.objects.get(account_id=team.account_id).word) == ((99, 0, 0), "STOP")
    with pytest.raises(OptedOut):
        team.send(STOPS)
    assert team.balance() == (99, 0, 0)
    _receive(team, " Start ", sender=STOPS)
    assert team.send(STOPS).state == "accepted"
    assert team.balance() == (98, 1, 0)


def test_stop_between_accepting_and_handing_over_is_heeded(team: Team) -> None:
    text = team.send()
    _receive(team, "STOP", sender=FINE)
    team.run()
    assert (team.state(text), team.handed_over(text), team.balance()) == (("failed", "opted_out", 0), 0, (100, 0, 0))


def test_at_zero_a_text_is_refused_with_the_shortage(team: Team) -> None:
    team.life.spend(100)
    with pytest.raises(InsufficientCredits) as short:
        team.send(body="x" * 161)
    assert (short.value.facts["required"], short.value.facts["available"]) == (2, 0)
    assert not Message.objects.filter(account_id=team.account_id).exists()


def test_at_zero_a_text_can_wait_and_goes_by_itself_soon_after_only(team: Team) -> None:
    team.life.spend(100)
    soon = team.send(at_zero="wait")
    assert (soon.state, soon.step) == ("waiting", "short")
    team.life.call("POST", "/grants", {"credits": 1, "source": "promotion", "reason": "refill"})
    team.run()
    assert team.state(soon)[0] == "sent"
    late = team.send(at_zero="wait")
    team.life.advance("2027-03-01 09:30")
    team.life.call("POST", "/grants", {"credits": 5, "source": "promotion", "reason": "refill"})
    team.run()
    assert team.state(late)[0] == "waiting"
    texts.send_waiting(account_id=team.account_id, message_id=late.pk, actor=ACTOR)
    team.run()
    assert team.state(late)[0] == "sent"
    assert team.mismatches() == []


def test_a_waiting_text_can_be_called_off(team: Team) -> None:
    team.life.spend(100)
    text = team.send(at_zero="wait")
    texts.call_off(account_id=team.account_id, message_id=text.pk, actor=ACTOR)
    assert team.state(text) == ("failed", "called_off", 0)
    with pytest.raises(Conflict):
        texts.call_off(account_id=team.account_id, message_id=text.pk, actor=ACTOR)


def test_a_scheduled_text_is_priced_and_held_at_its_time(team: Team) -> None:
    text = team.send(send_at=utc("2027-03-02 09:00"))
    assert (text.state, text.step, team.balance()) == ("waiting", "scheduled", (100, 0, 0))
    team.life.advance("2027-03-02 08:59")
    assert team.state(text)[0] == "waiting"
    team.life.advance("2027-03-02 09:01")
    assert (team.state(text), team.balance()) == (("delivered", "", 1), (99, 0, 0))


def test_a_scheduled_text_waits_where_credits_are_short(team: Team) -> None:
    text = team.send(send_at=utc("2027-03-02 09:00"))
    team.life.spend(100)
    team.life.advance("2027-03-02 09:00")
    assert (team.state(text)[0], team.text(text.pk).step) == ("waiting", "short")


def test_mms_costs_three_and_a_long_text_its_parts(team: Team) -> None:
    assert team.send(media=["https://media.example/menu.png"], body="").credits == 3
    assert team.send(body="€" * 81).credits == 2
    assert team.balance() == (95, 5, 0)


def test_one_key_is_one_text(team: Team) -> None:
    first = team.send(key="k", fingerprint=1)
    assert team.send(key="k", fingerprint=1).pk == first.pk
    assert team.balance() == (99, 1, 0)
    with pytest.raises(IdempotencyMismatch):
        team.send(key="k", fingerprint=2)


@pytest.mark.parametrize(
    ("facts", "param"),
    [
        ({"to": "12"}, "to"),
        ({"to": "+1202555"}, "to"),
        ({"body": ""}, "body"),
        ({"body": "x" * 1_531}, "body"),
        ({"body": "\ud83d"}, "body"),
        ({"media": ["ftp://media.example/menu.png"]}, "media"),
        ({"media": ["https://media.example/a b.png"]}, "media"),
        ({"media": ["https://media.example/menu.png"] * 11}, "media"),
        ({"send_at": utc("2027-03-01 09:00")}, "send_at"),
        ({"send_at": utc("2029-03-01 09:00")}, "send_at"),
    ],
)
def test_what_cannot_be_sent_is_refused_and_changes_nothing(team: Team, facts: dict[str, object], param: str) -> None:
    with pytest.raises(Invalid) as refusal:
        team.send(**facts)  # type: ignore[arg-type]
    assert (refusal.value.param, team.balance()) == (param, (100, 0, 0))
    assert not Message.objects.filter(account_id=team.account_id).exists()


def test_a_number_of_another_account_does_not_exist(team: Team, platform_key: str) -> None:
    other = Team(Platform(platform_key), credits=0)
    with pytest.raises(Unknown):
        texts.send(account_id=team.account_id, number_id=other.number.pk, to=FINE, body="Hello")


def test_a_closed_account_sends_nothing_and_what_was_held_comes_back(team: Team, owner: object) -> None:
    text = team.send()
    owner.execute(  # type: ignore[attr-defined]
        "update refill_balance set closed = 'suspended' where account_id = %s", (team.account_id,)
    )
    with pytest.raises(AccountClosed):
        team.send()
    team.run()
    assert (team.state(text), team.balance()) == (("failed", "account_closed", 0), (100, 0, 0))


def test_no_text_leaves_from_a_number_that_was_deleted_and_what_was_held_comes_back(team: Team) -> None:
    text = team.send()
    now = Balance.objects.get(account_id=team.account_id).entry_at
    Number.objects.filter(pk=team.number.pk).update(removed_at=now, purge_at=now + timedelta(days=30))
    team.run()
    assert (team.state(text), team.balance(), team.handed_over(text)) == (("failed", "conflict", 0), (100, 0, 0), 0)
    released = Entry.objects.get(account_id=team.account_id, kind="release")
    assert released.reason == "its number was deleted"


def _receive(team: Team, body: str, *, sender: str = FINE, reference: str = "") -> int | None:
    from_them = incoming.IncomingText(reference or f"in-{body}-{sender}", sender, team.number.e164, body)
    return incoming.receive(account_id=team.account_id, number_id=team.number.pk, text=from_them)


def test_the_hold_of_a_text_is_ended_by_the_product_alone(team: Team) -> None:
    text = team.send()
    for way in ("capture", "release"):
        refusal = team.life.refused("POST", f"/holds/{ids.encode('hold', text.hold_id or 0)}/{way}", {})
        assert (refusal.status, team.balance()) == (409, (99, 1, 0))
