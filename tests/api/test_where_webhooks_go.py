"""The SSRF guard: public addresses alone, looked up once and held to (X: SSRF, rebinding)."""

import socket
from ipaddress import ip_address
from typing import Any

import pytest
from django.conf import settings as django_settings

from refill.domain.errors import Invalid
from refill.gateways import addresses, webhooks
from tests.api.client import Api
from tests.api.receiving import endpoint

PRIVATE = [
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "192.0.2.1", "198.18.0.1", "203.0.113.7", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1",
    "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::a9fe:a9fe", "2002:7f00:1::", "2002:a9fe:a9fe::1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::808:808"]
WRITTEN = [
    "http://127.0.0.1/", "http://localhost/", "http://127.1/", "http://2130706433/", "http://0x7f000001/",
    "http://0177.0.0.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[::]/", "http://0/",
    "http://169.254.169.254/latest/meta-data/", "http://①②⑦.⓪.⓪.①/",
]  # fmt: skip
NO_ADDRESSES = [
    "ftp://example.com/", "file:///etc/passwd", "//example.com/", "example.com", "", "http://", "http:///x",
    "http://user:password@example.com/", "http://example.com:0/", "http://example.com:99999/", "http://example.com/#x",
    "http://exa mple.com/", "http://example.com/\n", "gopher://example.com/", "javascript:alert(1)", "http://[::1",
    f"http://example.com/{'x' * 2000}",
]  # fmt: skip


@pytest.mark.parametrize("text", PRIVATE)
def test_an_address_of_no_one_outside_is_not_public(text: str) -> None:
    assert not addresses.is_public(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_an_address_of_the_internet_is_public(text: str) -> None:
    assert addresses.is_public(ip_address(text))


@pytest.mark.parametrize("url", WRITTEN)
def test_this_machine_is_refused_however_it_is_written(url: str, account: Api) -> None:
    answer = account.post("/webhook_endpoints", {"url": url})
    assert (answer.code, answer.json["param"]) == ("422 invalid_request", "url")
    assert account.get("/webhook_endpoints").json["data"] == []


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_what_is_no_web_address_is_refused(url: str, account: Api) -> None:
    assert account.post("/webhook_endpoints", {"url": url}).code == "422 invalid_request"


def _names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Let every name be answered with these addresses in turn; return what was asked for."""
    asked: list[str] = []
    turns = iter(answers)

    def look_up(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in next(turns)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


def test_a_name_with_one_private_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    _names(monkeypatch, ["8.8.8.8", "10.0.0.1"])
    with pytest.raises(Invalid, match="not on the public internet"):
        addresses.demand_reachable("http://two-faced.example/", livemode=False)


def test_a_name_that_turns_private_after_the_check_is_refused_when_it_is_sent_to(
    monkeypatch: pytest.MonkeyPatch, account: Api
) -> None:
    asked = _names(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
    addresses.demand_reachable("http://rebound.example/", livemode=False)
    back = webhooks.post("http://rebound.example/", headers={}, body=b"{}", seconds=2)
    assert (back.status, back.words) == (None, "rebound.example is not on the public internet.")
    assert asked == ["rebound.example", "rebound.example"]


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(django_settings, "WEBHOOKS_TO_LOOPBACK", True)
    with endpoint() as server:
        port = server.url.split(":")[2].split("/")[0]
        real = socket.getaddrinfo
        turns: list[str] = []

        def look_up(host: Any, at: Any, *rest: Any, **more: Any) -> Any:
            turns.append(str(host))
            if host == "pinned.example" and len(turns) > 1:
                raise AssertionError("a name is looked up once for each connection")
            return real("127.0.0.1" if host == "pinned.example" else host, at, *rest, **more)

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        back = webhooks.post(f"http://pinned.example:{port}/hook", headers={}, body=b"{}")
        assert back.status == 200
        assert server.got[0].headers["host"] == f"pinned.example:{port}"
        assert set(turns[1:]) <= {"127.0.0.1"}


def test_the_operator_may_let_webhooks_reach_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(django_settings, "WEBHOOKS_TO_LOOPBACK", True)
    addresses.demand_reachable("http://127.0.0.1:9/", livemode=False)
    for private in ("http://10.0.0.1/", "http://169.254.169.254/", "http://[fe80::1]/"):
        with pytest.raises(Invalid):
            addresses.demand_reachable(private, livemode=False)


def test_live_accounts_take_https_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    _names(monkeypatch, ["8.8.8.8"])
    with pytest.raises(Invalid, match="https"):
        addresses.demand_reachable("http://example.com/", livemode=True)
    addresses.demand_reachable("https://example.com/", livemode=True)


def test_a_host_without_an_address_yet_will_do_for_tests_alone() -> None:
    addresses.demand_reachable("https://hooks.invalid/", livemode=False)
    with pytest.raises(Invalid, match=r"hooks\.invalid has no address"):
        addresses.demand_reachable("https://hooks.invalid/", livemode=True)
    with pytest.raises(Invalid, match="no name of a host"):
        addresses.demand_reachable("https://hooks..invalid/", livemode=False)
    back = webhooks.post("https://hooks.invalid/", headers={}, body=b"{}", seconds=2)
    assert (back.status, back.words) == (None, "hooks.invalid has no address.")
