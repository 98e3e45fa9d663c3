"""One seeded script of calls, through the lane and by the plain path: the same answers, call for call.

Each way has an account of its own, so ids that hold an account's or a grant's number are compared by what they stand
for. REFILL_LANE_CALLS sets how many calls; the suite has the short form.
"""

from __future__ import annotations

import os
import re
from random import Random
from typing import Any

import pytest

from refill.lane.shapes import UsageKind
from tests.conftest import TEST_PLATFORM_KEY
from tests.lane.caller import Caller, Heard

CALLS = int(os.environ.get("REFILL_LANE_CALLS", "2000"))
KINDS = UsageKind.__args__
_ID = re.compile(r"(use|ent|gra|hold|acc)_[0-9a-z]{13,26}")
_INSTANT = re.compile(r"20\d\d-\d\d-\d\dT[0-9:.]+Z")


class Way:
    """One account, called one way. Ids are named by the order in which they were first seen."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.seen: dict[str, str] = {caller.account or "": "the account"}
        self.usages: list[str] = []
        self.holds: list[str] = []

    def call(self, method: str, path: str, body: Any, key: str | None) -> tuple[int, Any, str]:
        heard = self.caller.call(method, path, body, key=key)
        said = heard.json
        if heard.status in (200, 201) and path == "/usage":
            self.usages.append(said["id"])
        if heard.status == 201 and path == "/holds":
            self.holds.append(said["id"])
        return heard.status, heard.headers, self._plain(heard)

    def _plain(self, heard: Heard) -> str:
        text = _ID.sub(lambda found: self._name(found[0]), heard.body.decode())
        return _INSTANT.sub("an instant", text)

    def _name(self, text: str) -> str:
        return self.seen.setdefault(text, f"id {len(self.seen)}")


def spend_body(chance: Random) -> dict[str, Any]:
    body: dict[str, Any] = {"credits": chance.choice([1, 1, 1, 2, 3, 7, 40]), "kind": chance.choice(KINDS)}
    if chance.random() < 0.3:
        body["reference"] = chance.choice(["sms 1", 'with "marks" and \\', "äöü ✓", "NULL", "{a,b}"])
    if chance.random() < 0.2:
        body |= {"parts": chance.randrange(1, 9), "metadata": {"a": chance.randrange(9), "b": "text", "c": None}}
    if chance.random() < 0.03:
        body |= chance.choice([{"credits": 0}, {"kind": "tree"}, {"more": 1}, {"member": "mem_1"}, {"parts": -1}])
    return body


def script(chance: Random, number: int, ways: list[Way]) -> tuple[str, list[str], Any, str | None]:
    """The next call: method, its path for each way, body, key."""
    key = f"key {number if chance.random() < 0.85 else chance.randrange(number + 1)}"
    deed = chance.random()
    if deed < 0.72:
        return "POST", ["/usage"] * 2, spend_body(chance), None if chance.random() < 0.02 else key
    if deed < 0.80:
        return "GET", ["/balance"] * 2, None, None
    if deed < 0.84:
        return "POST", ["/grants"] * 2, {"credits": 60, "source": "promotion", "reason": "more"}, f"grant {number}"
    if deed < 0.88:
        return "POST", ["/holds"] * 2, {"credits": chance.randrange(1, 60)}, key
    if deed < 0.92 and ways[0].holds:
        place, what = chance.randrange(len(ways[0].holds)), chance.choice(["capture", "release"])
        return "POST", [f"/holds/{way.holds[place]}/{what}" for way in ways], {}, f"end {number}"
    if deed < 0.96 and ways[0].usages:
        place = chance.randrange(len(ways[0].usages))
        return "POST", [f"/usage/{way.usages[place]}/reverse" for way in ways], {"reason": "back"}, f"back {number}"
    items = [{"key": f"item {number} {at}", "credits": 1, "kind": "text"} for at in range(chance.randrange(1, 5))]
    return "POST", ["/usage/batch"] * 2, {"items": items, "mode": chance.choice(["partial", "all_or_nothing"])}, key


def compare(callers: tuple[Caller, Caller], calls: int, seed: int) -> None:
    chance = Random(seed)
    plain = callers[1]
    ways = [Way(Caller(caller.client, TEST_PLATFORM_KEY, plain.open(500))) for caller in callers]
    statuses: set[int] = set()
    for number in range(calls):
        method, paths, body, key = script(chance, number, ways)
        heard = [way.call(method, path, body, key) for way, path in zip(ways, paths, strict=True)]
        assert heard[0] == heard[1], f"call {number} of seed {seed}: {method} {paths[0]} {body} {key}"
        statuses.add(heard[0][0])
    assert statuses >= {200, 201, 402, 422} if calls >= 500 else statuses


def test_the_same_script_gives_the_same_answers_both_ways(callers: tuple[Caller, Caller]) -> None:
    compare(callers, CALLS, 20261125)


@pytest.mark.soak
def test_twenty_thousand_calls_give_the_same_answers_both_ways(callers: tuple[Caller, Caller]) -> None:
    compare(callers, 20_000, 5)
