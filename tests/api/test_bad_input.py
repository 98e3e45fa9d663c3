"""Whatever is sent: a refusal that names what is wrong, never a fault, and nothing else changed."""

import json
import re
from typing import Any

import pytest

from refill.api.application import api
from refill.api.openapi import document
from tests.api.client import Api

BAD_NUMBERS: list[Any] = [0, -1, 1_000_000_001, 10**30, 1.0, 1.5, True, "1", None, [], {}]
RAW_NUMBERS = [b"NaN", b"Infinity", b"1e400", b"-0", b"01", b"0x10", b"1_000"]
NOT_JSON = [b"{", b"nope", b"\xff\xfe", b'{"credits": 1,}', b"{'credits': 1}", b'{"a": "\\ud800"}', b"[" * 100_000,
            b'{"a": "\xed\xa0\x80"}', b"\x00", b'{"a": "\n"}']  # fmt: skip
NOT_OBJECTS = [b"[]", b"null", b'"text"', b"1", b"true"]
NUMBERED = [
    ("/usage", {"kind": "text"}, "credits"),
    ("/holds", {}, "credits"),
    ("/holds", {"credits": 1}, "expires_in"),
    ("/usage", {"credits": 1, "kind": "text"}, "parts"),
    ("/grants", {"source": "promotion", "reason": "x"}, "credits"),
]
OPTIONAL = {"expires_in", "parts"}


def posts() -> list[str]:
    """The address of every POST, with ids that are of the right form and not there."""
    return sorted(path.removeprefix("/v1") for path, calls in document()["paths"].items() if "post" in calls)


def filled(path: str) -> str:
    """With ids that nothing has: of the right form where a hot call reads them."""
    return re.sub(r"\{\w+\}", "zzz", path.replace("{usage_id}", "use_" + "6j536kvkjcw5h" * 2))


def kept(account: Api) -> tuple[Any, Any, Any]:
    """What must not change: the balance, the ledger, what was charged."""
    return account.get("/balance?expand=grants").json, account.ledger(), account.get("/invoices").json


def test_the_corpus_knows_every_post() -> None:
    assert len(posts()) >= 40
    assert all("{" not in filled(path) for path in posts())
    assert api.title == "Refill"


@pytest.mark.parametrize("path", posts())
def test_what_is_not_json_is_400_and_changes_nothing(path: str, account: Api) -> None:
    before = kept(account)
    for body in NOT_JSON:
        assert account.post(filled(path), raw=body).code == "400 malformed_body", body[:20]
    assert kept(account) == before


@pytest.mark.parametrize("path", posts())
def test_what_is_no_object_or_has_unknown_fields_is_422_and_changes_nothing(path: str, account: Api) -> None:
    before = kept(account)
    for body in NOT_OBJECTS:
        assert account.post(filled(path), raw=body).code == "422 invalid_request", body
    unknown = account.post(filled(path), {"surprise": 1})
    assert unknown.code == "422 invalid_request"
    assert kept(account) == before


@pytest.mark.parametrize("path", posts())
def test_nul_bytes_are_refused_in_any_text(path: str, account: Api) -> None:
    before = kept(account)
    for body in (b'{"reference": "a\\u0000b"}', b'{"\\u0000": 1}', b'{"metadata": {"a": "\\u0000"}}'):
        assert account.post(filled(path), raw=body).code == "422 invalid_request"
    assert kept(account) == before


@pytest.mark.parametrize("path", posts())
def test_a_body_above_8_mb_is_413(path: str, account: Api) -> None:
    big = b'{"reason": "' + b"x" * (8 * 1024 * 1024) + b'"}'
    assert account.post(filled(path), raw=big).code == "413 body_too_large"


@pytest.mark.parametrize(("path", "body", "name"), NUMBERED)
def test_a_number_that_cannot_be_is_refused_by_name(path: str, body: dict[str, Any], name: str, account: Api) -> None:
    before = kept(account)
    for value in BAD_NUMBERS:
        if value is None and name in OPTIONAL:
            continue
        answer = account.post(path, {**body, name: value})
        assert (answer.code, answer.json["param"]) == ("422 invalid_request", name), value
    for raw in RAW_NUMBERS:
        sent = json.dumps({**body, name: "HERE"}).encode().replace(b'"HERE"', raw)
        assert account.post(path, raw=sent).status in (400, 422), raw
    assert kept(account) == before


