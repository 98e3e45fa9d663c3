"""Every example of the docs is run as it stands: the calls of /v1/docs with curl and in Python, and docs/api.md."""

import html
import json
import os
import re
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import Client
from refill_client import Refill, RefillError

from refill.api.access import TABLE
from refill.api.snippets import EXAMPLE_ID
from refill.domain import deliveries
from refill.gateways import addresses
from refill.models import User
from tests.api.client import Api, open_account
from tests.tidy.tree import ROOT

# What an example may be refused with on an account that has not each thing that it names.
FAIR = {402, 403, 404, 409}
DONE = {
    "create_usage", "create_usage_batch", "create_hold", "create_grant", "create_account", "get_balance", "list_ledger",
    "list_plans", "list_packs", "create_quote", "get_subscription", "create_test_clock", "create_api_key",
    "create_payment_method", "list_events", "get_statement", "get_advice", "put_auto_recharge", "estimate_message",
    "create_plan", "create_pack", "list_requests", "create_calendar_address",
}  # fmt: skip


@pytest.fixture(scope="module")
def shown() -> dict[str, tuple[str, str]]:
    """The curl and the Python of each call, as the page shows them."""
    page = Client().get("/v1/docs").content.decode()
    parts = re.findall(
        r'<details id="(\w+)">.*?<pre class=\'curl\'>(.*?)</pre><pre class=\'python\'>(.*?)</pre>', page, re.DOTALL
    )
    return {name: (html.unescape(curl), html.unescape(python)) for name, curl, python in parts}


@pytest.fixture
def account(platform_key: str, monkeypatch: pytest.MonkeyPatch) -> Api:
    # The invented host of an example is not asked for.
    monkeypatch.setattr(addresses, "look_up", lambda host, port: "192.0.2.1")
    operator = Api(platform_key)
    prices = next(plan for plan in operator.get("/plans").json["data"] if plan["name"] == "Scale")["prices"]
    price = next(price["id"] for price in prices if price["interval"] == "month")
    made = open_account(platform_key, price=price, payment_method={"sandbox": "visa_ok"})
    made.give(10_000)
    return made


@pytest.fixture
def filled(account: Api) -> Callable[[str], str]:
    """With a pack, a price and people of this database in the place of invented ones."""
    packs = account.get("/packs").json["data"]
    pack = next(one["id"] for one in packs if one["credits"] == 1_000 and one["price"]["amount"] == 4_000)
    number, member = User.objects.count(), account.get("/members").json["data"][0]["id"]

    def fill(text: str) -> str:
        text = text.replace(f"pack_{EXAMPLE_ID}", pack).replace("ana@harbor.example", f"ana{number}@harbor.example")
        # In bodies; in an address another's member does not exist, as it should be.
        return re.sub(rf"""(?<!\()(["'])mem_{EXAMPLE_ID}\1""", rf"\1{member}\1", text)

    return fill


def test_the_page_shows_each_call_in_both_ways(shown: dict[str, tuple[str, str]]) -> None:
    assert set(shown) == set(TABLE)


def verdict(found: dict[str, int]) -> dict[str, int]:
    """Calls that ended as no example may."""
    return {
        name: status
        for name, status in found.items()
        if not (200 <= status < 300 or (status in FAIR and name not in DONE))
    }


def test_every_curl_of_the_docs_runs(
    shown: dict[str, tuple[str, str]], account: Api, filled: Callable[[str], str], site_url: str
) -> None:
    script = "\n".join(
        f"printf '%s ' {name}; " + filled(curl).replace("http://127.0.0.1:8000", site_url).replace(
            "curl -X", "curl -s -o /dev/null -w '%{http_code}\\n' -X", 1
        )
        for name, (curl, _) in sorted(shown.items())
    )  # fmt: skip
    environment = os.environ | {"REFILL_KEY": account.key, "REFILL_ACCOUNT": account.account or ""}
    done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, check=True)
    found = {name: int(status) for name, status in (line.split() for line in done.stdout.splitlines())}
    assert set(found) == set(TABLE)
    assert verdict(found) == {}


