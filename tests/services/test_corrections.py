"""Corrections by the office: exact, once, with a reason; above the limit by two."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection

from refill.domain.errors import Conflict, Forbidden, Invalid, NothingToDo, Unknown
from refill.domain.records import Actor
from refill.ledger import verify
from refill.models import AuditRow, Correction, Entry, Grant
from refill.services import credits
from refill.services.chores import clocks
from refill.services.office import corrections
from refill.services.office.corrections import Wanted
from tests.web.accounts import Team, make_operator, make_team


def _operator() -> Actor:
    user = make_operator()
    return Actor(f"operator {user.email}", None, user.pk)


@pytest.fixture
def own() -> Team:
    return make_team(days=1)


def _wanted(team: Team, credits_: int, **more: object) -> Wanted:
    return Wanted(account_id=team.account_id, credits=credits_, reason="For the outage", **more)  # type: ignore[arg-type]


def _available(team: Team) -> int:
    return credits.balance(account_id=team.account_id).available


def test_a_small_correction_is_done_at_once_and_once(own: Team) -> None:
    operator = _operator()
    assert corrections.preview(_wanted(own, 250)) == corrections.Preview(970, 1_220, 5_000, False)
    first = corrections.ask(wanted=_wanted(own, 250), operator=operator, once="one")
    assert corrections.ask(wanted=_wanted(own, 250), operator=operator, once="one") == first
    assert _available(own) == 1_220
    grant = Grant.objects.get(account_id=own.account_id, source="adjustment")
    assert (grant.amount, grant.reason, grant.ends_at) == (250, "For the outage", None)
    rows = AuditRow.objects.filter(account_id=own.account_id, actor=operator.label).order_by("id")
    assert [row.action for row in rows] == ["correction.asked", "credits.granted", "correction.done"]
    assert (rows[2].before, rows[2].after) == ({"available": 970}, {"available": 1_220})


def test_above_the_limit_nothing_moves_until_a_second_operator_agrees(own: Team) -> None:
    first, second = _operator(), _operator()
    number = corrections.ask(wanted=_wanted(own, 5_001), operator=first, once="big")
    assert (_available(own), corrections.waits(once="big")) == (970, True)
    with pytest.raises(Forbidden):
        corrections.agree(correction_id=number, operator=first)
    assert _available(own) == 970
    corrections.agree(correction_id=number, operator=second)
    assert _available(own) == 5_971
    for late in (corrections.agree, corrections.refuse):
        with pytest.raises(NothingToDo):
            late(correction_id=number, operator=second)
    assert _available(own) == 5_971


def test_the_database_itself_refuses_one_person_as_both(own: Team) -> None:
    first = _operator()
    number = corrections.ask(wanted=_wanted(own, 9_999), operator=first, once="both")
    with pytest.raises(Exception, match="correction_by_two"):
        Correction.objects.filter(pk=number).update(decided_by=first.user_id)


def test_a_refused_correction_moves_nothing(own: Team) -> None:
    number = corrections.ask(wanted=_wanted(own, 5_001), operator=_operator(), once="no")
    corrections.refuse(correction_id=number, operator=_operator())
    assert (_available(own), Correction.objects.get(pk=number).state) == (970, "refused")


def test_what_operators_gave_can_be_taken_back_as_far_as_it_is_left(own: Team) -> None:
    operator = _operator()
    corrections.ask(wanted=_wanted(own, 250), operator=operator, once="give")
    gift = Grant.objects.get(account_id=own.account_id, source="adjustment").pk
    corrections.ask(wanted=_wanted(own, -100, grant_id=gift), operator=operator, once="take")
    assert _available(own) == 1_120
    with pytest.raises(Conflict, match="150 credits are left"):
        corrections.ask(wanted=_wanted(own, -151, grant_id=gift), operator=operator, once="more")
    assert _available(own) == 1_120
    assert not Correction.objects.filter(once="more").exists()
    assert verify.run(own.account_id) == []


def test_plan_credits_and_bought_ones_are_not_taken_back_here(own: Team) -> None:
    plan = Grant.objects.get(account_id=own.account_id, source="allowance").pk
    before = Entry.objects.filter(account_id=own.account_id).count()
    with pytest.raises(Invalid):
        corrections.ask(wanted=_wanted(own, -1, grant_id=plan), operator=_operator(), once="plan")
    assert Entry.objects.filter(account_id=own.account_id).count() == before


@pytest.mark.parametrize("credits_", [0, 100_000_001, -100_000_001])
def test_absurd_amounts_are_refused(own: Team, credits_: int) -> None:
    with pytest.raises(Invalid):
        corrections.preview(_wanted(own, credits_))


def _spend(team: Team, credits_: int, key: str) -> int:
    return credits.spend(account_id=team.account_id, credits=credits_, key=key, fingerprint=1, kind="other").seq


def test_one_usage_is_given_back_to_its_grants_in_parts_and_no_more_than_it_took(own: Team) -> None:
    operator, seq = _operator(), _spend(own, 40, "a")
    assert corrections.preview(_wanted(own, 15, usage_seq=seq)) == corrections.Preview(930, 945, 5_000, False)
    assert _available(own) == 930
    for once in ("part", "part"):
        corrections.ask(wanted=_wanted(own, 15, usage_seq=seq), operator=operator, once=once)
    assert _available(own) == 945
    entry = Entry.objects.filter(account_id=own.account_id).latest("seq")
    assert (entry.kind, entry.credits, entry.corrects_seq, entry.reason) == ("reverse", 15, seq, "For the outage")
    for much in (26, 40):
        with pytest.raises(Invalid, match="25 credits of it are not given back yet"):
            corrections.ask(wanted=_wanted(own, much, usage_seq=seq), operator=operator, once=f"more {much}")
    corrections.ask(wanted=_wanted(own, 25, usage_seq=seq), operator=operator, once="rest")
    assert _available(own) == 970
    rows = AuditRow.objects.filter(account_id=own.account_id, actor=operator.label).order_by("id")
    assert [row.action for row in rows[:3]] == ["correction.asked", "usage.reversed", "correction.done"]
    assert (rows[2].before, rows[2].after) == ({"available": 930}, {"available": 945})
    assert verify.run(own.account_id) == []


def test_what_comes_back_to_an_ended_grant_is_previewed_as_the_nothing_that_it_is() -> None:
    team = make_team(days=1)
    seq = _spend(team, 40, "a")
    clocks.advance(clock_id=team.clock_id, to=datetime(2027, 3, 23, 14, tzinfo=UTC))
    before = _available(team)
    assert corrections.preview(_wanted(team, 40, usage_seq=seq)) == corrections.Preview(before, before, 5_000, False)
    corrections.ask(wanted=_wanted(team, 40, usage_seq=seq), operator=_operator(), once="ended")
    assert (_available(team), verify.run(team.account_id)) == (before, [])


def test_above_the_limit_a_usage_is_given_back_by_two() -> None:
    team = make_team(days=0, credits_=10_000)
    first, second, seq = _operator(), _operator(), _spend(team, 6_000, "big")
    number = corrections.ask(wanted=_wanted(team, 5_001, usage_seq=seq), operator=first, once="by two")
    assert (_available(team), corrections.waits(once="by two")) == (4_000, True)
    with pytest.raises(Forbidden):
        corrections.agree(correction_id=number, operator=first)
    corrections.agree(correction_id=number, operator=second)
    assert (_available(team), verify.run(team.account_id)) == (9_001, [])


def test_a_second_operator_who_comes_too_late_gives_nothing_back_twice() -> None:
    team = make_team(days=0, credits_=10_000)
    seq = _spend(team, 6_000, "big")
    number = corrections.ask(wanted=_wanted(team, 6_000, usage_seq=seq), operator=_operator(), once="late")
    credits.reverse(account_id=team.account_id, seq=seq, credits=1, reason="a mistake", actor=_operator())
    with pytest.raises(Invalid, match="5,999 credits"):
        corrections.agree(correction_id=number, operator=_operator())
    assert (_available(team), Correction.objects.get(pk=number).state) == (4_001, "waiting")


def test_what_is_no_usage_is_not_given_back(own: Team) -> None:
    with pytest.raises(Unknown):
        corrections.preview(_wanted(own, 1, usage_seq=1))
    with pytest.raises(Invalid):
        corrections.preview(_wanted(own, -1, usage_seq=_spend(own, 2, "b")))


def test_x19_eight_who_agree_at_once_make_it_happen_once(own: Team) -> None:
    number = corrections.ask(wanted=_wanted(own, 6_000), operator=_operator(), once="race")
    seconds = [_operator() for _ in range(8)]
    outcomes: list[str] = []

    def agree(operator: Actor) -> None:
        try:
            corrections.agree(correction_id=number, operator=operator)
            outcomes.append("done")
        except NothingToDo:
            outcomes.append("late")
        finally:
            connection.close()

    threads = [threading.Thread(target=agree, args=(operator,)) for operator in seconds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", *["late"] * 7]
    assert _available(own) == 6_970
