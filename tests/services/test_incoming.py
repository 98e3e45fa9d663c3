"""Texts that come in: always received, whatever the balance; what they cost is spent, owed, or waits (RULES §6.3)."""

import itertools
from datetime import timedelta

import psycopg
import pytest

from refill.domain.carriers import IncomingText
from refill.domain.policies import as_dict
from refill.domain.texts import word_of
from refill.models import Balance, Conversation, Event, Message, Number, OptOut, Period
from refill.services import periods
from refill.services.messages import incoming
from tests.life import Platform
from tests.texting import ASKS, FINE, Team

_versions = itertools.count(1)


def _receive(team: Team, body: str, reference: str, sender: str = FINE) -> Message | None:
    text = IncomingText(reference, sender, team.number.e164, body)
    found = incoming.receive(account_id=team.account_id, number_id=team.number.pk, text=text)
    return team.text(found) if found is not None else None


def _received(team: Team, body: str, reference: str, sender: str = FINE) -> Message:
    kept = _receive(team, body, reference, sender)
    assert kept is not None
    return kept


def _under_policy(team: Team, **rules: str) -> None:
    """The current period began under these rules."""
    period = Period.objects.get(account_id=team.account_id, state="current")
    version = periods.latest_policy()
    values = as_dict(periods.policy_of(version)) | rules
    # Below all others, so that it is nobody else's newest.
    version.pk, version.values = -next(_versions), values
    version.save(force_insert=True)
    Period.objects.filter(pk=period.pk).update(policy=version)


def test_a_text_comes_in_once_for_its_reference_and_costs_a_credit_a_part(platform: Platform) -> None:
    team = Team(platform)
    first = _received(team, "x" * 161, "SM1")
    assert _received(team, "x" * 161, "SM1").pk == first.pk
    assert (first.parts, first.charged, team.balance()) == (2, 2, (98, 0, 0))
    talk = Conversation.objects.get(account_id=team.account_id)
    assert (talk.contact.e164, talk.unread) == (FINE, 1)
    assert team.mismatches() == []


def test_at_a_deleted_number_nothing_arrives_or_costs_but_stop_is_heeded(platform: Platform) -> None:
    team = Team(platform)
    now = Balance.objects.get(account_id=team.account_id).entry_at
    Number.objects.filter(pk=team.number.pk).update(removed_at=now, purge_at=now + timedelta(days=30))
    assert _receive(team, "Are you there?", "SM1") is None
    assert (Message.objects.filter(account_id=team.account_id).count(), team.balance()) == (0, (100, 0, 0))
    assert _received(team, "STOP", "SM2").charged == 0
    assert OptOut.objects.filter(account_id=team.account_id, e164=FINE, lifted_at=None).exists()
    Number.objects.filter(pk=team.number.pk).update(removed_at=None, purge_at=None)
    assert _received(team, "Are you there now?", "SM3").charged == 1


def test_at_zero_it_is_owed_up_to_a_months_credits_then_hidden_until_there_are_some(platform: Platform) -> None:
    team = Team(platform, credits=0, price=platform.price("starter", 250))
    team.life.spend(250)
    owed = _received(team, "Is this still on?", "a")
    assert (owed.step, owed.charged, team.balance()) == ("", 1, (0, 0, 1))
    assert Event.objects.filter(account_id=team.account_id, kind="credits.owed").count() == 1
    for parts in (65, 65, 65, 54):
        _received(team, "x" * 153 * parts, f"b{parts}{team.balance()}")
    hidden = _received(team, "One more", "c")
    assert (hidden.step, hidden.charged, team.balance()) == ("hidden", 0, (0, 0, 250))
    team.life.call("POST", "/grants", {"credits": 251, "source": "promotion", "reason": "more"})
    assert team.balance() == (1, 0, 0)
    team.run()
    assert (team.text(hidden.pk).step, team.text(hidden.pk).charged, team.balance()) == ("", 1, (0, 0, 0))
    assert Event.objects.filter(account_id=team.account_id, kind="message.received").count() == 6
    assert team.mismatches() == []


