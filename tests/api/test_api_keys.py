"""Keys of an account: shown once, never above their maker's role, dead when the maker loses it (RULES §8)."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from refill.domain import ids
from refill.domain.records import Actor
from refill.domain.roles import Role
from refill.gateways import clock
from refill.models import Account, AuditRow, Membership
from refill.queries import keys as found
from refill.services.developers import keys
from refill.services.team import people
from tests.api.client import Answer, Api
from tests.api.keys import account_key, live_platform_key


def number(account: Api) -> int:
    assert account.account is not None
    return ids.decode("acc", account.account)[0]


def make(api: Api, **wanted: Any) -> Answer:
    return api.post("/api_keys", {"name": "sender", "role": "member", **wanted})


def as_key(made: Answer) -> Api:
    return Api(made.json["secret"])


def member(account: Api, role: Role) -> Actor:
    """A person of the account, who acts."""
    if role is Role.OWNER:
        row = Membership.objects.get(account_id=number(account), role="owner")
    else:
        email = f"{role.value}@{account.account}.example"
        made = people.add_member(
            account_id=number(account), actor=Actor("operator"), email=email, name=role.label, role=role
        )
        row = Membership.objects.get(pk=made)
    return Actor(ids.encode("usr", row.user_id), role, row.user_id)


def made_by(account: Api, actor: Actor, role: Role, **more: Any) -> keys.MadeKey:
    return keys.make(account_id=number(account), actor=actor, name=f"key of {actor.label}", role=role, **more)


def test_a_key_is_shown_once_and_works(account: Api) -> None:
    made = make(account, scopes=["send", "read"])
    secret = made.json.pop("secret")
    assert made.status == 201
    assert made.json == {
        "id": made.json["id"], "name": "sender", "role": "member", "scopes": ["read", "send"], "prefix": secret[:14],
        "state": "live", "made_by": None, "created_at": made.json["created_at"], "expires_at": None,
        "last_used_at": None,
    }  # fmt: skip
    assert Api(secret).spend(3).json["balance"] == 97
    listed = account.get("/api_keys").json["data"]
    assert listed[0]["id"] == made.json["id"]
    assert "secret" not in listed[0]
    assert listed[0]["last_used_at"] is not None


def test_the_same_request_again_shows_the_same_secret_which_is_kept_encrypted(
    account: Api, owner: psycopg.Connection[Any]
) -> None:
    first = account.post("/api_keys", {"name": "twice", "role": "member"}, key="make-it")
    again = account.post("/api_keys", {"name": "twice", "role": "member"}, key="make-it")
    assert again.json == first.json
    assert again.headers["Idempotent-Replayed"] == "true"
    kept = owner.execute("select body from refill_answer where scope = %s and key = 'make-it'", [account.account])
    row = kept.fetchone()
    assert row is not None
    assert first.json["secret"].encode() not in bytes(row[0])


def test_a_revoked_key_is_dead_at_once_also_for_hot_calls(account: Api) -> None:
    made = make(account)
    api = as_key(made)
    assert api.spend(1).status == 201
    assert account.delete(f"/api_keys/{made.json['id']}").json["state"] == "revoked"
    assert api.spend(1).code == "401 unauthenticated"
    assert api.get("/account").code == "401 unauthenticated"
    assert account.delete(f"/api_keys/{made.json['id']}").json["state"] == "revoked"


def test_a_key_ends_when_it_said(account: Api) -> None:
    soon = (clock.now() + timedelta(hours=1)).isoformat()
    made = make(account, expires_at=soon)
    assert as_key(made).get("/balance").status == 200
    late = clock.now() + timedelta(hours=1)
    assert found.get(number(account), ids.decode("key", made.json["id"])[0], now=late).state == "expired"
    past = make(account, expires_at="2020-01-01T00:00:00Z")
    assert (past.code, past.json["param"]) == ("422 invalid_request", "expires_at")


def test_two_of_a_name_live_at_a_time(account: Api) -> None:
    first = make(account)
    second = account.post(f"/api_keys/{first.json['id']}/rotate", {"overlap_hours": 1})
    assert (second.status, second.json["name"], second.json["role"]) == (201, "sender", "member")
    assert as_key(first).get("/balance").status == as_key(second).get("/balance").status == 200
    assert make(account).code == "409 conflict"
    account.delete(f"/api_keys/{first.json['id']}")
    assert make(account).status == 201


def test_rotating_without_overlap_ends_the_old_key_now(account: Api) -> None:
    first = make(account)
    second = account.post(f"/api_keys/{first.json['id']}/rotate", {"overlap_hours": 0})
    assert as_key(first).get("/balance").code == "401 unauthenticated"
    assert as_key(second).get("/balance").status == 200
    assert account.post(f"/api_keys/{first.json['id']}/rotate", {}).code == "404 not_found"


def test_a_key_is_never_above_its_makers_role(account: Api) -> None:
    admin = member(account, Role.ADMIN)
    by_admin = Api(made_by(account, admin, Role.ADMIN).secret)
    assert make(by_admin, role="admin").status == 201
    assert make(by_admin, name="owner's", role="owner").code == "403 forbidden"
    with pytest.raises(keys.Forbidden):
        made_by(account, admin, Role.OWNER)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.MEMBER, Role.OBSERVER])
def test_below_admin_nobody_makes_keys(account: Api, role: Role) -> None:
    with pytest.raises(keys.Forbidden):
        made_by(account, member(account, role), role)
    assert make(account, name="low", role=role.value).status == 201


def test_a_key_dies_when_its_maker_loses_the_role_or_leaves(account: Api, owner: psycopg.Connection[Any]) -> None:
    admin = member(account, Role.ADMIN)
    api = Api(made_by(account, admin, Role.MEMBER).secret)
    child = as_key(make(Api(made_by(account, admin, Role.ADMIN).secret), name="child"))
    assert api.get("/balance").status == child.get("/balance").status == 200

    owner.execute("update refill_membership set role = 'manager' where user_id = %s", [admin.user_id])
    assert api.get("/account").code == "401 unauthenticated"
    assert child.get("/account").code == "401 unauthenticated"
    assert {row["state"] for row in account.get("/api_keys").json["data"]} == {"dead"}

    owner.execute("update refill_membership set role = 'admin', removed_at = now() where user_id = %s", [admin.user_id])
    assert api.get("/account").code == "401 unauthenticated"


def test_a_key_makes_none_with_more_scopes_than_its_own(account: Api, owner: psycopg.Connection[Any]) -> None:
    narrow = account_key(owner, account, "admin", ["develop", "read"])
    assert make(narrow, scopes=["read"]).status == 201
    assert make(narrow, name="wide", scopes=["send"]).code == "403 forbidden"
    assert make(narrow, name="all", scopes=[]).code == "403 forbidden"
    assert make(account_key(owner, account, "admin", ["read"])).code == "403 scope_missing"


def test_keys_of_another_account_do_not_exist(account: Api, subscriber: Api) -> None:
    made = make(account)
    assert subscriber.delete(f"/api_keys/{made.json['id']}").code == "404 not_found"
    assert subscriber.post(f"/api_keys/{made.json['id']}/rotate", {}).code == "404 not_found"
    assert as_key(made).get("/balance", headers={"Refill-Account": subscriber.account or ""}).code == "404 not_found"


def test_a_key_has_the_mode_of_its_account(owner: psycopg.Connection[Any], account: Api) -> None:
    live = live_platform_key(owner)
    assert make(Api(live.key, account.account)).code == "404 not_found"
    assert make(account).json["secret"].startswith("rf_test_")


def test_a_mistyped_key_is_called_so(account: Api) -> None:
    secret = make(account).json["secret"]
    wrong = Api(secret[:-1] + ("0" if secret[-1] != "0" else "1")).get("/balance")
    assert (wrong.code, wrong.json["detail"][:20]) == ("401 unauthenticated", "This key is mistyped")


def test_every_change_of_keys_is_in_the_audit(account: Api) -> None:
    made = make(account)
    second = account.post(f"/api_keys/{made.json['id']}/rotate", {})
    account.delete(f"/api_keys/{second.json['id']}")
    rows = AuditRow.objects.filter(account_id=number(account), action__startswith="key.").order_by("id")
    assert [(row.action, row.subject) for row in rows] == [
        ("key.made", made.json["id"]), ("key.rotated", made.json["id"]), ("key.revoked", second.json["id"]),
    ]  # fmt: skip


def test_last_use_costs_one_write_in_five_minutes(account: Api, owner: psycopg.Connection[Any]) -> None:
    made = make(account)
    (key_id,) = ids.decode("key", made.json["id"])
    api = as_key(made)
    api.get("/account")
    written = "select xmin::text from refill_apikey where id = %s"
    before = owner.execute(written, [key_id]).fetchone()
    api.get("/account")
    assert owner.execute(written, [key_id]).fetchone() == before
    owner.execute("update refill_apikey set last_used_at = now() - interval '5 minutes' where id = %s", [key_id])
    aged = owner.execute(written, [key_id]).fetchone()
    api.get("/account")
    assert owner.execute(written, [key_id]).fetchone() != aged


def test_the_operators_keys_act_for_any_account_until_revoked(account: Api) -> None:
    made = keys.make_platform_key(actor=Actor("operator"), name="ops", livemode=False)
    api = Api(made.secret, account.account)
    assert api.get("/balance").status == 200
    keys.revoke(account_id=None, actor=Actor("operator"), key_id=made.id)
    assert api.get("/account").code == "401 unauthenticated"
    assert Account.objects.filter(pk=number(account)).exists()
