"""Whoever signs in with a browser not seen before: its user hears of it, and is not told without end."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from refill.domain.roles import Role
from refill.services.team.people import give_logins
from refill.web import devices
from tests.web.accounts import PASSWORD, Team, make_team

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def team() -> Team:
    made = make_team(days=0, a_day=0)
    for role in (Role.OWNER, Role.ADMIN):
        give_logins(emails=[made.emails[role]], password=PASSWORD)
    return made


def sign_in(team: Team, role: Role = Role.OWNER, client: Client | None = None) -> Client:
    """Sign in with a browser: a new one where none is given."""
    client = client or Client(headers={"User-Agent": FIREFOX})
    client.post("/user/logout/")
    answer = client.post("/user/login/", {"login": team.emails[role], "password": PASSWORD})
    assert (answer.status_code, "_auth_user_id" in client.session) == (302, True)
    return client


def told(team: Team, role: Role = Role.OWNER) -> list[str]:
    return [str(letter.body) for letter in mail.outbox
            if (letter.to, letter.subject) == ([team.emails[role]], "New sign-in to Refill")]  # fmt: skip


def test_a_browser_that_is_new_is_told_and_one_that_is_known_is_not(team: Team) -> None:
    first = sign_in(team)
    assert told(team) == []
    sign_in(team, client=first)
    assert told(team) == []
    other = sign_in(team)
    (said,) = told(team)
    assert "signed in to Refill with a browser that you have not used before" in said
    assert re.search(r"It was done from 127\.0\.0\.1 with Firefox on Linux, on .+ UTC\.", said)
    assert "set a new password at once and sign out everywhere else" in said
    sign_in(team, client=other)
    assert len(told(team)) == 1


def test_a_browser_knows_each_of_its_users(team: Team) -> None:
    for role in (Role.OWNER, Role.ADMIN):
        sign_in(team, role)
    shared = sign_in(team, Role.OWNER)
    sign_in(team, Role.ADMIN, shared)
    sign_in(team, Role.OWNER, shared)
    assert (len(told(team, Role.OWNER)), len(told(team, Role.ADMIN))) == (1, 1)


def test_a_browser_that_names_its_users_itself_is_new(team: Team) -> None:
    sign_in(team)
    forger = Client()
    kept = sign_in(team, Role.ADMIN).cookies[settings.DEVICE_COOKIE_NAME].value
    forger.cookies[settings.DEVICE_COOKIE_NAME] = "usr_1." + kept
    sign_in(team, client=forger)
    assert len(told(team)) == 1


def test_whose_browsers_forget_is_told_so_often_a_day(team: Team) -> None:
    for _ in range(devices.MOST_MAILS_A_DAY + 3):
        sign_in(team)
    assert len(told(team)) == devices.MOST_MAILS_A_DAY


def test_a_wrong_password_tells_nobody_and_leaves_no_cookie(team: Team) -> None:
    sign_in(team)
    guesser = Client()
    guesser.post("/user/login/", {"login": team.emails[Role.OWNER], "password": "not this one at all"})
    assert (told(team), settings.DEVICE_COOKIE_NAME in guesser.cookies) == ([], False)


def test_the_cookie_is_out_of_reach_of_scripts_and_survives_signing_out(team: Team) -> None:
    client = sign_in(team)
    cookie = client.cookies[settings.DEVICE_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    client.post("/user/logout/")
    assert client.cookies[settings.DEVICE_COOKIE_NAME].value == cookie.value
