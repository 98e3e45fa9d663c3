"""Logins by keyboard alone: made, used, lost and found again, with a second step, with a passkey, ended elsewhere."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from refill.domain.roles import Role
from refill.models import Membership
from refill.services.team.people import give_logins
from tests.letters import asked_for, link_in
from tests.web.accounts import PASSWORD, Team, make_team
from tests.web.codes import code_of
from tests.web.walking import heading, open_menu, press, to, write

Open = Callable[..., Page]
NEW_PASSWORD = "quite another long password"


def _with_password() -> Team:
    team = make_team(days=1, a_day=0)
    give_logins(emails=[team.emails[Role.OWNER]], password=PASSWORD)
    return team


def _sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    page.goto("/user/login/")
    write(page, "login", email)
    write(page, "password", password)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def _say_the_password(page: Page) -> None:
    assert heading(page) == "Is it still you?"
    write(page, "password", PASSWORD)
    press(page, "Go on")


def _follow_the_mail(page: Page, email: str) -> None:
    page.goto(link_in(asked_for(email)))


def test_a_stranger_signs_up_and_starts_an_account(open_as: Open) -> None:
    page, email = open_as(None), "kei@keyboard.example"
    page.goto("/user/login/")
    press(page, "Make a login")
    for field, words in (("name", "Kei Tanaka"), ("email", email), ("password1", PASSWORD)):
        write(page, field, words)
    press(page, "Make my login")
    _follow_the_mail(page, email)
    press(page, "Yes, confirm it")
    page.goto("/user/login/")
    if page.locator("[name=login]").count():
        _sign_in(page, email)
    assert heading(page) == "Welcome, Kei Tanaka"
    write(page, "team", "Tanaka Bikes")
    press(page, "Start the account")
    assert heading(page) == "Upgrade"
    assert Membership.objects.get(user__email=email).account.name == "Tanaka Bikes"


def test_a_lost_password_is_set_anew_and_signs_in(open_as: Open) -> None:
    team = _with_password()
    page, email = open_as(None), team.emails[Role.OWNER]
    _sign_in(page, email, "not this one at all")
    assert page.evaluate("document.activeElement.id") == "faults"
    press(page, "Get a new one")
    write(page, "email", email)
    press(page, "Send me the link")
    _follow_the_mail(page, email)
    for field in page.locator("main input[type=password]").evaluate_all("found => found.map((one) => one.name)"):
        write(page, field, NEW_PASSWORD)
    press(page, "Set the password")
    press(page, "Sign in with it")
    _sign_in(page, email, NEW_PASSWORD)
    assert heading(page) == "Plan & Billing"


def test_an_authenticator_app_is_turned_on_and_asked_for(open_as: Open) -> None:
    team = _with_password()
    page = open_as(team)
    page.goto("/settings/security")
    press(page, "Turn on")
    _say_the_password(page)
    secret = page.locator("form input[readonly]").input_value()
    write(page, "code", code_of(secret))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    open_menu(page)
    press(page, "Sign out")
    _sign_in(page, team.emails[Role.OWNER])
    assert "/2fa/authenticate" in page.url
    write(page, "code", code_of(secret))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert heading(page) == "Plan & Billing"


def test_a_passkey_is_added_and_signs_in(with_a_key: Callable[[Team], Page]) -> None:
    page = with_a_key(_with_password())
    page.goto("/settings/security")
    press(page, "Add one")
    _say_the_password(page)
    write(page, "name", "Ann’s laptop")
    to(page, field="passwordless")
    page.keyboard.press("Space")
    press(page, "Add")
    open_menu(page)
    press(page, "Sign out")
    page.goto("/user/login/?next=/statement")
    press(page, "Sign in with a passkey")
    page.wait_for_url("**/statement")


def test_every_other_device_is_signed_out(open_as: Open) -> None:
    team = _with_password()
    elsewhere, page = open_as(None), open_as(None)
    for each in (elsewhere, page):
        _sign_in(each, team.emails[Role.OWNER])
    page.goto("/settings/security")
    press(page, "Show all")
    press(page, "Sign out everywhere else")
    assert page.locator("tbody tr").count() == 1
    elsewhere.reload()
    assert heading(elsewhere) == "Sign in"