@pytest.mark.parametrize("value", BAD_NUMBERS[:-3])
def test_a_bad_item_of_a_batch_refuses_the_whole(value: Any, account: Api) -> None:
    before = kept(account)
    good = {"key": "good", "credits": 1, "kind": "text"}
    answer = account.post(
        "/usage/batch", {"items": [good, {**good, "key": "bad", "credits": value}], "mode": "partial"}
    )
    assert (answer.code, answer.json["param"]) == ("422 invalid_request", "items[1].credits")
    assert kept(account) == before


@pytest.mark.parametrize(
    ("change", "param"),
    [({"kind": "fax"}, "kind"), ({"kind": 1}, "kind"), ({"reference": "x" * 256}, "reference"),
     ({"reference": 1}, "reference"), ({"metadata": []}, "metadata"), ({"metadata": {"a": 1.5}}, "metadata"),
     ({"metadata": {"a": {"b": 1}}}, "metadata"), ({"metadata": {"": 1}}, "metadata"),
     ({"metadata": {"a": 2**60}}, "metadata"), ({"metadata": {str(n): 1 for n in range(51)}}, "metadata"),
     ({"member": 5}, "member"), ({"surprise": 1}, "surprise")],
)  # fmt: skip
def test_a_usage_that_cannot_be_is_refused_by_name(change: dict[str, Any], param: str, account: Api) -> None:
    before = kept(account)
    answer = account.post("/usage", {"credits": 1, "kind": "text", **change})
    assert answer.code == "422 invalid_request"
    assert answer.json["param"].startswith(param)
    assert kept(account) == before


@pytest.mark.parametrize(
    "value", ["", "now", "2027-01-01", "2027-01-01T00:00:00", "2027-13-01T00:00:00Z", "0001-01-01T00:00:00Z",
              "9999-12-31T23:59:59-23:00", 1_800_000_000, None, "2027-01-01T00:00:00+99:00",
              "２０２７-01-01T00:00:00Z"],
)  # fmt: skip
def test_an_instant_that_cannot_be_is_refused(value: Any, operator: Api) -> None:
    answer = operator.post("/test_clocks", {"now": value})
    assert (answer.code, answer.json["param"]) == ("422 invalid_request", "now")


@pytest.mark.parametrize("text", ["' or 1=1 --", "%00", "..%2f..%2fetc", "ord_\u00e9", "x" * 5000, "%ff%fe"])
def test_ids_of_all_kinds_are_404(text: str, account: Api) -> None:
    for path in (f"/orders/{text}", f"/holds/{text}", f"/ledger/{text}/why", f"/invoices/{text}"):
        assert account.get(path).status == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "param"),
    [("POST", "/grants", {"credits": 1, "source": "promotion", "reason": "CARD"}, "reason"),
     ("POST", "/usage/{usage}/reverse", {"reason": "CARD"}, "reason"),
     ("POST", "/api_keys", {"name": "CARD", "role": "member"}, "name"),
     ("POST", "/inboxes", {"name": "CARD"}, "name"),
     ("PATCH", "/account", {"name": "CARD"}, "name"),
     ("POST", "/members", {"email": "a@b.example", "name": "CARD", "role": "member"}, "name"),
     ("POST", "/webhook_endpoints", {"url": "https://93.184.216.34/", "description": "CARD"}, "description"),
     ("POST", "/refunds", {"order": "ord_none", "reason": "customer", "note": "CARD"}, "note")],
)  # fmt: skip
def test_x21_a_card_number_in_a_name_or_note_is_refused(
    method: str, path: str, body: dict[str, Any], param: str, account: Api
) -> None:
    path, before = path.format(usage=account.spend(1).json["id"]), kept(account)
    for written in ("4242 4242 4242 4242", "mine is 378282246310005."):
        sent = {name: written if value == "CARD" else value for name, value in body.items()}
        answer = account.call(method, path, sent, key=f"x21 {written}")
        assert (answer.code, answer.json["param"]) == ("422 invalid_request", param)
    assert kept(account) == before


def test_x21_a_reference_is_the_softwares_own_and_kept_as_it_is(account: Api) -> None:
    """Every tenth number of 16 digits that begins with 4 passes for a card's: a spend would be refused by chance."""
    assert account.post("/usage", {"credits": 1, "kind": "text", "reference": "4242424242424242"}).status == 201
    assert account.get("/ledger").json["data"][0]["reference"] == "4242424242424242"


def test_text_that_looks_like_code_is_kept_as_text(account: Api) -> None:
    nasty = "<script>alert(1)</script>'; drop table refill_entry; -- \u202e \U0001f600 \u0007"
    assert account.post("/usage", {"credits": 1, "kind": "text", "reference": nasty}).status == 201
    assert account.get("/ledger").json["data"][0]["reference"] == nasty