def test_the_policy_may_hide_or_block_at_zero_and_stop_works_all_the_same(platform: Platform) -> None:
    team = Team(platform, credits=0, price=platform.price("starter", 250))
    team.life.spend(250)
    _under_policy(team, inbound_at_zero="accept_and_hide")
    assert _received(team, "Hello", "a").step == "hidden"
    _under_policy(team, inbound_at_zero="block")
    assert _receive(team, "Hello", "b") is None
    assert _received(team, "STOP", "c").charged == 0
    assert OptOut.objects.filter(account_id=team.account_id, lifted_at=None).count() == 1
    assert (team.balance(), team.mismatches()) == ((0, 0, 0), [])


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("STOP", "stop"), (" stop\n", "stop"), ("Unsubscribe", "stop"), ("OPTOUT", "stop"), ("START", "start"),
        ("unstop", "start"), ("HELP", "help"), ("info", "help"), ("Stop it", None), ("yes", None), ("", None),
    ],
)  # fmt: skip
def test_words_are_those_that_carriers_define(body: str, word: str | None) -> None:
    assert word_of(body) == word
    assert word_of("YES", is_opted_out=True) == "start"


def _thread(team: Team) -> list[tuple[str, str, int, int]]:
    """(direction, the first word, state, credits) of all that was said."""
    rows = Message.objects.filter(account_id=team.account_id).order_by("pk")
    return [(row.direction, (row.body or "").split(".")[0], row.credits, row.charged) for row in rows]


STOPPED, STARTED, HELPED = (
    "You are unsubscribed and get no more texts from us", "You are subscribed again",
    "Reply STOP to unsubscribe",
)  # fmt: skip


def test_the_sandbox_answers_stop_start_and_help_as_carriers_do_and_it_costs_nothing(platform: Platform) -> None:
    team = Team(platform, credits=1)
    team.life.spend(1)
    for place, word in enumerate(["HELP", "stop", "STOP", "info", "START", "START"]):
        _received(team, word, f"w{place}")
        _received(team, word, f"w{place}")
    assert _thread(team) == [
        ("in", "HELP", 0, 0), ("out", HELPED, 0, 0), ("in", "stop", 0, 0), ("out", STOPPED, 0, 0),
        ("in", "STOP", 0, 0), ("in", "info", 0, 0), ("out", HELPED, 0, 0),
        ("in", "START", 0, 0), ("out", STARTED, 0, 0), ("in", "START", 0, 0),
    ]  # fmt: skip
    assert (team.balance(), team.mismatches()) == ((0, 0, 0), [])


def test_who_answers_help_hears_from_the_carrier(platform: Platform) -> None:
    team = Team(platform)
    team.send(to=ASKS)
    team.run()
    team.life.advance("2027-03-01 09:01")
    assert _thread(team) == [("out", "Your table is ready", 1, 1), ("in", "HELP", 0, 0), ("out", HELPED, 0, 0)]
    assert (team.balance(), team.mismatches()) == ((99, 0, 0), [])


def test_verify_names_a_text_whose_charge_is_not_what_the_ledger_took(
    platform: Platform, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    team = Team(platform)
    sent, held = team.send(), team.send()
    Message.objects.filter(pk=held.pk).update(next_at=None)
    team.run()
    assert team.mismatches() == []
    damage = {
        "charged = 0 where id = %(sent)s": "charged = replay",
        "credits = 2 where id = %(sent)s": "what was sent or delivered is charged as it was shown",
        "state = 'failed' where id = %(sent)s": "what failed or waits costs nothing",
        "hold_id = null where id = %(held)s": "a text that is not decided has an open hold",
        "step = '' where id = %(held)s": "an open hold of texts holds what its undecided texts cost",
    }
    rows = Message.objects.filter(account_id=team.account_id)
    undo = list(rows.values("pk", "charged", "credits", "state", "hold_id", "step"))
    for statement, what in damage.items():
        owner.execute(f"update refill_message set {statement}", {"sent": sent.pk, "held": held.pk})
        assert what in {found.what for found in team.mismatches()}, statement
        for row in undo:
            rows.filter(pk=row["pk"]).update(**{name: value for name, value in row.items() if name != "pk"})
    assert team.mismatches() == []
