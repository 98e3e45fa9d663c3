"""Accounts that text."""

import pytest

from tests.life import Platform
from tests.texting import Team


@pytest.fixture
def team(platform: Platform) -> Team:
    return Team(platform)
