"""Members, invitations, inboxes and numbers through the API (RULES §8)."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from refill.models import Mail
from tests.api.client import Api, open_account

_count = itertools.count(1)


def address() -> str:
    return f"guest{next(_count)}@team-api.example"


@pytest.fixture
def growth(platform_key: str, prices: dict[tuple[str, str, int], str]) -> Api:
    """Three seats, two numbers."""
    price = prices["growth", "month", 1000]
    return open_account(platform_key, price=price, payment_method={"sandbox": "visa_ok"})


def free_number(api: Api, **wanted: Any) -> str:
    query = "&".join(f"{name}={value}" for name, value in wanted.items())
    return str(api.get(f"/numbers/available?{query}").json["data"][0]["number"])


def test_a_member_is_added_moved_and_removed_and_events_tell_it(growth: Api) -> None:
    made = growth.post("/members", {"email": address(), "name": "Bo", "role": "member"})
    assert (made.status, made.json["role"]) == (201, "member")
    path = f"/members/{made.json['id']}"
    assert growth.patch(path, {"role": "manager"}).json["role"] == "manager"
    assert growth.patch(path, {"role": "manager"}).code == "409 nothing_to_do"
    assert growth.patch(path, {"role": "owner"}).code == "422 invalid_request"
    assert growth.delete(path).json == {"id": made.json["id"], "removed": True}
    assert growth.get(path).code == "404 not_found"
    kinds = [event["kind"] for event in growth.get("/events").json["data"][:3]]
    assert kinds == ["member.removed", "member.role_changed", "member.added"]
    assert growth.get("/events").json["data"][0]["data"]["member"] == made.json["id"]


def test_the_owner_is_neither_moved_nor_removed(growth: Api) -> None:
    (owner,) = growth.get("/members").json["data"]
    assert growth.patch(f"/members/{owner['id']}", {"role": "admin"}).code == "422 invalid_request"
    assert growth.delete(f"/members/{owner['id']}").code == "403 forbidden"
    assert growth.get("/members").json["data"] == [owner]


def test_several_are_invited_at_once_sent_again_changed_and_revoked(growth: Api) -> None:
    emails = [address(), address()]
    made = growth.post("/invitations", {"emails": emails, "role": "member"}).json["data"]
    assert [(row["email"], row["state"]) for row in made] == [(email, "pending") for email in emails]
    full = growth.post("/invitations", {"email": address(), "role": "member"})
    assert (full.code, full.json["free"], full.json["needed"], full.json["unit"]) == ("409 seats_full", 0, 1, 1000)
    path = f"/invitations/{made[0]['id']}"
    assert growth.patch(path, {"role": "observer"}).json["role"] == "observer"
    assert growth.post(f"{path}/resend", {}).status == 200
    assert growth.delete(path).json["state"] == "revoked"
    assert growth.post(f"{path}/resend", {}).code == "409 conflict"
    assert Mail.objects.filter(kind="invitation", to=emails[0]).count() == 2
    assert "path" not in str(growth.get("/invitations").json)


def test_seats_and_numbers_are_listed_and_a_removal_is_kept_for_free(growth: Api) -> None:
    growth.confirm(growth.quote(add_seats={"quantity": 2}))
    growth.confirm(growth.quote(remove_add_on={"kind": "seat", "quantity": 2}))
    seats, _ = growth.get("/add_ons").json["data"]
    assert seats == {
        "kind": "seat", "included": 3, "paid": 2, "at_renewal": 0, "used": 1, "promised": 0, "unused": 0,
    }  # fmt: skip
    kept, _ = growth.post("/add_ons/seat/keep", {}).json["data"]
    assert (kept["at_renewal"], kept["unused"]) == (2, 2)
    assert growth.post("/add_ons/seat/keep", {}).code == "409 nothing_to_do"
    assert growth.post("/add_ons/car/keep", {}).code == "404 not_found"


def test_an_inbox_is_made_renamed_removed_and_restored(growth: Api) -> None:
    (owner,) = growth.get("/members").json["data"]
    made = growth.post("/inboxes", {"name": "Front desk", "members": [owner["id"]]})
    assert (made.status, made.json["members"]) == (201, [owner["id"]])
    assert growth.post("/inboxes", {"name": "front DESK"}).code == "409 conflict"
    path = f"/inboxes/{made.json['id']}"
    assert growth.patch(path, {"name": "Reception", "members": []}).json["name"] == "Reception"
    assert growth.post("/inboxes", {"name": "Ana", "kind": "personal"}).code == "422 invalid_request"
    removed = growth.delete(path).json
    assert removed["undo_until"] == "2027-04-21T13:00:00Z"
    assert growth.patch(path, {"name": "x"}).code == "404 not_found"
    assert growth.post(f"{path}/restore", {}).json["removed_at"] is None
    assert [event["kind"] for event in growth.get("/events").json["data"]].count("inbox.removed") == 1


def test_numbers_of_the_plan_are_had_at_once_and_a_further_one_by_its_quote(growth: Api) -> None:
    inbox = growth.post("/inboxes", {"name": "Front desk"}).json["id"]
    first = growth.post("/numbers", {"number": free_number(growth, area="214"), "inbox": inbox})
    assert (first.status, first.json["state"], first.json["inbox"]) == (201, "active", inbox)
    toll_free = growth.post("/numbers", {"number": free_number(growth, kind="toll_free")})
    assert (toll_free.status, toll_free.json["kind"]) == (201, "toll_free")
    third = free_number(growth, area="214")
    refused = growth.post("/numbers", {"number": third})
    assert refused.code == "409 quote_needed"
    quote = refused.json["quote"]
    assert (quote["due_now"]["amount"], quote["recurring"]["amount"]["amount"]) == (500, 4000)
    assert growth.post(f"/quotes/{quote['id']}/confirm", {}).json["status"] == "succeeded"
    assert growth.get("/numbers").json["data"][0]["number"] == third
    named = growth.patch(f"/numbers/{first.json['id']}", {"name": "Main", "inbox": None}).json
    assert (named["name"], named["inbox"]) == ("Main", None)
    gone = growth.delete(f"/numbers/{first.json['id']}").json
    assert (gone["state"], gone["undo_until"]) == ("deleted", "2027-04-21T13:00:00Z")
    assert growth.post(f"/numbers/{first.json['id']}/restore", {}).json["state"] == "active"


def test_nobody_reaches_anothers_members_inboxes_or_numbers(growth: Api, account: Api) -> None:
    (owner,) = growth.get("/members").json["data"]
    inbox = growth.post("/inboxes", {"name": "Front desk"}).json["id"]
    number = growth.post("/numbers", {"number": free_number(growth, area="303")}).json["id"]
    invited = growth.post("/invitations", {"email": address(), "role": "observer"}).json["data"][0]["id"]
    for path in (f"/members/{owner['id']}", f"/inboxes/{inbox}", f"/numbers/{number}", f"/invitations/{invited}"):
        assert account.get(path).code == "404 not_found"
        assert account.delete(path).code == "404 not_found"
    assert account.post("/inboxes", {"name": "x", "members": [owner["id"]]}).code == "422 invalid_request"
