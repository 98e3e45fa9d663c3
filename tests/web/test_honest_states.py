"""Pages of accounts that are not simply running say what is true of them, once (RULES §4.7, §4.8, §9.4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from refill.domain.records import QuoteRequest
from refill.domain.roles import Role
from refill.models import Subscription
from refill.services.chores import clocks
from tests.life import utc
from tests.web.accounts import Team, buy, make_team, order, pay_with, quote, run_dry

BILLING = "/settings/billing"
RESET = utc("2027-03-22 13:00")
Clients = Callable[..., Client]


def _trial(team: Team) -> None:
    Subscription.objects.filter(account_id=team.account_id).update(status="trialing")


def _past_due(team: Team) -> None:
    pay_with(team, "declined")
    clocks.advance(clock_id=team.clock_id, to=RESET)
    run_dry(team)


def _suspended(team: Team) -> None:
    _past_due(team)
    clocks.advance(clock_id=team.clock_id, to=RESET + timedelta(days=15))


def _cancelled(team: Team) -> None:
    order(team, QuoteRequest(kind="cancel"))


def _ended(team: Team) -> None:
    _cancelled(team)
    clocks.advance(clock_id=team.clock_id, to=RESET)


def _running(team: Team) -> None:
    pass


def _seen(client: Client, address: str) -> str:
    """The words of a page."""
    text = re.sub(r"<[^>]+>", " ", client.get(address).content.decode())
    return re.sub(r"\s+([.,;])", r"\1", " ".join(text.split()))


def _menu(client: Client) -> str:
    return (
        _seen(client, "/settings/profile")
        .partition("No credits left.")[2]
        .partition("Add credits or upgrade")[0]
        .strip()
    )


@pytest.mark.parametrize(
    ("become", "said"),
    [
        (_running, "The plan refills on 22 March 2027."), (_trial, "The trial ends on 22 March 2027."),
        (_past_due, "Plan credits come when the renewal is paid."),
        (_suspended, "Plan credits come when the renewal is paid."), (_cancelled, "The plan ends on 22 March 2027."),
        (_ended, "The plan has ended."),
    ],
)  # fmt: skip
def test_the_profile_menu_at_zero_says_what_comes(
    client_of: Clients, become: Callable[[Team], None], said: str
) -> None:
    team = make_team(days=1)
    run_dry(team)
    become(team)
    assert _menu(client_of(team, Role.OWNER)) == said


@pytest.mark.parametrize("become", [_past_due, _suspended, _ended])
def test_one_red_banner_says_all_of_it(client_of: Clients, become: Callable[[Team], None]) -> None:
    team = make_team(days=1)
    run_dry(team)
    become(team)
    page = client_of(team, Role.OWNER).get(BILLING).content.decode()
    assert page.count('class="banner out"') == 1


def test_past_due_and_at_zero_both_are_in_the_one_banner(client_of: Clients) -> None:
    team = make_team(days=1)
    _past_due(team)
    said = _seen(client_of(team, Role.OWNER), BILLING)
    assert "The renewal of $35.00 was not paid, and no credits are left. Nothing is sent until there are some." in said
    assert "The plan refills" not in said


def test_of_a_plan_that_has_ended_nothing_is_said_to_go_on(client_of: Clients) -> None:
    team = make_team(days=1)
    buy(team, 250)
    _ended(team)
    client = client_of(team, Role.OWNER)
    said = _seen(client, BILLING)
    assert "Growth 1,000 ended on 22 March 2027. Nothing is charged until you choose a plan" in said
    assert "250 bought credits · kept until 22 March 2028" in said
    assert "Any plan, monthly or annual: its first period begins at once" in _seen(client, f"{BILLING}/manage")
    plans = _seen(client, f"{BILLING}/upgrade")
    assert (plans.count("Review coming back"), "your plan" in plans, "Review upgrade" in plans) == (3, False, False)
    page = client.get(f"{BILLING}/upgrade").content.decode()
    assert '<section class="picked"><h2>Growth' in page
    chosen = re.search(r'name="kind" value="reactivate"><input type="hidden" name="price" value="(\w+)"', page)
    assert chosen is not None
    asked = client.post(f"{BILLING}/quotes", {"kind": "reactivate", "price": chosen.group(1)})
    assert "and come back" in _seen(client, asked["Location"])


def test_changing_a_trial_names_no_price_as_if_it_were_charged(client_of: Clients) -> None:
    team = make_team(days=1)
    _trial(team)
    said = _seen(client_of(team, Role.OWNER), f"{BILLING}/manage")
    assert "You are trying Growth 1,000 until 22 March 2027. The trial costs nothing, and nothing is charged" in said
    assert "$" not in said


def test_a_cancellation_shows_one_row_a_kind_with_its_sum(client_of: Clients) -> None:
    team = make_team(days=1)
    for credits in (250, 1_000, 250):
        buy(team, credits)
    name = quote(team, QuoteRequest(kind="cancel"))
    said = _seen(client_of(team, Role.OWNER), f"{BILLING}/quotes/{name}")
    assert said.partition("Good to know")[0].count("Bought credits") == 1
    assert "Before 1,500 After 1,500" in said.partition("Bought credits")[2]


def test_past_due_the_next_charge_is_what_is_owed_when_it_is_tried_again(client_of: Clients) -> None:
    team = make_team(days=1)
    _past_due(team)
    client = client_of(team, Role.OWNER)
    assert "Next charge $35.00 on 23 March 2027" in _seen(client, BILLING)
    buy(team, 250)  # declined: the banner speaks of what is owed all the same
    assert "The renewal of $35.00 was not paid" in (said := _seen(client, BILLING)), said
    assert "We try again on 23 March" in said, said
    pay_with(team, "declined_final")
    clocks.advance(clock_id=team.clock_id, to=RESET + timedelta(days=1))
    said = _seen(client, BILLING)
    assert "Next charge none by itself until there is another card" in said
    assert "It is tried again once there is another card." in said
    assert "The renewal was not paid; it is tried again once there is another card." in _seen(
        client, f"{BILLING}/overdue"
    )


def test_cancelling_past_due_says_that_it_ends_at_once(client_of: Clients) -> None:
    team = make_team(days=1)
    _past_due(team)
    client = client_of(team, Role.OWNER)
    assert "It ends at once: what is overdue is not charged any more" in _seen(client, f"{BILLING}/manage")
    asked = client.post(f"{BILLING}/quotes", {"kind": "cancel"})
    said = _seen(client, asked["Location"])
    assert "Ends now" in said
    assert "The renewal was not paid: the plan ends at once" in said
    key = re.search(r'name="key" value="([^"]+)"', client.get(asked["Location"]).content.decode())
    assert key is not None
    done = client.post(asked["Location"], {"key": key.group(1)})
    result = client.get(done["Location"]).content.decode()
    assert "The plan is cancelled" in result
    assert ">Undo<" not in result
