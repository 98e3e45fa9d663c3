"""refill-client against the product itself, over real sockets: in threads and in asyncio."""

import asyncio
import importlib.util
import itertools
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import httpx
import pytest
import refill_client
from refill_client import (
    AsyncRefill,
    ConnectionFailed,
    Forbidden,
    IdempotencyMismatch,
    InsufficientCredits,
    InvalidRequest,
    NotFound,
    QuoteStale,
    RateLimited,
    Refill,
    ServerFault,
    SignatureRefused,
    Unauthenticated,
    verify,
)

from refill.api.access import TABLE
from refill.api.openapi import document
from refill.domain import deliveries
from tests.api.client import Api, open_account
from tests.tidy.tree import ROOT

_names = itertools.count(1)
WITH_HTTPX = ("httpx", "httpcore", "h11", "anyio", "idna", "certifi", "typing_extensions")


@pytest.fixture
def account(platform_key: str) -> Api:
    made = open_account(platform_key)
    made.give(100)
    return made


@pytest.fixture
def refill(account: Api, site_url: str) -> Any:
    with Refill(account.key, base_url=site_url, account=account.account) as client:
        yield client


def maker(name: str) -> Any:
    """A program that makes a part of the client."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "clients" / "python" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def written(name: str) -> str:
    return (Path(refill_client.__file__).parent / name).read_text(encoding="utf-8")


def test_the_client_for_threads_is_that_for_asyncio_without_await() -> None:
    sync = maker("make_sync")
    assert {made: written(made) == sync.make(name) for name, made in sync.FILES.items()} == {
        "_core.py": True, "_sync_calls.py": True, "_sync.py": True,
    }  # fmt: skip


def test_the_calls_and_their_types_are_those_of_the_document() -> None:
    calls, read = maker("make_calls"), document()
    assert written("_async_calls.py") == calls.formatted(calls.make_calls(read))
    assert written("types.py") == calls.formatted(calls.make_types(read))


def test_both_clients_have_every_call() -> None:
    for client in (Refill, AsyncRefill):
        assert [name for name in TABLE if not callable(getattr(client, name, None))] == []


def test_credits_are_spent_once_for_each_key(refill: Refill) -> None:
    first = refill.spend(3, kind="mms", reference="sms-1", key="sms-1")
    assert (first["credits"], first["balance"]) == (3, 97)
    assert refill.spend(3, kind="mms", reference="sms-1", key="sms-1") == first
    assert refill.balance()["available"] == 97
    with pytest.raises(IdempotencyMismatch):
        refill.spend(4, key="sms-1")


def test_too_few_credits_say_how_many_are_missing(refill: Refill) -> None:
    with pytest.raises(InsufficientCredits) as refused:
        refill.spend(101)
    assert (refused.value.required, refused.value.available) == (101, 100)
    assert refused.value.status == 402
    assert refused.value.top_up_url.endswith("/settings/billing/buy")
    assert refused.value.request_id


def test_holds_batches_and_reversals(refill: Refill) -> None:
    held = refill.hold(20, reference="sale")
    assert refill.capture(held["id"], credits=5)["captured"] == 5
    assert refill.release(refill.hold(10)["id"])["state"] == "released"
    batch = refill.spend_batch([{"key": f"b{n}", "credits": 1, "kind": "text"} for n in range(3)])
    assert [row["status"] for row in batch["results"]] == ["spent"] * 3
    spent = refill.spend(4)
    assert refill.reverse(spent["id"], reason="the carrier refused it")["credits"] == 4
    assert refill.balance()["available"] == 100 - 5 - 3


def test_lists_go_on_from_page_to_page(refill: Refill) -> None:
    for _ in range(5):
        refill.spend(1)
    rows = list(refill.pages(dict, "/ledger", {"limit": 2, "kind": "spend"}))
    assert [row["credits"] for row in rows] == [-1] * 5
    assert len(list(refill.ledger(kind="spend"))) == 5
    assert [event["kind"] for event in refill.events(kind="credits.refilled")] == ["credits.refilled"]


def test_a_plan_is_bought_by_quote_and_confirm(default_catalogue_alone: None, platform_key: str, site_url: str) -> None:
    with Refill(platform_key, base_url=site_url) as operator:
        owner = {"email": f"buyer{next(_names)}@client.example", "name": "Bo"}
        made = operator.create_account(
            name="Buyer", timezone="America/New_York", currency="usd", owner=owner,
            payment_method={"sandbox": "visa_ok"},
        )  # fmt: skip
        operator.account = made["id"]
        pack = operator.packs()[0]
        quote = operator.quote(buy_credits={"pack": pack["id"], "quantity": 1})
        assert operator.confirm(quote["id"], key="buy-it")["status"] == "succeeded"
        assert operator.balance()["purchased"]["remaining"] == pack["credits"]
        assert operator.get_account()["name"] == "Buyer"
        assert operator.plans()
        assert operator.estimate("hello")["credits"] == 1
        assert operator.advice()["next_step"]["do"] == "nothing"
        assert operator.statement(accept="text/csv").startswith(b"id,at_utc")


def test_a_stale_quote_brings_a_fresh_one(platform_key: str, site_url: str) -> None:
    with Refill(platform_key, base_url=site_url) as operator:
        prices = [price for plan in operator.plans() for price in plan["prices"] if plan["name"] == "Starter"]
        made = operator.create_account(
            name="Two minds", timezone="UTC", currency="usd", payment_method={"sandbox": "visa_ok"},
            price=prices[0]["id"], owner={"email": f"two{next(_names)}@client.example", "name": "Bo"},
        )  # fmt: skip
        operator.account = made["id"]
        quote = operator.quote(cancel={})
        other = operator.quote(cancel={})
        operator.confirm(other["id"])
        with pytest.raises((QuoteStale, refill_client.Conflict)) as refused:
            operator.confirm(quote["id"])
        assert refused.value.status == 409


def test_refusals_have_classes(refill: Refill, account: Api, site_url: str) -> None:
    with pytest.raises(NotFound):
        refill.order("ord_zzz")
    with pytest.raises(InvalidRequest) as invalid:
        refill.spend(0)
    assert invalid.value.param == "credits"
    made = refill.create_api_key(name="reader", role="member", scopes=["read"])
    with Refill(made["secret"], base_url=site_url) as reader:
        assert reader.balance()["available"] == 100
        with pytest.raises(Forbidden):
            reader.spend(1)
        refill.revoke_api_key(made["id"])
        with pytest.raises(Unauthenticated):
            reader.get_account()


def answers(*given: httpx.Response | Exception) -> tuple[httpx.MockTransport, list[httpx.Request]]:
    """A network that answers in turn; what was sent is kept."""
    sent: list[httpx.Request] = []
    turns = iter(given)

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        turn = next(turns)
        if isinstance(turn, Exception):
            raise turn
        return turn

    return httpx.MockTransport(handle), sent


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr("refill_client._core.time.sleep", waited.append)
    return waited


def problem(status: int, code: str, **headers: str) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "detail": code}, headers=headers)


def client_of(transport: httpx.MockTransport, **more: Any) -> Refill:
    return Refill("rf_test_x", http=httpx.Client(transport=transport), **more)


def test_what_is_tried_again_bears_the_same_key(no_waiting: list[float]) -> None:
    transport, sent = answers(
        httpx.ConnectError("refused"), problem(503, "busy", **{"Retry-After": "2"}),
        problem(409, "idempotency_in_flight"), problem(429, "rate_limited", **{"Retry-After": "7"}),
        httpx.Response(201, json={"id": "use_1", "credits": 1, "balance": 9, "taken": []}),
    )  # fmt: skip
    assert client_of(transport).spend(1)["balance"] == 9
    assert len({request.headers["Idempotency-Key"] for request in sent}) == 1
    assert len({request.content for request in sent}) == 1
    assert len(no_waiting) == 4
    assert no_waiting[1] >= 2
    assert no_waiting[3] >= 7


@pytest.mark.parametrize(
    ("given", "kind"),
    [(lambda: httpx.ConnectError("refused"), ConnectionFailed), (lambda: problem(500, "internal_error"), ServerFault),
     (lambda: problem(429, "rate_limited"), RateLimited), (lambda: httpx.Response(502, text="<html>"), ServerFault)],
)  # fmt: skip
def test_it_gives_up_after_so_many_tries(
    given: Callable[[], Any], kind: type[Exception], no_waiting: list[float]
) -> None:
    transport, sent = answers(*[given() for _ in range(3)])
    with pytest.raises(kind):
        client_of(transport, retries=2).spend(1)
    assert len(sent) == 3


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
def test_what_comes_to_the_same_end_is_tried_again(method: str, no_waiting: list[float]) -> None:
    transport, sent = answers(
        httpx.ReadTimeout("no answer"), problem(503, "busy"), problem(429, "rate_limited"), httpx.Response(200, json={})
    )
    assert client_of(transport).request(method, "/members/mem_1") == {}
    assert len(sent) == 4


@pytest.mark.parametrize(
    ("given", "tries"),
    [(httpx.ConnectError("refused"), 2), (httpx.ConnectTimeout("nobody"), 2), (problem(429, "rate_limited"), 2),
     (httpx.ReadTimeout("no answer"), 1), (httpx.RemoteProtocolError("cut"), 1), (problem(503, "busy"), 1)],
)  # fmt: skip
def test_a_patch_is_tried_again_only_where_nothing_was_done(given: Any, tries: int, no_waiting: list[float]) -> None:
    transport, sent = answers(given, httpx.Response(200, json={}))
    with nullcontext() if tries == 2 else pytest.raises((ConnectionFailed, ServerFault)):
        client_of(transport).update_member("mem_1", role="admin")
    assert len(sent) == tries


def test_a_refusal_that_will_not_change_is_not_tried_again(no_waiting: list[float]) -> None:
    transport, sent = answers(problem(402, "insufficient_credits"))
    with pytest.raises(InsufficientCredits):
        client_of(transport).spend(1)
    assert len(sent) == 1
    assert no_waiting == []


def test_the_same_in_asyncio(account: Api, site_url: str) -> None:
    async def run() -> tuple[int, list[int], str]:
        async with AsyncRefill(account.key, base_url=site_url, account=account.account) as client:
            spent = await asyncio.gather(*[client.spend(1) for _ in range(8)])
            rows = [row["credits"] async for row in client.ledger(kind="spend")]
            try:
                await client.spend(1_000)
            except InsufficientCredits as refused:
                return min(one["balance"] for one in spent), rows, refused.code
            return 0, [], ""

    # In a thread of its own: the browser of other tests has a loop in this one.
    with ThreadPoolExecutor(1) as apart:
        assert apart.submit(asyncio.run, run()).result() == (92, [-1] * 8, "insufficient_credits")


def signed(body: bytes, at: int, *secrets: bytes) -> dict[str, str]:
    mark = deliveries.sign(secrets, "evt_1", at, body)
    return {"Webhook-Id": "evt_1", "Webhook-Timestamp": str(at), "Webhook-Signature": mark}


def test_a_delivery_is_verified_by_its_secret_and_its_time() -> None:
    secret, body = b"s" * 32, b'{"type":"credits.low","timestamp":"t","id":"evt_1","account":"acc_1","data":{}}'
    shown = deliveries.show_secret(secret)
    headers = signed(body, 1_000, secret)
    assert verify(shown, headers, body, now=1_100)["type"] == "credits.low"
    both = signed(body, 1_000, b"o" * 32, secret)
    assert verify(shown, both, body, now=1_000)["id"] == "evt_1"
    for other, sent, text, now in (
        (deliveries.show_secret(b"x" * 32), headers, body, 1_000), (shown, headers, body + b" ", 1_000),
        (shown, headers, body, 1_301), (shown, headers, body, 699), (shown, {}, body, 1_000),
        ("whsec_no!", headers, body, 1_000), (shown, headers | {"Webhook-Id": "evt_2"}, body, 1_000),
    ):  # fmt: skip
        with pytest.raises(SignatureRefused):
            verify(other, sent, text, now=now)


def test_the_wheel_is_all_that_is_needed_beside_httpx(tmp_path: Path) -> None:
    copied = shutil.copytree(ROOT / "clients" / "python", tmp_path / "source")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    alone = ["--no-index", "--no-deps"]
    subprocess.run([*pip, "wheel", *alone, "--no-build-isolation", "-w", str(tmp_path), str(copied)], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    place = tmp_path / "place"
    subprocess.run([*pip, "install", *alone, "--target", str(place), str(wheel)], check=True)
    for name in WITH_HTTPX:
        found = importlib.util.find_spec(name)
        assert found is not None
        assert found.origin is not None
        # A package is a folder, typing_extensions one file.
        there = Path(found.origin).parent if found.submodule_search_locations else Path(found.origin)
        (place / there.name).symlink_to(there)
    said = (
        "import sys; sys.path.insert(0, sys.argv[1]); import refill_client; refill_client.Refill('rf_test_x').close()"
    )
    script = f"{said}; print(refill_client.__file__)"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script, str(place)], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(str(place / "refill_client" / "__init__.py"))
    assert (place / "refill_client" / "py.typed").exists()
