"""The developers' verbs, run as commands against the product over a socket."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest
from standardwebhooks.webhooks import Webhook

from refill.api import request_log
from refill.cli import asking
from refill.cli.verbs.listen import _address, _secret
from refill.domain import ids
from tests.api.client import Api, open_account
from tests.api.receiving import endpoint
from tests.tidy.tree import ROOT

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def account(platform_key: str) -> Api:
    return open_account(platform_key)


@pytest.fixture
def environment(platform_key: str, site_url: str) -> dict[str, str]:
    return os.environ | {"REFILL_KEY": platform_key, "REFILL_BASE_URL": site_url, "PYTHONUNBUFFERED": "1"}


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    def command(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "refill", *words], cwd=ROOT, env=environment | more, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip

    return command


def test_trigger_makes_a_test_event(account: Api, run: Run) -> None:
    done = run("trigger", "credits.low", "--account", account.account or "")
    assert done.returncode == 0, done.stderr
    (event,) = account.get("/events?kind=credits.low").json["data"]
    assert done.stdout == f"credits.low {event['id']}\n"
    assert event["data"] == {"test": True}


def test_a_refusal_is_one_sentence_and_exit_code_1(account: Api, run: Run) -> None:
    done = run("trigger", "no.such", "--account", account.account or "")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("refill: ")
    assert done.stderr.count("\n") == 1
    assert run("trigger", "credits.low", REFILL_KEY="", REFILL_TEST_PLATFORM_KEY="").returncode == 1


def test_clock_advance_moves_the_clock_by_a_span_or_to_an_instant(account: Api, run: Run) -> None:
    clock = account.clock or ""
    assert run("clock", "advance", clock, "+3d").stdout == f"{clock} 2027-03-25T13:00:00Z\n"
    assert run("clock", "advance", clock, "2027-04-01T00:00:00Z").stdout == f"{clock} 2027-04-01T00:00:00Z\n"
    assert run("clock", "show", clock).stdout == f"{clock} 2027-04-01T00:00:00Z\n"
    assert run("clock", "advance", clock, "2027-03-01T00:00:00Z").returncode == 1
    assert "+45m, +6h, +3d, +2w" in run("clock", "advance", clock, "+1y").stderr


def test_logs_show_the_latest_calls(account: Api, run: Run) -> None:
    account.get("/orders/ord_zzz")
    request_log.flush()
    done = run("logs", "--outcome", "refused", "--account", account.account or "")
    (line,) = done.stdout.splitlines()
    assert " 404 not_found GET /v1/orders/ord_zzz " in line


def test_logs_that_are_followed_show_what_comes_and_nothing_older(account: Api, environment: dict[str, str]) -> None:
    for name in ("one", "two", "three"):
        account.get(f"/orders/{name}")
    request_log.flush()
    words = ["logs", "--follow", "--limit", "1", "--outcome", "refused", "--account", account.account or ""]
    following = subprocess.Popen(
        [sys.executable, "-m", "refill", *words], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    overdue = threading.Timer(60, following.kill)
    overdue.start()
    assert following.stdout is not None
    first = following.stdout.readline()
    account.get("/orders/four")
    request_log.flush()
    second = following.stdout.readline()
    following.kill()
    following.wait()
    overdue.cancel()
    assert [line.split()[4] for line in (first, second)] == ["/v1/orders/three", "/v1/orders/four"]


def test_listen_forwards_events_signed(account: Api, environment: dict[str, str]) -> None:
    with endpoint() as server:
        words = ["listen", server.url, "--count", "2", "--kind", "credits.refilled", "--account", account.account or ""]
        listening = subprocess.Popen(
            [sys.executable, "-m", "refill", *words], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        overdue = threading.Timer(60, listening.kill)
        overdue.start()
        assert listening.stdout is not None
        secret = listening.stdout.readline().strip()
        account.give(1)
        account.post("/events/test", {"kind": "credits.low"})
        account.give(2)
        lines = listening.stdout.read().splitlines()
        assert listening.wait() == 0
        overdue.cancel()
        messages = [Webhook(secret).verify(got.body, got.headers) for got in server.got]
        assert [message["data"]["credits"] for message in messages] == [1, 2]
        assert lines == [f"credits.refilled {message['id']} → 200" for message in messages]
        assert ids.decode("evt", messages[0]["id"])


def test_listen_shows_events_has_one_secret_and_waits_for_who_is_away(
    account: Api, environment: dict[str, str]
) -> None:
    command = [sys.executable, "-m", "refill", "listen", "--count", "1", "--kind", "credits.*"]
    named = environment | {"REFILL_ACCOUNT": account.account or ""}
    with subprocess.Popen(
        command, cwd=ROOT, env=named, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as one:
        assert one.stderr is not None
        assert one.stderr.readline() == f"Events of {account.account} from now on; Ctrl-C ends it.\n"
        event = account.post("/events/test", {"kind": "order.declined"})
        event = account.post("/events/test", {"kind": "credits.low"})
        assert one.communicate(timeout=60)[0] == f'credits.low {event.json["id"]} {{"test": true}}\n'
    assert _secret("rf_test_a", "acc_1") == _secret("rf_test_a", "acc_1") != _secret("rf_test_b", "acc_1")


@pytest.mark.parametrize(
    ("to", "address"),
    [("3000", "http://127.0.0.1:3000"), (":3000/hook", "http://127.0.0.1:3000/hook"), ("", ""),
     ("localhost:3000/hook", "http://localhost:3000/hook"), ("https://a.example/b", "https://a.example/b")],
)  # fmt: skip
def test_an_address_may_be_short(to: str, address: str) -> None:
    assert _address(to) == address


def test_what_goes_on_for_long_waits_for_refill(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "AGAIN_SECONDS", 0)
    answers: list[Exception | str] = [asking.Away("gone."), asking.Away("gone."), "here"]
    told: list[str] = []

    def read() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    api = asking.Api("rf_test_a", "", "http://127.0.0.1:1")
    assert (api.wait_for(read, told.append), told) == ("here", ["gone. Waiting for it."])
    with pytest.raises(asking.Away):
        api.ask("GET", "/account")


def test_a_kind_that_is_none_and_an_account_that_is_not_named_are_said(run: Run) -> None:
    assert "`refill trigger` lists" in run("listen", "--kind", "credits.lo").stderr
    assert "credits.low" in run("trigger").stdout.splitlines()
    assert "--account" in run("logs", REFILL_ACCOUNT="").stderr


def test_platform_keys_are_made_listed_and_revoked_by_command(account: Api, run: Run, database: str) -> None:
    given = {"DATABASE_URL": database, "REFILL_SECRET_KEY": "of the test"}
    made = run("keys", "make", "ops of the test", **given)
    assert made.returncode == 0, made.stderr
    api = Api(made.stdout.strip(), account.account)
    assert api.get("/account").status == 200
    row = next(line for line in run("keys", "list", **given).stdout.splitlines() if "ops of the test" in line)
    assert api.key not in row
    assert run("keys", "revoke", row.split()[0], **given).stdout == "Revoked.\n"
    assert api.get("/account").code == "401 unauthenticated"
    assert run("keys", "revoke", "key_zzz", **given).returncode == 1
