"""Warnings under concurrent debits: each level once, whoever handles the crossings (RULES §6.1)."""

from __future__ import annotations

from collections import Counter
from functools import partial

from refill.domain.errors import InsufficientCredits
from refill.domain.records import Actor
from refill.models import Crossing, Event
from refill.services import accounts, credits
from refill.services.chores import work
from tests.letters import subjects
from tests.together import together

ANN = Actor("usr_ann")


def opened(name: str, given: int) -> int:
    """An account on the system's clock with so many credits and no plan."""
    account_id = accounts.create(
        actor=ANN, name="Northwind", timezone="UTC", currency="usd", livemode=False,
        owner_email=f"{name}@northwind.example", owner_name="Ann",
    ).account_id  # fmt: skip
    credits.grant(account_id=account_id, actor=ANN, credits=given, source="promotion", reason="a start")
    return account_id


def test_many_debits_and_workers_at_once_tell_each_level_once() -> None:
    account_id = opened("races", 100)
    refused: Counter[str] = Counter()

    def spend(number: int) -> None:
        for turn in range(15):
            try:
                credits.spend(account_id=account_id, credits=1, key=f"{number} {turn}", fingerprint=1, kind="text")
            except InsufficientCredits:
                refused["at zero"] += 1

    def look() -> None:
        for _ in range(12):
            work.run_account(account_id)

    assert together([*(partial(spend, number) for number in range(8)), look, look]) == [None] * 10
    work.run_account(account_id)
    assert (credits.balance(account_id=account_id).available, refused["at zero"]) == (0, 20)
    told = list(Event.objects.filter(account_id=account_id, kind__startswith="credits.").values_list("data", flat=True))
    percents = [one["percent"] for one in told if "percent" in one]
    # What was passed between two looks is told as one; nothing is told twice, and zero always.
    assert percents == sorted(set(percents), reverse=True)
    assert percents[-1] == 0
    assert len(subjects(account_id, "credits_low")) + len(subjects(account_id, "credits_out")) == len(percents)
    assert not Crossing.objects.filter(account_id=account_id, handled_at=None).exists()


def test_after_zero_is_told_refused_debits_leave_nothing_to_look_at() -> None:
    account_id = opened("quiet", 10)
    credits.spend(account_id=account_id, credits=10, key="all", fingerprint=1, kind="text")
    work.run_account(account_id)
    before = Crossing.objects.filter(account_id=account_id).count()
    for number in range(3):
        try:
            credits.spend(account_id=account_id, credits=1, key=f"no {number}", fingerprint=1, kind="text")
        except InsufficientCredits:
            continue
        raise AssertionError("spent what was not there")
    assert Crossing.objects.filter(account_id=account_id).count() == before
    assert subjects(account_id, "credits_out") == ["No credits left"]
