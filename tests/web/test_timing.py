"""X16: how long an answer takes does not tell who has a login."""

from __future__ import annotations

import math
import os
import random
import statistics
import time
from bisect import bisect_right
from collections.abc import Callable
from itertools import combinations

import pytest
from django.contrib.auth import hashers
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from refill.domain.roles import Role
from refill.models import User
from refill.services.team.people import give_logins
from tests.web.accounts import PASSWORD, make_team

TIMES = int(os.environ.get("REFILL_TIMINGS", "300"))
WRONG = "not this one at all"
CHANCE = 0.01


def asked_in_any_order(ask: Callable[[str], object], logins: dict[str, str]) -> dict[str, list[float]]:
    """Milliseconds of each, in rounds of an order of their own: what the machine does else falls on all alike, and none
    always comes after the same other one."""
    taken: dict[str, list[float]] = {name: [] for name in logins}
    order, dice = list(logins), random.Random(16)
    for nth in range(TIMES + 5):
        dice.shuffle(order)
        for name in order:
            cache.clear()
            began = time.perf_counter()
            ask(logins[name])
            if nth >= 5:  # the first ones find nothing warm
                taken[name].append((time.perf_counter() - began) * 1_000)
    return taken


def farthest(one: list[float], other: list[float]) -> float:
    """Kolmogorov and Smirnov's distance: how far the two distributions are apart where they are farthest."""
    one, other = sorted(one), sorted(other)
    return max(abs(bisect_right(one, at) / len(one) - bisect_right(other, at) / len(other)) for at in one + other)


def by_chance(pairs: int) -> float:
    """The distance that two samples of one kind go beyond once in a hundred runs, in any of so many pairs."""
    return math.sqrt(-math.log(CHANCE / pairs / 2) / TIMES)


def test_the_distance_tells_a_small_shift_from_none() -> None:
    dice = random.Random(1)
    one, other = ([dice.gauss(100, 5) for _ in range(TIMES)] for _ in range(2))
    assert farthest(one, other) < by_chance(1)
    assert farthest(one, [value + 3 for value in other]) > by_chance(1)


@pytest.mark.soak
@pytest.mark.parametrize("door", ["/user/login/", "/user/password/reset/", "/user/signup/"])
def test_x16_known_and_unknown_logins_take_equally_long(door: str, settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    assert hashers.get_hasher().algorithm == "argon2"
    team = make_team(days=0)
    for role in (Role.OWNER, Role.ADMIN, Role.MANAGER):
        give_logins(emails=[team.emails[role]], password=PASSWORD)
    User.objects.filter(email=team.emails[Role.ADMIN]).update(is_active=False)
    logins = {"known": team.emails[Role.OWNER], "known too": team.emails[Role.MANAGER],
              "inactive": team.emails[Role.ADMIN], "without a password": team.emails[Role.MEMBER],
              "unknown": "nobody-at-all@web.example", "unknown too": "no-one-either@web.example"}  # fmt: skip
    client = Client()

    def ask(login: str) -> object:
        asked = {"login": login, "email": login, "password": WRONG, "password1": WRONG, "name": "Somebody"}
        return client.post(door, asked)

    taken = asked_in_any_order(ask, logins)
    medians = {name: statistics.median(times) for name, times in taken.items()}
    pairs = list(combinations(logins, 2))
    apart = {f"{one} / {other}": farthest(taken[one], taken[other]) for one, other in pairs}
    print(door, TIMES, {name: f"{value:.2f} ms" for name, value in medians.items()})
    print({pair: f"{value:.3f}" for pair, value in apart.items()}, f"by chance {by_chance(len(pairs)):.3f}")
    # Two of one kind are the measure of the machine: what it does to them is no difference of the product.
    alike = max(apart["known / known too"], apart["unknown / unknown too"])
    assert max(apart.values()) <= max(by_chance(len(pairs)), alike), apart
