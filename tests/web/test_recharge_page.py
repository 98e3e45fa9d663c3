"""Auto-recharge on its page: three clicks to on, the sentence as it was agreed to, and what came of it (RULES §5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client
from playwright.sync_api import Page

from refill.domain.roles import Role
from refill.models import Recharge
from refill.services import credits
from refill.services.chores import clocks
from tests.letters import subjects
from tests.web.accounts import Team, make_team, pay_with
from tests.web.looking import faults

PAGE = "/settings/auto-recharge"
SENTENCE = (
    "When credits fall below 400, buy packs of 1,000 at $40.00 each, as many as the shortage needs, at most 3 times a"
    " day and $200.00 a month."
)
Open = Callable[..., Page]


def _spend(team: Team, number: int, key: str) -> None:
    credits.spend(account_id=team.account_id, credits=number, key=key, fingerprint=number, kind="text")


def _pack(page: str) -> str:
    """The pack that the page has chosen."""
    return page.partition('" selected>1,000 at')[0].rpartition('"')[2]


def _rule(team: Team) -> Recharge:
    return Recharge.objects.get(account_id=team.account_id)


@pytest.mark.parametrize("script", [True, False])
def test_auto_recharge_takes_three_clicks_and_keeps_the_very_sentence(open_as: Open, script: bool) -> None:
    team = make_team(days=2)
    page = open_as(team, script=script)
    page.goto("/settings/billing")
    assert "Auto-recharge is off." in page.locator(".card.line").inner_text()
    page.click("text='Set it up'")
    assert script is False or faults(page) == []
    page.click("main >> text='Review'")
    assert page.locator(".agreed").inner_text() == SENTENCE
    assert "This buys at once" not in page.locator("main").inner_text()
    assert script is False or faults(page) == []
    page.click("text='Agree and turn on'")
    assert page.locator(".banner.done").inner_text() == "Auto-recharge is on."
    row = _rule(team)
    assert (row.enabled, row.consent, row.consent_by[:4]) == (True, SENTENCE, "usr_")
    assert subjects(team.account_id, "recharge_settings") == ["Auto-recharge is on", "Auto-recharge is on"]
    page.goto("/settings/billing")
    assert SENTENCE in page.locator(".card.line").inner_text()


def test_what_saving_buys_at_once_is_said_before_and_done_after(open_as: Open) -> None:
    team = make_team(days=1, a_day=0)
    page = open_as(team, script=False)
    page.goto(PAGE)
    page.fill("#threshold", "1,500")
    page.fill("#day", "5")
    page.fill("#month", "400")
    page.click("main >> text='Review'")
    assert (
        "You have 1,000 credits, fewer than 1,500: $40.00 is charged now." in page.locator(".banner.low").inner_text()
    )
    page.click("text='Agree and pay $40.00'")
    assert page.locator(".banner.done").inner_text() == "Auto-recharge is on. It is buying now."
    assert page.locator("h2:has-text('What it decided') + table tbody tr").inner_text().split("\n")[0] == "Bought"
    assert credits.balance(account_id=team.account_id).available == 2_000
    row = _rule(team)
    assert (row.threshold, row.max_per_day, row.max_per_month_minor) == (1_500, 5, 40_000)
    page.click("text='Turn off'")
    assert page.locator(".banner.done").inner_text() == "Auto-recharge is off. Nothing is bought by itself."
    assert _rule(team).enabled is False


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("threshold", "0", "Choose a threshold from 1 to 1,000,000,000 credits."),
        ("threshold", "many", "Choose a threshold from 1 to 1,000,000,000 credits."),
        ("day", "101", "Choose 1 to 100 recharges a day."),
        ("month", "39.99", "One pack costs $40.00 with tax: a lower cap would never allow a recharge."),
        ("month", "twenty", "Write the month's limit as a sum, such as 200.00."),
        ("month", "1.234", "Write the month's limit as a sum, such as 200.00."),
    ],
)
def test_what_cannot_be_saved_is_said_at_its_field_and_kept_as_typed(
    client_of: Callable[..., Client], team: Team, field: str, value: str, said: str
) -> None:
    client = client_of(team, Role.OWNER)
    page = client.get(PAGE).content.decode()
    values = {"threshold": "400", "pack": _pack(page), "day": "3", "month": "200", "card": "", "backup": ""}
    answer = client.get(f"{PAGE}/check", values | {field: value})
    text = answer.content.decode().replace("&#x27;", "'")
    assert (answer.status_code, f'<a href="#{field}">{said}</a>' in text) == (422, True)
    assert f'name="{field}"' in text
    assert f'value="{value}"' in text
    assert Recharge.objects.filter(account_id=team.account_id).count() == 0


def test_another_sentence_than_the_one_shown_is_not_agreed_to(client_of: Callable[..., Client]) -> None:
    team = make_team(days=0)
    client = client_of(team, Role.OWNER)
    values = {
        "threshold": "900",
        "pack": _pack(client.get(PAGE).content.decode()),
        "day": "3",
        "month": "200",
        "card": "",
        "backup": "",
    }
    answer = client.post(f"{PAGE}/save", values | {"consent": SENTENCE})
    assert answer.status_code == 302
    assert Recharge.objects.filter(account_id=team.account_id).count() == 0


def test_a_breaker_is_shown_with_the_way_to_close_it(open_as: Open) -> None:
    team = make_team(days=1, a_day=0)
    page = open_as(team)
    page.goto(PAGE)
    page.click("main >> text='Review'")
    page.click("text='Agree and turn on'")
    pay_with(team, "declined_final")
    _spend(team, 700, "low")
    assert subjects(team.account_id, "recharge_stopped")[:1] == ["Auto-recharge has stopped: the card was declined"]
    page.goto(PAGE)
    assert "Visa ending 9979 was declined" in page.locator(".banner.out").inner_text()
    assert faults(page) == []
    page.click("text='Start it again'")
    assert "This buys at once" in page.locator(".banner.low").inner_text()
    pay_with(team, "visa_ok")
    page.goto(PAGE)
    assert page.locator(".banner.out").count() == 0
    assert credits.balance(account_id=team.account_id).available == 1_300


def test_what_is_overdue_is_paid_from_a_page_with_both_ways_side_by_side(open_as: Open) -> None:
    team = make_team(days=0)
    pay_with(team, "declined")
    clocks.advance(clock_id=team.clock_id, to=datetime(2027, 3, 25, 13, 0, tzinfo=UTC))
    page = open_as(team)
    page.goto("/settings/billing")
    page.click("text='Pay $35.00'")
    headings = page.locator("main h2").all_inner_texts()
    assert headings == ["The rest of this period", "A new period from today"]
    assert "22 April, 9:00 am" in page.locator("section.card >> nth=0").inner_text()
    assert "25 April, 9:00 am" in page.locator("section.card >> nth=1").inner_text()
    assert faults(page) == []
    pay_with(team, "visa_ok")
    page.click("text='Review and pay $35.00'")
    page.click("main form .button.ink, main form .button.go")
    assert page.locator("h1").inner_text() == "Paid, and done"
    page.goto("/settings/billing/overdue")
    assert page.url.endswith("/settings/billing")
