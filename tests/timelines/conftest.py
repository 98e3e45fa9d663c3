"""The operator at work, for whole lives of accounts."""

import pytest

from tests.life import Platform


@pytest.fixture
def platform(platform_key: str) -> Platform:
    return Platform(platform_key)
