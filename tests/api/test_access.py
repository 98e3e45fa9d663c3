"""Who may call what (RULES §8): every call of the router, for every kind of caller, with ids of their own, of another
account, and of nothing. Another's id answers as one of nothing does, to the letter."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import psycopg
import pytest
from django.test import Client

from refill.api.access import TABLE, Access
from refill.domain import ids, key_texts
from refill.domain.roles import Right, Role, Scope, scope_of
from tests.api.belongings import open_full_account
from tests.api.client import Api
from tests.api.keys import Owner, account_key, live_platform_key, revoke
from tests.api.routes import operations, routes
from tests.texting import FINE

FAR = 2**62
CALLS = operations()
SCOPES = [scope for scope in key_texts.KEY_SCOPES if scope != "operate"]
# What an address names that is no account's own, and what is no id at all.
EVERYBODYS, NO_IDS = {"plan_id", "clock_id"}, {"kind": "seat"}
_keys = itertools.count(1)
_client = Client(raise_request_exception=False)


@dataclass(frozen=True)
class Caller:
    """`role` None: the operator's platform keys. `names`: whose account the call says that it acts in."""

    api: Api
    role: Role | None = Role.OWNER
    scopes: tuple[str, ...] = ()
    valid: bool = True
    livemode: bool = False
    names: str = "own"


@dataclass(frozen=True)
class World:
    callers: dict[str, Caller]
    own: dict[str, str]
    others: dict[str, str]

    def random(self) -> dict[str, str]:
        return {name: _of_nothing(id_) for name, id_ in self.own.items()}


def _of_nothing(id_: str) -> str:
    """An id as well formed as this one: of its account, where it names one."""
    prefix, _, rest = id_.partition("_")
    count = len(rest) // ids.CHARACTERS_PER_NUMBER
    return ids.encode(prefix, *ids.decode(prefix, id_, count)[:-1], FAR)


@pytest.fixture(scope="module")
def world(database: str, platform_key: str) -> Iterator[World]:
    with psycopg.connect(database, autocommit=True) as owner:
        mine, own = open_full_account(platform_key, "own@access.example")
        other, others = open_full_account(platform_key, "other@access.example")
        price = Api(platform_key).get("/plans").json["data"][0]["id"]
        yield World(_callers(owner, mine, other), own | {"plan_id": price, "clock_id": str(mine.clock)}, others)
        owner.execute("update refill_webhookendpoint set state = 'disabled'")


def _callers(owner: Owner, mine: Api, other: Api) -> dict[str, Caller]:
    key = account_key(owner, mine, "owner")
    revoked, expired, dead = (account_key(owner, mine, "owner", [end]) for end in ("revoked", "expired", "left"))
    revoke(owner, revoked)
    owner.execute("update refill_apikey set expires_at = now() where hash = sha256(%s)", [expired.key.encode()])
    owner.execute(
        """update refill_apikey set role = 'owner', maker_id = (
             select id from refill_membership where account_id = %s and role = 'member')
           where hash = sha256(%s)""",
        [ids.decode("acc", str(mine.account))[0], dead.key.encode()],
    )
    mistyped = key_texts.write(bytes(20), livemode=False)[:-1] + "z"
    live = live_platform_key(owner)
    return {
        "no key": Caller(replace(key, headers={"Authorization": None}), valid=False),  # type: ignore[dict-item]
        "another scheme": Caller(replace(key, headers={"Authorization": f"Basic {key.key}"}), valid=False),
        "mistyped": Caller(replace(key, key=mistyped), valid=False),
        "unknown": Caller(replace(key, key="rf_test_nobody_has_this_one"), valid=False),
        "revoked": Caller(revoked, valid=False),
        "expired": Caller(expired, valid=False),
        "left by its maker": Caller(dead, valid=False),
        "platform, test": Caller(mine, None),
        "platform, test, in no account": Caller(replace(mine, account=None), None, names="none"),
        "platform, live": Caller(replace(live, account=mine.account), None, livemode=True, names="another's"),
        "names another account": Caller(replace(key, account=other.account), names="another's"),
        "owner": Caller(key),
        **{role.value: Caller(account_key(owner, mine, role.value), role) for role in Role if role is not Role.OWNER},
        **{f"scope {scope}": Caller(account_key(owner, mine, "owner", [scope]), scopes=(scope,))
           for scope in SCOPES},
    }  # fmt: skip


