"""Two steps and passkeys: turned on, used to sign in, and nothing wrong with their pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Page

from refill.domain.roles import Role
from refill.services.team.people import give_logins
from tests.web.accounts import PASSWORD, Team, make_team
from tests.web.codes import code_of
from tests.web.conftest import session_of
from tests.web.looking import faults, faults_on

Open = Callable[..., Page]


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A code may be half a minute old, so that no test fails because it ran as one code gave way to the next."""
    monkeypatch.setattr(settings, "MFA_TOTP_TOLERANCE", 1, raising=False)


def _team_with_passwords() -> Team:
    team = make_team(days=1, a_day=0)
    give_logins(emails=[team.emails[Role.OWNER]], password=PASSWORD)
    return team


def _say_the_password(page: Page) -> None:
    """How one signs in is changed only after the password, also right after signing in."""
    assert page.locator("h1").inner_text() == "Is it still you?"
    page.fill("[name=password]", PASSWORD)
    page.click("main form .button.ink")


def _sign_in(page: Page, team: Team) -> None:
    page.goto("/user/login/")
    page.fill("[name=login]", team.emails[Role.OWNER])
    page.fill("[name=password]", PASSWORD)
    page.click("main form .button.ink")


def test_an_authenticator_app_is_turned_on_and_asked_for_at_the_next_sign_in(open_as: Open) -> None:
    team = _team_with_passwords()
    page = open_as(team)
    page.goto("/settings/security")
    page.click("section:has-text('Authenticator app') >> text='Turn on'")
    _say_the_password(page)
    assert faults(page) == []
    secret = page.locator("form input[readonly]").input_value()
    page.fill("[name=code]", "000000")
    page.click("main form .button.ink")
    assert page.locator(".field .fault").count() == 1
    assert faults(page) == []
    secret = page.locator("form input[readonly]").input_value()
    page.fill("[name=code]", code_of(secret))
    page.click("main form .button.ink")
    page.goto("/settings/security")
    assert "✓ on" in page.locator("section:has-text('Authenticator app')").inner_text()
    assert "10 left" in page.locator("section:has-text('Recovery codes')").inner_text()
    pages = ("mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_deactivate_totp", "mfa_index")
    assert faults_on(page, [reverse(name) for name in pages]) == {}
    other = open_as(None)
    _sign_in(other, team)
    assert "/2fa/authenticate" in other.url
    assert faults(other) == []
    other.fill("[name=code]", code_of(secret))
    other.click("main form .button.ink")
    assert other.locator("h1").inner_text() == "Plan & Billing"


def test_an_authenticator_app_is_turned_on_without_script(open_as: Open) -> None:
    team = _team_with_passwords()
    page = open_as(team, script=False)
    page.goto(reverse("mfa_activate_totp"))
    _say_the_password(page)
    page.fill("[name=code]", code_of(page.locator("form input[readonly]").input_value()))
    page.click("main form .button.ink")
    assert Authenticator.objects.filter(user=team.user(Role.OWNER), type="totp").count() == 1


def test_a_passkey_is_added_and_signs_in_with_nothing_typed(with_a_key: Callable[[Team], Page]) -> None:
    team = _team_with_passwords()
    page = with_a_key(team)
    page.goto("/settings/security")
    page.click("section:has-text('Passkeys') >> text='Add one'")
    _say_the_password(page)
    assert faults(page) == []
    page.fill("[name=name]", "Ann's laptop")
    page.check("[name=passwordless]")
    with page.expect_navigation():
        page.click("#mfa_webauthn_add")
    assert faults_on(page, [reverse("mfa_list_webauthn")]) == {}
    assert "Ann's laptop" in page.locator("main").inner_text()
    page.click("#profile-menu summary")
    page.click("#profile-menu >> text='Sign out'")
    page.goto("/user/login/?next=/statement")
    with page.expect_navigation():
        page.click("#passkey_login")
    page.wait_for_url("**/statement")
    assert page.locator("#profile-menu summary b").inner_text() == "Ann Okafor"


def test_a_sign_in_of_some_hours_ago_is_asked_for_the_password_and_led_on(open_as: Open) -> None:
    team = _team_with_passwords()
    page = open_as(None)
    key = session_of(team.user(Role.OWNER), hours_ago=13)
    page.goto("/help")
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": page.url}])
    page.goto("/settings/cards/new")
    assert page.locator("h1").inner_text() == "Is it still you?"
    said = "Please enter your password again. Paying needs a sign-in or password within the last 12 hours."
    assert page.locator(".banner.note").inner_text() == said
    assert faults(page) == []
    page.fill("[name=password]", PASSWORD)
    page.click("main form .button.ink")
    assert page.locator("h1").inner_text() == "Which card?"
