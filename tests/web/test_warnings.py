"""Low, zero, and the ways out of it: by the rows of the policy and by what the account uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from refill.domain.roles import Role
from refill.services import credits
from refill.services.selling import policies
from tests.web.accounts import OPERATOR, Team, buy, make_team, run_dry

ClientOf = Callable[..., Client]


def _spend(team: Team, number: int) -> None:
    credits.spend(account_id=team.account_id, credits=number, key=f"spend {number}", fingerprint=number, kind="text")


def _read(client_of: ClientOf, team: Team, role: Role = Role.OWNER, address: str = "/settings/billing") -> str:
    text: str = client_of(team, role).get(address).content.decode()
    return text


@pytest.fixture
def early_warner() -> Iterator[Team]:
    """An account whose period warns at a half, and refuses texts that come in at zero."""
    policies.put(actor=OPERATOR, values={"low_percents": [50, 10, 0], "inbound_at_zero": "block"})
    yield make_team(days=0)
    policies.put(actor=OPERATOR, values={"low_percents": [20, 10, 0], "inbound_at_zero": "accept_and_owe"})


def test_low_begins_at_the_highest_percent_of_the_policy_of_the_period(early_warner: Team, client_of: ClientOf) -> None:
    _spend(early_warner, 499)
    assert "of what you had" not in _read(client_of, early_warner)
    _spend(early_warner, 1)
    assert "<b>500 credits left</b>, 50 % of what you had." in _read(client_of, early_warner)
    assert "<b>500 credits left</b>, 50 % of what you had." in _read(client_of, early_warner, Role.MEMBER, "/help")


def test_low_is_measured_by_the_last_refill(client_of: ClientOf) -> None:
    team = make_team(days=0)
    _spend(team, 800)
    assert "<b>200 credits left</b>, 20 % of what you had." in _read(client_of, team)
    buy(team, 1_000)
    assert "of what you had" not in _read(client_of, team)
    _spend(team, 959)
    assert "of what you had" not in _read(client_of, team)
    _spend(team, 2)
    assert "<b>239 credits left</b>, 20 % of what you had." in _read(client_of, team)


def test_what_a_page_says_at_zero_is_the_sentence_of_the_policy(early_warner: Team, client_of: ClientOf) -> None:
    run_dry(early_warner)
    for address in ("/settings/billing", "/settings/billing/upgrade"):
        assert "At zero, texts that come in are not kept." in _read(client_of, early_warner, address=address)
        assert "still come in" not in _read(client_of, early_warner, address=address)


def test_at_zero_the_pack_is_the_smallest_that_covers_the_usual_use_until_the_reset(client_of: ClientOf) -> None:
    team = make_team(days=26, a_day=0)
    run_dry(team)
    # Nothing was used in a whole month yet: the smallest there is.
    assert "250 credits now" in _read(client_of, team, address="/settings/billing/upgrade")
    # 30 a day from 22 February on: 210 in all of that month, 11 of 30 days of April's usual use are left.
    steady = make_team(days=49, a_day=30)
    run_dry(steady)
    text = _read(client_of, steady, address="/settings/billing/upgrade")
    assert "Enough for your usual use until" in text
    assert "250 credits now" in text


def test_at_zero_the_pack_covers_what_is_missing(client_of: ClientOf, dry_team: Team) -> None:
    for short, words in ((251, ">1,000 credits now"), (2_400, ">2,500 credits now"), (30_000, "× 10,000 credits now")):
        text = _read(client_of, dry_team, address=f"/settings/billing/upgrade?short={short}")
        assert words in text
        assert f"Enough for the {short:,} that are missing." in text
