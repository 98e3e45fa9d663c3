"""Accounts that text, and one with many people."""

import pytest

from refill.domain.records import QuoteRequest
from tests.life import Platform
from tests.texting import Team
from tests.web import accounts


@pytest.fixture
def team(platform: Platform) -> Team:
    return Team(platform)


@pytest.fixture(scope="module")
def crew(database: str) -> accounts.Team:
    """Forty seats more, so that seats are not what a test is about."""
    made = accounts.make_team(plan="scale", credits_=1_000, days=0)
    accounts.order(made, QuoteRequest(kind="add_seats", quantity=40))
    return made