def _expected(caller: Caller, line: Access, whose: str) -> str:
    if not caller.valid:
        return "401 unauthenticated"
    if line.test_only and caller.livemode:
        return "403 forbidden"
    if caller.role is not None and (line.right is None or not _reaches(caller.role, line.right)):
        return "403 forbidden"
    if caller.scopes and line.scope not in caller.scopes:
        return "403 scope_missing"
    if caller.names == "none" and line.may_lack_account:
        return "reached"
    if line.account and caller.names != "own":
        return "404 not_found" if caller.names == "another's" else "422 invalid_request"
    return "reached" if whose == "own" else "404 not_found"


def _reaches(role: Role, right: Right) -> bool:
    """A key is nobody's own, so it needs the whole of a statement."""
    return scope_of(role, right) in ({Scope.ALL} if right is Right.STATEMENT else {Scope.ALL, Scope.OWN})


def _ask(api: Api, method: str, path: str, body: object = None) -> tuple[int, str]:
    """Status and body, without what is another's each time."""
    sent = {"Authorization": f"Bearer {api.key}", "Refill-Account": api.account, **api.headers}
    if method == "post":
        sent["Idempotency-Key"] = f"access {next(_keys)}"
    sent = {name: value for name, value in sent.items() if value is not None}
    data = b"" if body is None else json.dumps(body).encode()
    answer = _client.generic(method.upper(), path, data, content_type="application/json", headers=sent)
    if answer.headers["Content-Type"] == "application/pdf":
        return answer.status_code, "a PDF"
    return answer.status_code, answer.content.decode()


def _short(status: int, text: str) -> str:
    return f"{status} {json.loads(text)['code']}" if status >= 400 else "reached"


def _parameters(path: str) -> list[str]:
    return [name for name in re.findall(r"{(\w+)}", path) if name not in NO_IDS]


def _example(name: str) -> Any:
    content = CALLS[name][2].get("requestBody", {}).get("content", {})
    return content.get("application/json", {}).get("example")


def test_every_address_of_the_router_has_a_line_and_this_test_knows_all_that_addresses_name(world: World) -> None:
    assert len(world.callers) >= 12
    assert {path for _, path, _ in CALLS.values()} == routes()
    assert set(CALLS) == set(TABLE)
    named = {parameter for _, path, _ in CALLS.values() for parameter in _parameters(path)}
    assert named == set(world.own)
    assert named - EVERYBODYS == set(world.others)


@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_caller_gets_as_far_as_the_access_policy_says(name: str, world: World) -> None:
    """What is changed is asked for with a field that no call has: who may is told so, and nothing happens."""
    method, path, _ = CALLS[name]
    whole = path.format(**world.own, **NO_IDS)
    found, told = {}, {}
    for who, caller in world.callers.items():
        told[who] = _expected(caller, TABLE[name], "own")
        if method == "delete" and told[who] == "reached" and _parameters(path):
            continue
        changes = method not in ("get", "delete")
        reached = told[who] == "reached"
        found[who] = _short(
            *_ask(caller.api, method, whole, {"surprise": 1} if changes and reached else _example(name))
        )
        if changes and reached:
            told[who] = "422 invalid_request"
        if name == "undo_scheduled_change" and told[who] == "reached":
            told[who] = "409 nothing_to_do"
    assert found == {who: told[who] for who in found}


@pytest.mark.parametrize("name", sorted(name for name, (_, path, _) in CALLS.items() if _parameters(path)))
def test_anothers_id_answers_as_one_of_nothing_does(name: str, world: World) -> None:
    method, path, _ = CALLS[name]
    random = world.random()
    for parameter in _parameters(path):
        found, told = {}, {}
        for who, caller in world.callers.items():
            answers = []
            for id_ in filter(None, (world.others.get(parameter), random[parameter])):
                status, text = _ask(
                    caller.api, method, path.format(**{**world.own, parameter: id_}, **NO_IDS), _example(name)
                )
                found[who, len(answers)] = _short(status, text)
                told[who, len(answers)] = _expected(caller, TABLE[name], "another's")
                answers.append(re.sub(r"req_\w+", "", text.replace(id_, "")))
            assert len(set(answers)) == 1, (who, answers)
            assert world.others.get(parameter, "none") not in answers[0]
        assert found == told


