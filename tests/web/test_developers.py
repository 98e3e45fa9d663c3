"""The developers' page: keys shown once, webhooks with their deliveries, the calls of 30 days."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import Page, expect
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from refill.api import request_log
from refill.domain import ids
from refill.domain.roles import Role
from refill.gateways import clock
from refill.models import AuditRow
from refill.queries import keys as found
from tests.api.client import Api
from tests.api.keys import Owner
from tests.api.receiving import deliver, endpoint
from tests.web.accounts import Team, make_team
from tests.web.looking import faults

DEVELOPERS = "/settings/developers"


@pytest.fixture(scope="module")
def builders(database: str) -> Team:
    return make_team(name="Harbor Build", days=0)


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch, owner: Owner) -> object:
    monkeypatch.setattr(django_settings, "WEBHOOKS_TO_LOOPBACK", True)
    yield
    owner.execute("update refill_webhookendpoint set state = 'disabled'")


def live(team: Team) -> list[str]:
    rows = found.newest(team.account_id, now=clock.now(), before=None, limit=100)
    return [row.name for row in rows if row.state == "live"]


def secret_on(text: str) -> str:
    shown = re.search(r'<code class="secret">([^<]+)</code>', text)
    assert shown is not None
    return shown[1]


def test_a_key_is_made_shown_once_works_and_is_revoked(builders: Team, open_as: Callable[..., Page]) -> None:
    page = open_as(builders, Role.ADMIN, script=False)
    page.goto(DEVELOPERS)
    page.get_by_role("link", name="Make a key").click()
    page.get_by_label("Name").fill("sender, production")
    page.get_by_label("Acts as").select_option("Member")
    page.get_by_role("button", name="Make the key").click()
    secret = page.locator("code.secret").inner_text()
    assert Api(secret).get("/balance").status == 200
    page.reload()
    expect(page.locator("code.secret")).to_have_count(0)
    page.get_by_role("button", name="Revoke sender, production").click()
    expect(page.get_by_text("The key is revoked.")).to_be_visible()
    assert Api(secret).get("/account").code == "401 unauthenticated"


def test_a_form_sent_twice_makes_one_key(builders: Team, client_of: Callable[..., Client]) -> None:
    client = client_of(builders, Role.OWNER)
    form = client.get(f"{DEVELOPERS}/keys/new").content.decode()
    once = re.search(r'name="once" value="([^"]+)"', form)
    assert once is not None
    for _ in range(2):
        answer = client.post(f"{DEVELOPERS}/keys/new", {"name": "twice", "role": "member", "once": once[1]})
        assert answer.status_code == 302
    assert live(builders).count("twice") == 1


def test_an_admin_is_not_offered_a_key_above_their_role(builders: Team, client_of: Callable[..., Client]) -> None:
    client = client_of(builders, Role.ADMIN)
    assert 'value="owner"' not in client.get(f"{DEVELOPERS}/keys/new").content.decode()
    refused = client.post(f"{DEVELOPERS}/keys/new", {"name": "above", "role": "owner", "once": "a"})
    assert refused.status_code == 422
    assert "above" not in live(builders)


def test_keys_need_a_sign_in_of_the_last_quarter_of_an_hour(builders: Team, client_of: Callable[..., Client]) -> None:
    late = client_of(builders, Role.OWNER, hours_ago=1)
    assert late.get(DEVELOPERS).status_code == 200
    for address in (f"{DEVELOPERS}/keys/new", f"{DEVELOPERS}/webhooks/new"):
        assert late.get(address).headers["Location"].startswith("/user/reauthenticate/")
    answer = late.post(f"{DEVELOPERS}/keys/new", {"name": "late", "role": "member", "once": "b"})
    assert answer.headers["Location"].startswith("/user/reauthenticate/")
    assert "late" not in live(builders)


def test_rotating_shows_the_new_key_once(builders: Team, client_of: Callable[..., Client]) -> None:
    client = client_of(builders, Role.OWNER)
    client.post(f"{DEVELOPERS}/keys/new", {"name": "turned", "role": "member", "once": "c"})
    first = secret_on(client.get(DEVELOPERS).content.decode())
    number = next(row for row in found.newest(builders.account_id, now=clock.now(), before=None, limit=9)
                  if row.name == "turned").id  # fmt: skip
    client.post(f"{DEVELOPERS}/keys/{ids.encode('key', number)}", {"deed": "rotate", "once": "d"})
    second = secret_on(client.get(DEVELOPERS).content.decode())
    assert first != second
    assert Api(first).get("/balance").status == Api(second).get("/balance").status == 200


def test_an_endpoint_is_made_tried_out_and_removed(builders: Team, open_as: Callable[..., Page]) -> None:
    with endpoint((500, {}, b"not <b>today</b>")) as server:
        page = open_as(builders, script=False)
        page.goto(f"{DEVELOPERS}/webhooks/new")
        page.get_by_label("Address").fill(server.url)
        page.get_by_role("button", name="Add the endpoint").click()
        assert page.locator("code.secret").inner_text().startswith("whsec_")
        page.get_by_role("button", name="Send it").click()
        deliver()
        page.reload()
        page.get_by_text("1 try").click()
        expect(page.get_by_text("not <b>today</b>")).to_be_visible()
        page.get_by_role("button", name="Turn off").click()
        expect(page.get_by_role("button", name="Enable")).to_be_visible()
        page.get_by_role("button", name="Remove").click()
        expect(page.get_by_text("The endpoint is removed.")).to_be_visible()
        subject = AuditRow.objects.filter(account_id=builders.account_id, action="webhook.removed")
        assert subject.count() == 1


def test_rotating_leaves_two_that_work_and_each_is_revoked_by_itself(
    builders: Team, open_as: Callable[..., Page]
) -> None:
    page = open_as(builders, Role.OWNER, script=False)
    page.goto(f"{DEVELOPERS}/keys/new")
    page.get_by_label("Name").fill("turned on the page")
    page.get_by_role("button", name="Make the key").click()
    first = page.locator("code.secret").inner_text()
    of_first = f"turned on the page {first[:14]}"
    page.get_by_role("button", name=f"Rotate {of_first}").click()
    second = page.locator("code.secret").inner_text()
    assert first != second
    assert [Api(secret).get("/account").status for secret in (first, second)] == [200, 200]
    expect(page.get_by_role("row").filter(has_text=first[:14])).to_contain_text("ends")
    page.get_by_role("button", name=f"Rotate {of_first}").click()
    expect(page.get_by_text("Two keys of this name live already. Revoke one first.")).to_be_visible()
    page.get_by_role("button", name=f"Revoke {of_first}").click()
    expect(page.get_by_text("The key is revoked.")).to_be_visible()
    assert [Api(secret).get("/account").status for secret in (first, second)] == [401, 200]


def test_a_delivery_is_made_again_and_a_new_secret_signs_beside_the_old(
    builders: Team, open_as: Callable[..., Page]
) -> None:
    with endpoint() as server:
        page = open_as(builders, script=False)
        page.goto(f"{DEVELOPERS}/webhooks/new")
        page.get_by_label("Address").fill(server.url)
        page.get_by_role("button", name="Add the endpoint").click()
        first = page.locator("code.secret").inner_text()
        page.get_by_role("button", name="Send it").click()
        deliver()
        page.reload()
        page.get_by_role("button", name="Deliver again").click()
        deliver()
        assert len({got.headers["webhook-id"] for got in server.got}) == 1
        assert len(server.got) == 2
        page.get_by_role("button", name="New secret").click()
        second = page.locator("code.secret").inner_text()
        expect(page.get_by_text("Signed with both secrets")).to_be_visible()
        page.get_by_role("button", name="Send it").click()
        deliver()
        for secret in (first, second):
            assert Webhook(secret).verify(server.got[-1].body, server.got[-1].headers)["type"] == "credits.low"
        with pytest.raises(WebhookVerificationError):
            Webhook(second).verify(server.got[0].body, server.got[0].headers)


def test_an_address_inside_is_refused_in_words(
    builders: Team, client_of: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(django_settings, "WEBHOOKS_TO_LOOPBACK", False)
    client = client_of(builders, Role.OWNER)
    answer = client.post(f"{DEVELOPERS}/webhooks/new", {"url": "http://169.254.169.254/", "once": "e"})
    assert "is not on the public internet" in answer.content.decode()


def test_the_pages_have_no_faults_with_and_without_things(builders: Team, open_as: Callable[..., Page]) -> None:
    page = open_as(builders)
    with endpoint((500, {}, b"no")) as server:
        page.goto(f"{DEVELOPERS}/webhooks/new")
        assert faults(page) == []
        page.get_by_label("Address").fill(server.url)
        page.get_by_role("button", name="Add the endpoint").click()
        assert faults(page) == []
        page.get_by_role("button", name="Send it").click()
        deliver()
        page.reload()
        assert faults(page) == []
        page.goto(f"{DEVELOPERS}/keys/new")
        assert faults(page) == []
        page.get_by_label("Name").fill("looked at")
        page.get_by_role("button", name="Make the key").click()
        secret = page.locator("code.secret").inner_text()
        assert faults(page) == []
        Api(secret).post("/messages/estimate", {"body": "hello"})
        request_log.flush()
        page.goto(f"{DEVELOPERS}/calls")
        assert faults(page) == []
        page.get_by_role("link", name="POST /v1/messages/estimate").first.click()
        expect(page.get_by_text("[5 characters]")).to_be_visible()
        assert faults(page) == []
