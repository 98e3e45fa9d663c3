"""Every account of these tests is verified from the ground when its test ends."""

from collections.abc import Callable, Iterator

import pytest

from refill.ledger import verify
from tests.ledger.world import Purse, open_purse


@pytest.fixture
def new_purse() -> Iterator[Callable[..., Purse]]:
    """Makes accounts (see open_purse); each must verify clean in the end."""
    purses: list[Purse] = []

    def make(now: str | None = "2027-01-10 12:00", **facts: object) -> Purse:
        purses.append(open_purse(now, **facts))  # type: ignore[arg-type]
        return purses[-1]

    yield make
    assert [mismatch for purse in purses for mismatch in verify.run(purse.id)] == []


@pytest.fixture
def purse(new_purse: Callable[..., Purse]) -> Purse:
    """An account without a plan, on 10 January 2027, noon; it has what a test gives it."""
    return new_purse()