# Ids that calls take beside the address: in the body, in the query.
REFERENCES: list[tuple[str, str, Any]] = [
    ("post", "/messages", {"from": "{number_id}", "to": FINE, "body": "Hello"}),
    ("post", "/broadcasts", {"name": "x", "from": "{number_id}", "body": "x", "recipients": [{"to": FINE}]}),
    ("post", "/broadcasts/estimate", {"name": "x", "from": "{number_id}", "body": "x", "recipients": [{"to": FINE}]}),
    ("post", "/usage", {"credits": 1, "kind": "text", "member": "{member_id}"}),
    ("post", "/usage", {"credits": 1, "kind": "text", "inbox": "{inbox_id}"}),
    ("post", "/usage", {"credits": 1, "kind": "text", "number": "{number_id}"}),
    ("post", "/inboxes", {"name": "x", "members": ["{member_id}"]}),
    ("patch", "/inboxes/{own:inbox_id}", {"members": ["{member_id}"]}),
    ("delete", "/inboxes/{own:inbox_id}?move_to={inbox_id}", None),
    ("patch", "/numbers/{own:number_id}", {"inbox": "{inbox_id}"}),
    ("post", "/invitations", {"email": "new@access.example", "role": "observer", "inboxes": ["{inbox_id}"]}),
    ("patch", "/invitations/{own:invitation_id}", {"role": "member", "inboxes": ["{inbox_id}"]}),
    ("delete", "/members/{own:member_id}?successor={member_id}", None),
    ("patch", "/members/{own:member_id}", {"role": "observer", "successor": "{member_id}"}),
    ("post", "/refunds", {"order": "{order_id}", "reason": "operator"}),
    ("post", "/disputes", {"order": "{order_id}"}),
    ("post", "/quotes", {"remove_add_on": {"kind": "number", "number": "{number_id}"}}),
    ("post", "/quotes", {"cancel": {}, "payment_method": "{card_id}"}),
    ("get", "/ledger?member={member_id}", None),
    ("get", "/ledger?inbox={inbox_id}", None),
    ("get", "/ledger?number={number_id}", None),
    ("get", "/messages?broadcast={broadcast_id}", None),
    ("get", "/messages?number={number_id}", None),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body"), REFERENCES)
def test_another_accounts_id_in_a_body_or_query_answers_as_one_of_nothing_does(
    method: str, path: str, body: object, world: World
) -> None:
    def filled(text: str, named: dict[str, str]) -> str:
        text = re.sub(r"{own:(\w+)}", lambda found: world.own[found[1]], text)
        return re.sub(r"{(\w+_id)}", lambda found: named[found[1]], text)

    answers = set()
    for named in (world.others, world.random()):
        sent = None if body is None else json.loads(filled(json.dumps(body), named))
        status, text = _ask(world.callers["platform, test"].api, method, "/v1" + filled(path, named), sent)
        for id_ in named.values():
            text = text.replace(id_, "")
        answers.add((status, re.sub(r"req_\w+", "", text)))
    ((status, text),) = answers
    assert status in (404, 422) or json.loads(text)["data"] == [], text


def test_every_call_that_names_a_thing_finds_the_accounts_own(world: World) -> None:
    """So that the 404s above say something. Last: it removes what they were about."""
    api = world.callers["platform, test"].api
    order = ("get", "put", "patch", "post", "delete")
    names = (name for name in CALLS if _parameters(CALLS[name][1]))
    named = sorted(names, key=lambda name: order.index(CALLS[name][0]))
    bodies = {name: _example(name) for name in named} | {"capture_hold": {"credits": 1}}
    answers = {name: _ask(api, CALLS[name][0], CALLS[name][1].format(**world.own, **NO_IDS), bodies[name])
               for name in named}  # fmt: skip
    assert {name: text for name, (status, text) in answers.items() if status in (404, 422) or status >= 500} == {}