def test_every_python_of_the_docs_runs(
    shown: dict[str, tuple[str, str]], account: Api, filled: Callable[[str], str], site_url: str
) -> None:
    found: dict[str, int] = {}
    with Refill(account.key, base_url=site_url, account=account.account, retries=0) as refill:
        for name, (_, python) in sorted(shown.items()):
            try:
                exec(compile(filled(python), name, "exec"), {"refill": refill})
                found[name] = 200
            except RefillError as refused:
                found[name] = refused.status
    assert verdict(found) == {}


def blocks(path: str, language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```", (ROOT / path).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )


def test_the_quick_start_works_when_pasted(platform_key: str, site_url: str) -> None:
    start, paste, _ = blocks("docs/api.md", "sh")
    assert start == "export REFILL_TEST_PLATFORM_KEY=rf_test_choose_a_long_one\n.venv/bin/refill up\n"
    script = paste.replace("http://127.0.0.1:8000", site_url).replace("rf_test_choose_a_long_one", platform_key)
    done = subprocess.run(["bash", "-ec", script], capture_output=True, text=True, check=True)
    assert re.findall(r'"(?:available|balance)":(\d+)', done.stdout)[-2:] == ["99", "99"]


SECRET = b"s" * 32


def test_the_python_of_the_pages_runs(account: Api, site_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    pages = ("docs/api.md", "clients/python/README.md")
    found = [(page, text) for page in pages for text in blocks(page, "python")]
    assert len(found) == 4
    said: dict[str, list[str]] = {}
    names: dict[str, Any] = {}
    for name, text in found:
        real = text.replace("http://127.0.0.1:8000", site_url).replace("rf_test_choose_a_long_one", account.key)
        real = real.replace("rf_test_…", account.key).replace("acc_…", account.account or "")
        real = real.replace("whsec_…", deliveries.show_secret(SECRET))
        # In a thread of its own: the browser of other tests has a loop in this one.
        with ThreadPoolExecutor(1) as apart:
            apart.submit(exec, compile(real, name, "exec"), names).result()
        said.setdefault(name, []).extend(capsys.readouterr().out.splitlines())
    assert said["docs/api.md"][0].isdigit()
    assert [line.split(" ")[-1] for line in said["clients/python/README.md"][:2]][1] == "-1"
    assert account.get("/holds").json["data"][0]["captured"] == 4
    assert names["receive"](*signed(b'{"type": "credits.low", "id": "evt_1"}')) == 204
    assert capsys.readouterr().out == "credits.low evt_1\n"
    headers, body = signed(b"{}")
    assert names["receive"](headers, body + b" ") == 400


def signed(body: bytes) -> tuple[dict[str, str], bytes]:
    at = int(time.time())
    mark = deliveries.sign([SECRET], "evt_1", at, body)
    return {"webhook-id": "evt_1", "webhook-timestamp": str(at), "webhook-signature": mark}, body


def test_a_call_of_another_page_is_taken(operator: Api) -> None:
    calls = [
        line for page in (ROOT / "docs").glob("*.md") for line in blocks(f"docs/{page.name}", "") if " /v1/" in line
    ]
    assert len(calls) == 1
    method, path, body = calls[0].split(" ", 2)
    assert operator.call(method, path.removeprefix("/v1"), json.loads(body), key="shown").status == 201


def test_no_other_page_has_code_that_nobody_runs() -> None:
    """The command line's blocks, and the catalogue's, are run by tests/cli/test_shown.py."""
    pages = [ROOT / "README.md", ROOT / "CONTEXT.md", *(ROOT / "docs").glob("*.md")]
    coded = {
        (page.name, language)
        for page in pages
        for language in re.findall(r"^```(\w+)", page.read_text(encoding="utf-8"), re.M)
    }
    assert coded == {
        ("api.md", "sh"), ("api.md", "python"), ("catalogue.md", "toml"), ("operating.md", "nginx"),
        ("operating.md", "sql"),
    }  # fmt: skip
