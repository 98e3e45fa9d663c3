"""Corrections by the office: exact, once, with a reason; above the limit by two."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from refill.domain.errors import Conflict, Forbidden, Invalid, NothingToDo
from refill.domain.records import Actor
from refill.ledger import verify
from refill.models import AuditRow, Correction, Entry, Grant
from refill.services import credits
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
