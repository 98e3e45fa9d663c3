"""The lane: the same answers as the plain path to the byte, nobody kept by another, nothing twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psycopg
import pytest

from refill.api.access import TABLE
from refill.domain import ids
from refill.lane import spends
from tests.conftest import TEST_PLATFORM_KEY
from tests.lane.caller import Caller, Heard
from tests.lane.conftest import entries, lane_process

Callers = tuple[Caller, Caller]
Owner = psycopg.Connection[tuple[object, ...]]


def at_once(deeds: list[Any]) -> list[Any]:
    with ThreadPoolExecutor(16) as threads:
        return [future.result() for future in [threads.submit(deed) for deed in deeds]]


def test_the_lane_asks_of_a_key_what_the_plain_path_asks() -> None:
    access = TABLE["create_usage"]
    assert (spends.NEED.right, spends.NEED.scope) == (access.right, access.scope)


def test_a_spend_through_the_lane_is_replayed_by_the_plain_path_to_the_byte(callers: Callers) -> None:
    lane, plain = callers
    facts = {"reference": 'say "so" \\ {or}, NULL', "parts": 2, "metadata": {"city": "Zürich", "n": 3, "x": None}}
    made = lane.spend(7, "a key", **facts)
    again = plain.spend(7, "a key", **facts)
    assert (made.status, made.json["balance"]) == (201, 993)
    assert again.body == made.body
    assert set(again.headers) - set(made.headers) == {("idempotent-replayed", "true")}
    assert lane.spend(7, "a key", **facts) == again


def test_a_spend_by_the_plain_path_is_replayed_through_the_lane(callers: Callers) -> None:
    lane, plain = callers
    made = plain.spend(3, '"quoted"')
    assert lane.spend(3, "quoted").body == made.body
    assert lane.spend(4, "quoted") == plain.spend(4, "quoted")
    assert plain.available() == lane.available() == 997


def test_what_is_written_is_the_same(callers: Callers, owner: Owner) -> None:
    lane, plain = callers
    facts = {"reference": "a text", "parts": 3, "metadata": {"a": "b", "n": -5, "flag": True}}
    lane.spend(2, "one", **facts)
    plain.spend(2, "two", **facts)
    (number,) = ids.decode("acc", lane.account or "")
    found = owner.execute(
        """select kind, credits, usage_kind, fingerprint, reference, member_id, parts, metadata, held, reason, seq
             from refill_entry where account_id = %s and kind = 'spend' order by seq""",
        [number],
    ).fetchall()
    assert found[0][:-1] == found[1][:-1]
    assert [row[-1] for row in found] == [2, 3]


REFUSED = [
    {"body": {"credits": 5_000, "kind": "text"}},
    {"body": {"credits": 0, "kind": "text"}},
    {"body": {"credits": 1, "kind": "nothing"}},
    {"body": {"credits": 1, "kind": "text", "more": 1}},
    {"body": {"credits": 1, "kind": "text", "reference": "a\0b"}},
    {"body": {"credits": 1, "kind": "text", "member": "mem_nobody"}},
    {"body": {"credits": 1, "kind": "text", "inbox": ids.encode("inb", 10**9)}},
    {"raw": b"{"},
    {"raw": b'{"credits":1,"kind":"\xff"}'},
    {"raw": b""},
    {"headers": {"Idempotency-Key": None}},
    {"headers": {"Authorization": "Bearer nobody"}},
    {"headers": {"Authorization": "Basic abc"}},
    {"headers": {"Refill-Account": "acc_nobody"}},
    {"headers": {"Refill-Account": None}},
    {"method": "PUT"},
    {"path": "/usage/batch", "body": {"items": []}},
    {"path": "/usage/use_nothing/reverse", "body": {"reason": "x"}},
    {"path": "/nowhere"},
]


@pytest.mark.parametrize("wanted", REFUSED)
def test_refusals_are_the_plain_paths_own(callers: Callers, wanted: dict[str, Any]) -> None:
    more = {"method": "POST", "path": "/usage", "body": {"credits": 1, "kind": "text"}, "key": "refused"} | wanted
    heard: list[Heard] = [caller.call(**more) for caller in callers]
    assert heard[0] == heard[1]
    assert heard[0].status >= 400
    assert callers[1].available() == 1_000


def test_exactly_as_many_as_there_are_credits_whichever_way_they_come(callers: Callers, owner: Owner) -> None:
    lane, plain = callers
    account = plain.open(40)
    ways = [Caller(way.client, TEST_PLATFORM_KEY, account) for way in (lane, plain)]
    deeds = [lambda n=n: ways[n % 2].spend(1, f"key {n // 2 % 60}").status for n in range(120)]
    answers = at_once(deeds)
    assert sorted(set(answers)) == [201, 402]
    assert ways[0].available() == 0
    assert entries(owner, account) == 40


def test_one_key_at_the_same_instant_is_one_spend(callers: Callers, owner: Owner) -> None:
    lane, plain = callers
    answers = at_once([lambda n=n: callers[n % 2].spend(5, "the one") for n in range(32)])
    assert {(answer.status, answer.body) for answer in answers} == {(201, answers[0].body)}
    assert plain.available() == 995
    assert entries(owner, lane.account or "") == 1


def test_whoever_is_refused_or_held_keeps_nobody_else(
    lane_url: str, site_url: str, callers: Callers, database: str, owner: Owner
) -> None:
    _, plain = callers
    accounts = [plain.open(10) for _ in range(3)]
    held, short, fine = (Caller(httpx.Client(base_url=lane_url, timeout=30), TEST_PLATFORM_KEY, a) for a in accounts)
    with ThreadPoolExecutor(1) as threads, psycopg.connect(database) as holder:
        (number,) = ids.decode("acc", accounts[0])
        holder.execute("select from refill_balance where account_id = %s for update", [number])
        waiting = threads.submit(held.spend, 1, "waits")
        assert [short.spend(11, "short").status, fine.spend(1, "fine").status, fine.spend(1, "more").status] == [
            402,
            201,
            201,
        ]
        assert not waiting.done()
        holder.rollback()
        assert waiting.result(20).status == 201
    for each in (held, short, fine):
        each.client.close()


def test_a_spend_that_names_member_of_the_account_says_so_in_the_ledger(callers: Callers, owner: Owner) -> None:
    lane, _ = callers
    (number,) = ids.decode("acc", lane.account or "")
    member = owner.execute("select id from refill_membership where account_id = %s", [number]).fetchone()
    assert member is not None
    assert lane.spend(1, "by a member", member=ids.encode("mem", int(str(member[0])))).status == 201
    found = owner.execute(
        "select member_id from refill_entry where account_id = %s and key is not null", [number]
    ).fetchall()
    assert found == [member]


def test_calls_are_counted_for_the_request_log_and_written_when_the_lane_ends(
    database: str, site_url: str, callers: Callers, owner: Owner
) -> None:
    account = callers[1].open(10)
    owner.execute("update refill_apikey set last_used_at = now() where account_id is null")
    with lane_process(database, site_url) as url, httpx.Client(base_url=url, timeout=30) as client:
        caller = Caller(client, TEST_PLATFORM_KEY, account)
        assert [caller.spend(1, f"counted {number}").status for number in range(3)] == [201, 201, 201]
    (number,) = ids.decode("acc", account)
    found = owner.execute(
        "select method, path, status, calls from refill_apirequest where account_id = %s and calls > 1", [number]
    ).fetchall()
    assert found == [("POST", "/v1/usage", 201, 3)]
