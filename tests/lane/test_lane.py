"""The lane: the same answers as the plain path to the byte, nobody kept by another, nothing twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psycopg
import pytest

from refill.api.access import TABLE
from refill.domain import ids
from refill.lane import balances, spends
from tests.conftest import TEST_PLATFORM_KEY
from tests.lane.caller import Caller, Heard
from tests.lane.conftest import entries, lane_process

Callers = tuple[Caller, Caller]
Owner = psycopg.Connection[tuple[object, ...]]


def at_once(deeds: list[Any]) -> list[Any]:
    with ThreadPoolExecutor(16) as threads:
        return [future.result() for future in [threads.submit(deed) for deed in deeds]]


def test_the_lane_asks_of_a_key_what_the_plain_path_asks() -> None:
    for name, need in (("create_usage", spends.NEED), ("get_balance", balances.NEED)):
        assert (need.right, need.scope) == (TABLE[name].right, TABLE[name].scope)


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


@pytest.mark.parametrize("clock", [False, True])
def test_the_balance_of_a_plan_is_said_alike(callers: Callers, clock: bool) -> None:
    lane, plain = callers
    price = {"interval": "month", "credits": 100, "price": {"amount": 0, "currency": "usd"}}
    tier = {"name": "Free", "code": f"lane-{clock}".lower(), "prices": [price]}
    made = plain.call("POST", "/plans", tier, key=f"a plan {clock}", headers={"Refill-Account": None})
    started: dict[str, Any] = {"price": made.json["prices"][0]["id"], "anchor": "2026-01-31T08:30:00Z"}
    if clock:
        started["test_clock"] = plain.call("POST", "/test_clocks", {"now": "2026-03-01T00:00:00Z"}, key="clock").json[
            "id"
        ]
    account = plain.open(50, **started)
    lane, plain = Caller(lane.client, lane.key, account), Caller(plain.client, plain.key, account)
    assert plain.spend(3, "of the allowance").status == 201
    assert plain.call("POST", "/holds", {"credits": 2}, key="held").status == 201
    said = [caller.call("GET", "/balance") for caller in (lane, plain)]
    assert said[0] == said[1]
    assert said[0].json["allowance"]["resets_at"] is not None
    assert said[0].json["held"] == 2
    expanded = [caller.call("GET", "/balance?expand=grants") for caller in (lane, plain)]
    assert expanded[0] == expanded[1]
    assert len(expanded[0].json["grants"]) == 2


@pytest.mark.parametrize(
    "headers",
    [
        {"Refill-Account": None},
        {"Refill-Account": ids.encode("acc", 10**9)},
        {"Refill-Account": "acc_nobody"},
        {"Authorization": "Bearer nobody"},
        {"Request-Id": "x"},
    ],
)
def test_a_balance_that_cannot_be_read_is_refused_alike(callers: Callers, headers: dict[str, str | None]) -> None:
    said = [caller.call("GET", "/balance", headers=headers) for caller in callers]
    assert [heard.status for heard in said] == [said[1].status] * 2
    if headers != {"Request-Id": "x"}:
        assert said[0] == said[1]


def test_an_account_of_the_other_mode_has_no_balance(callers: Callers, owner: Owner) -> None:
    body = {
        "name": "Live",
        "timezone": "UTC",
        "currency": "usd",
        "owner": {"email": "live@lane.example", "name": "Lea"},
    }
    made = callers[1].call("POST", "/accounts", body, key="live", headers={"Refill-Account": None})
    (number,) = ids.decode("acc", made.json["id"])
    for table, column in (("refill_balance", "account_id"), ("refill_account", "id")):
        owner.execute(f"update {table} set livemode = true where {column} = %s", [number])
    said = [caller.call("GET", "/balance", headers={"Refill-Account": made.json["id"]}) for caller in callers]
    assert said[0] == said[1]
    assert said[0].status == 404


def test_many_who_ask_at_once_are_all_told(callers: Callers) -> None:
    lane, plain = callers
    accounts = [plain.open(10 + number) for number in range(4)]
    ways = [Caller(lane.client, lane.key, account) for account in accounts]
    told = at_once([lambda n=n: ways[n % 4].available() for n in range(64)])
    assert told == [10 + n % 4 for n in range(64)]


def test_calls_are_counted_for_the_request_log_and_written_when_the_lane_ends(
    database: str, site_url: str, callers: Callers, owner: Owner
) -> None:
    account = callers[1].open(10)
    owner.execute("update refill_apikey set last_used_at = now() where account_id is null")
    with lane_process(database, site_url) as url, httpx.Client(base_url=url, timeout=30) as client:
        caller = Caller(client, TEST_PLATFORM_KEY, account)
        assert [caller.spend(1, f"counted {number}").status for number in range(3)] == [201, 201, 201]
        assert [caller.available() for _ in range(2)] == [7, 7]
    (number,) = ids.decode("acc", account)
    found = owner.execute(
        "select method, path, status, calls from refill_apirequest where account_id = %s and calls > 1 order by calls",
        [number],
    ).fetchall()
    assert found == [("GET", "/v1/balance", 200, 2), ("POST", "/v1/usage", 201, 3)]
