"""What the demo alone shows: its mailbox, and who to sign in as."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page

from refill.domain.letters import Letter
from refill.domain.roles import Role
from refill.gateways.mail import FolderMail
from refill.models import TestClock as Clock
from refill.services import credits
from refill.services.chores import clocks
from refill.services.demo import driving
from refill.services.team.people import give_logins
from tests.web.accounts import PASSWORD, Team, make_team

Open = Callable[..., Page]
LINK = "http://127.0.0.1/user/confirm-email/abc/"


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "DEMO", True)
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    monkeypatch.setattr(settings, "EMAIL_FILE_PATH", tmp_path / "mail")
    return tmp_path


def test_the_mailbox_shows_each_mail_with_its_links(demo: Path) -> None:
    for subject in ("First", "Second"):
        html = f'<html><head></head><body><a href="{LINK}">Open</a></body></html>'
        FolderMail().send(Letter(1, "ann@demo.example", subject, f"Open {LINK}", html))
    listed = Client().get("/mailbox").content.decode()
    assert "First" in listed
    assert "Second" in listed
    address = "/mailbox/" + listed.split("/mailbox/")[1].split('"')[0]
    assert f'href="{LINK}"' in Client().get(address).content.decode()
    shown = Client().get(f"{address}/html")
    assert f'<base target="_top"></head><body><a href="{LINK}">Open</a>' in shown.content.decode()
    assert "sandbox allow-top-navigation-by-user-activation" in shown.headers["Content-Security-Policy"]


def test_the_mailbox_is_empty_before_the_first_mail(demo: Path) -> None:
    assert "No mail yet" in Client().get("/mailbox").content.decode()


def test_outside_the_demo_there_is_no_mailbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DEMO", False)
    assert Client().get("/mailbox").status_code == 404


def test_the_sign_in_page_has_a_button_for_each_login_of_the_demo(demo: Path, open_as: Open, team: Team) -> None:
    give_logins(emails=[team.emails[Role.MEMBER]], password=PASSWORD)
    where = "Northwind Dental"
    logins = [
        {"name": "Ann Okafor", "role": "Owner", "email": team.emails[Role.OWNER], "where": where},
        {"name": "Dan Mensah", "role": "Member", "email": team.emails[Role.MEMBER], "where": where},
    ]
    (demo / "demo-logins.json").write_text(json.dumps({"password": PASSWORD, "logins": logins}))
    page = open_as(None, script=False)
    page.goto("/user/login/?next=/statement")
    assert page.locator(".doors button").all_inner_texts() == ["Ann Okafor\nOwner", "Dan Mensah\nMember"]
    assert PASSWORD in page.locator("main").inner_text()
    page.click(".doors button:has-text('Dan Mensah')")
    assert page.url.endswith("/statement")
    assert page.locator("#profile-menu summary b").inner_text() == "Dan Mensah"


def test_a_visitor_sees_credits_run_dry_and_come_back_with_the_reset(demo: Path, open_as: Open) -> None:
    team = make_team(days=1, a_day=0)
    page = open_as(team, Role.OBSERVER, script=False)
    page.goto("/settings/roles")
    page.click(".demo summary")
    page.click("text='Send 50 texts'")
    assert page.url.endswith("/settings/roles")
    assert page.locator(".banner.done").inner_text() == "50 texts went out."
    page.click(".demo summary")
    page.click("text='An hour on'")
    assert page.locator(".banner.note").inner_text() == "Here it is 23 February 2027, 10:00 am EST now."
    page.click(".demo summary")
    page.click("text='Send until dry'")
    refused = "950 texts went out, 12 were refused: there are no credits for them."
    assert page.locator(".banner.low").first.inner_text() == refused
    page.goto("/settings/billing")
    assert page.locator(".balance").inner_text() == "0 credits left"
    assert page.locator(".prompt.out").count() == 1
    page.click(".demo summary")
    page.click("button:has-text('To the next reset, 22 March')")
    assert page.locator(".balance").inner_text() == "1,000 credits left"
    assert page.locator(".prompt").count() == 0
    page.click(".demo summary")
    page.click("text='A week on'")
    assert clocks.instant_of(Clock.objects.get(pk=team.clock_id)) == datetime(2027, 3, 29, 13, 0, tzinfo=UTC)


def test_a_years_credits_run_dry_in_one_press() -> None:
    team = make_team(plan="scale", credits_=30_000, interval="year", days=0)
    assert driving.send_texts(account_id=team.account_id, count=None) == (1_875, 12)
    assert credits.balance(account_id=team.account_id).available == 0


@pytest.mark.parametrize("address", ["/demo/clock", "/demo/texts"])
def test_outside_the_demo_nobody_moves_a_clock_or_sends(
    address: str, client_of: Callable[..., Client], team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = credits.balance(account_id=team.account_id)
    monkeypatch.setattr(settings, "DEMO", False)
    assert client_of(team, Role.OWNER).post(address, {"step": "week"}).status_code == 404
    assert "Let time pass" not in client_of(team, Role.OWNER).get("/settings/billing").content.decode()
    assert credits.balance(account_id=team.account_id) == before


def test_the_panel_leads_back_to_pages_of_ours_alone(demo: Path, client_of: Callable[..., Client]) -> None:
    client = client_of(make_team(days=1), Role.OWNER)
    for elsewhere in ("https://else.example/", "//else.example/", ""):
        answer = client.post("/demo/texts", {"here": elsewhere})
        assert answer.headers["Location"] == "/settings/billing"
