"""X16: how long an answer takes does not tell who has a login."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from refill.domain.roles import Role
from refill.models import User
from refill.services.team.people import give_login
from tests.web.accounts import PASSWORD, make_team

TIMES = int(os.environ.get("REFILL_TIMINGS", "300"))
WRONG = "not this one at all"
MOST_MILLISECONDS = 5


def milliseconds(ask: Callable[[str], object], logins: dict[str, str]) -> dict[str, float]:
    """The median of each, asked in turn so that what the machine does else falls on all alike."""
    taken: dict[str, list[float]] = {name: [] for name in logins}
    for _ in range(TIMES):
        for name, login in logins.items():
            cache.clear()
            began = time.perf_counter()
            ask(login)
            taken[name].append((time.perf_counter() - began) * 1_000)
    return {name: statistics.median(times) for name, times in taken.items()}


@pytest.mark.soak
@pytest.mark.parametrize("door", ["/user/login/", "/user/password/reset/"])
def test_x16_known_and_unknown_logins_take_equally_long(door: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "PASSWORD_HASHERS", ["django.contrib.auth.hashers.Argon2PasswordHasher"])
    team = make_team(days=0)
    give_login(email=team.emails[Role.OWNER], password=PASSWORD)
    give_login(email=team.emails[Role.ADMIN], password=PASSWORD)
    User.objects.filter(email=team.emails[Role.ADMIN]).update(is_active=False)
    logins = {"known": team.emails[Role.OWNER], "inactive": team.emails[Role.ADMIN],
              "without a password": team.emails[Role.MEMBER], "unknown": "nobody-at-all@web.example"}  # fmt: skip
    client = Client()

    def ask(login: str) -> object:
        return client.post(door, {"login": login, "email": login, "password": WRONG})

    found = milliseconds(ask, logins)
    print(door, {name: f"{value:.1f} ms" for name, value in found.items()})
    assert max(found.values()) - min(found.values()) < MOST_MILLISECONDS, found
