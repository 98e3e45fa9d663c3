"""X16: whoever asks for a login or a new password is answered by mail alone, and by the worker alone."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from refill.domain.roles import Role
from refill.models import Entrance, Mail, User
from refill.services.team import entrances
from refill.services.team.people import give_logins
from tests.web.accounts import PASSWORD, Team, make_team

STRANGER = "nobody-at-all@web.example"
DOORS = ["/user/password/reset/", "/user/signup/"]


@pytest.fixture
def own() -> Team:
    made = make_team(days=0)
    give_logins(emails=[made.emails[Role.OWNER]], password=PASSWORD)
    Entrance.objects.all().delete()
    Mail.objects.all().delete()
    cache.clear()
    return made


def asked(door: str, email: str) -> list[str]:
    """Ask, and the statements that it took."""
    with CaptureQueriesContext(
        connection,
    ) as seen:
        answer = Client().post(door, {"email": email, "name": "Grace  Njeri", "password1": PASSWORD})
    assert answer.status_code == 302
    return [re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in seen.captured_queries]


def subjects(email: str) -> list[str]:
    rows = Mail.objects.filter(to=email, kind="written").order_by("id")
    return [facts["subject"] for facts in rows.values_list("facts", flat=True)]


@pytest.mark.parametrize("door", DOORS)
def test_a_known_address_and_an_unknown_one_take_the_very_same_statements(own: Team, door: str) -> None:
    asked(door, "somebody-else@web.example")  # what is done once a process is done
    known, unknown = asked(door, own.emails[Role.OWNER]), asked(door, STRANGER)
    assert known == unknown
    assert not any("refill_user" in statement or "account_emailaddress" in statement for statement in known)
    assert Entrance.objects.count() == 3
    assert not Mail.objects.exists()


def test_who_has_a_login_is_sent_a_link_and_who_has_none_is_told(own: Team) -> None:
    for email in (own.emails[Role.OWNER], STRANGER):
        asked("/user/password/reset/", email)
    assert entrances.answer_due() == 2
    assert subjects(own.emails[Role.OWNER]) == ["Set a new password"]
    assert subjects(STRANGER) == ["About signing in to Refill"]
    assert not Entrance.objects.exists()
    assert entrances.answer_due() == 0


def test_a_login_is_made_by_the_worker_once_and_its_password_is_never_kept_in_the_open(own: Team) -> None:
    asked("/user/signup/", STRANGER)
    kept = Entrance.objects.get()
    assert PASSWORD not in kept.password
    assert not User.objects.filter(email=STRANGER).exists()
    assert entrances.answer_due() == 1
    made = User.objects.get(email=STRANGER)
    assert (made.name, made.check_password(PASSWORD)) == ("Grace Njeri", True)
    assert subjects(STRANGER) == ["Confirm your mail address"]
    cache.clear()
    asked("/user/signup/", STRANGER)
    assert entrances.answer_due() == 1
    assert subjects(STRANGER) == ["Confirm your mail address", "You have a login already"]
    assert User.objects.filter(email=STRANGER).count() == 1
    User.objects.filter(email=STRANGER).delete()


@pytest.mark.parametrize("door", DOORS)
def test_one_address_is_not_written_to_over_and_over(own: Team, door: str) -> None:
    answers = [Client().post(door, {"email": STRANGER, "name": "Grace", "password1": PASSWORD}) for _ in range(30)]
    assert answers[0].status_code == 302
    assert 1 <= Entrance.objects.count() <= 20
    entrances.answer_due()
    User.objects.filter(email=STRANGER).delete()


def test_what_cannot_be_answered_keeps_nobody_waiting(own: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    asked("/user/password/reset/", STRANGER)
    asked("/user/signup/", "grace@web.example")

    def fail(_: Entrance) -> None:
        raise RuntimeError("a template that cannot say it")

    monkeypatch.setitem(entrances._ANSWERS, Entrance.Kind.RESET, fail)
    assert entrances.answer_due() == 2
    assert subjects("grace@web.example") == ["Confirm your mail address"]
    User.objects.filter(email="grace@web.example").delete()
