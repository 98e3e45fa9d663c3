"""The office's door: operators alone, with an authenticator's code of this session."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page

from refill.domain.roles import Role
from refill.models import AuditRow, User
from refill.services.office import operators
from refill.services.team import people
from refill.web.policy import PAGES
from tests.web.accounts import OPERATOR, PASSWORD, Team, make_operator, make_team
from tests.web.looking import faults, faults_on

Open = Callable[..., Page]


def test_every_page_under_the_offices_address_has_the_operators_door() -> None:
    assert {line.door for name, line in PAGES.items() if name.startswith("office")} == {"operator"}
    assert {name for name, line in PAGES.items() if line.door == "operator" and not name.startswith("office")} == set()


@pytest.mark.parametrize("role", list(Role))
def test_the_office_does_not_exist_for_customers(team: Team, client_of: Callable[..., Client], role: Role) -> None:
    assert client_of(team, role).get("/office").status_code == 404


def test_an_operator_with_a_code_enters(operator_client: Callable[..., Client]) -> None:
    assert operator_client().get("/office").status_code == 200


def test_x26_an_operator_without_a_code_in_this_session_sets_one_up_first(
    operator_client: Callable[..., Client],
) -> None:
    answer = operator_client(with_code=False).get("/office")
    assert answer.headers["Location"] == "/user/2fa/totp/activate/?next=%2Foffice"


def test_x26_an_operator_who_has_an_authenticator_is_asked_for_its_code(operator_client: Callable[..., Client]) -> None:
    user = make_operator()
    operators.give_authenticator(email=user.email, secret=generate_totp_secret())
    answer = operator_client(user, with_code=False).get("/office")
    assert answer.headers["Location"] == "/user/2fa/reauthenticate/?next=%2Foffice"


def test_x26_a_code_of_yesterday_does_not_open_the_office(operator_client: Callable[..., Client]) -> None:
    assert operator_client(hours_ago=11).get("/office").status_code == 200
    assert operator_client(hours_ago=13).get("/office").status_code == 302


def test_who_is_no_operator_any_more_is_out_at_the_next_request(operator_client: Callable[..., Client]) -> None:
    user = make_operator()
    client = operator_client(user)
    assert client.get("/office").status_code == 200
    operators.remove(email=user.email, actor=OPERATOR)
    assert client.get("/office").status_code == 404
    assert list(AuditRow.objects.filter(action__startswith="operator.").order_by("-id").values_list("action"))[:2] == [
        ("operator.removed",),
        ("operator.added",),
    ]


def test_being_an_operator_says_nothing_about_any_account(operator_client: Callable[..., Client], team: Team) -> None:
    assert operator_client().get("/settings/billing").headers["Location"] == "/start"
    assert operator_client().get("/").headers["Location"] == "/office"


def test_a_new_login_is_made_with_a_password_told_once_and_an_old_one_keeps_its_own() -> None:
    made = operators.add(email="New.Operator@office.example", actor=OPERATOR)
    user = User.objects.get(pk=made.user_id)
    assert made.password is not None
    assert (user.email, user.check_password(made.password)) == ("new.operator@office.example", True)
    team = make_team(days=1, a_day=0)
    people.give_logins(emails=[team.emails[Role.OWNER]], password=PASSWORD)
    assert operators.add(email=team.emails[Role.OWNER], actor=OPERATOR).password is None
    assert team.user(Role.OWNER).check_password(PASSWORD)


def test_the_demo_shows_the_operators_code_and_leads_into_the_office(
    open_as: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "DEMO", True)
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    user, secret = make_operator(), generate_totp_secret()
    operators.give_authenticator(email=user.email, secret=secret)
    row = {"name": "Olive Marsh", "role": "Operator", "email": user.email, "where": "The operator’s office"}
    said = {"password": PASSWORD, "authenticator": secret, "logins": [row]}
    (tmp_path / "demo-logins.json").write_text(json.dumps(said))
    page = open_as(None, script=False)
    page.goto("/user/login/")
    page.click(".doors button")
    page.fill("[name=code]", page.locator(".banner code").inner_text())
    page.click("main form .button.ink")
    assert page.locator("h1").inner_text() == "Operator’s office"


def test_outside_the_demo_no_code_is_shown(open_as: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    user, secret = make_operator(), generate_totp_secret()
    operators.give_authenticator(email=user.email, secret=secret)
    (tmp_path / "demo-logins.json").write_text(json.dumps({"password": "", "authenticator": secret, "logins": []}))
    client = Client()
    client.post("/user/login/", {"login": user.email, "password": PASSWORD})
    assert "authenticator shows" not in client.get("/user/2fa/authenticate/").content.decode()


def test_nothing_is_wrong_with_the_offices_first_page_and_its_menu(open_as: Open) -> None:
    page = open_as(make_operator())
    assert faults_on(page, ["/office"]) == {}
    page.click("#profile-menu summary")
    assert faults(page) == []
