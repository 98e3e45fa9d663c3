"""An open conversation: new texts appear by themselves, cheaply, and it asks no more where nothing happens."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import Page

from refill.domain import ids
from refill.domain.roles import Role
from refill.models import Conversation
from tests.texting import FINE
from tests.web.accounts import Team, make_team
from tests.web.looking import faults
from tests.web.texting import give_number, hear, say, work

Open = Callable[..., Page]
ClientOf = Callable[..., Client]


def _address(team: Team) -> str:
    return f"/conversations/{ids.encode('cnv', Conversation.objects.get(account_id=team.account_id).pk)}"


def _asks(text: str) -> str:
    """Where a page asks for news."""
    found = re.search(r'hx-get="(/conversations/[^"]+)"', text)
    assert found is not None
    return html.unescape(found[1])


def test_an_open_conversation_asks_for_news_and_hears_only_what_is_new(client_of: ClientOf) -> None:
    team = make_team(days=0)
    number, client = give_number(team), client_of(team, Role.MEMBER)
    say(team, number, FINE, "Your table is ready.")
    address = _address(team)
    asked = _asks(client.get(address).content.decode())
    assert (client.get(asked).status_code, client.get(asked).content) == (204, b"")
    work(team)
    changed = client.get(asked)
    assert changed.status_code == 200
    asked = _asks(changed.content.decode())
    assert client.get(asked).status_code == 204
    hear(team, number, FINE, "We are <late>.", "poll")
    new = client.get(asked)
    assert ("We are &lt;late&gt;." in new.content.decode(), "HX-Refresh" in new) == (True, False)
    assert Conversation.objects.get(account_id=team.account_id).unread == 0
    asked = _asks(new.content.decode())
    hear(team, number, FINE, "STOP", "poll2")
    assert client.get(asked)["HX-Refresh"] == "true"


def _earlier(asked: str, seconds: int) -> str:
    """The same question of a page that has seen nothing new for so long."""
    return re.sub(r"since=(\d+)", lambda found: f"since={int(found[1]) - seconds}", asked)


def test_a_page_on_which_nothing_happens_asks_seldom_and_after_an_hour_no_more(client_of: ClientOf) -> None:
    team = make_team(days=0)
    number, client = give_number(team), client_of(team, Role.OBSERVER)
    say(team, number, FINE, "Your table is ready.")
    address = _address(team)
    asked = _asks(client.get(address).content.decode())
    assert ("every=3", client.get(_earlier(asked, 110)).status_code) == (re.findall(r"every=\d+", asked)[0], 204)
    seldom = client.get(_earlier(asked, 130))
    assert (seldom.status_code, 'hx-trigger="every 20s"' in seldom.content.decode()) == (200, True)
    asked = _asks(seldom.content.decode())
    assert client.get(asked).status_code == 204
    rested = client.get(_earlier(asked, 3_600))
    assert (rested.status_code, "hx-get" in rested.content.decode()) == (286, False)
    assert f'<a href="{address}">Refresh</a>' in rested.content.decode()
    assert "hx-get" not in client.get(f"{address}?before=1").content.decode().split("composer")[0]


def test_the_list_of_conversations_hears_of_new_texts_cheaply(client_of: ClientOf) -> None:
    team = make_team(days=0)
    number, client = give_number(team), client_of(team, Role.MEMBER)
    asked = _asks(client.get("/conversations").content.decode())
    assert client.get(asked).status_code == 204
    hear(team, number, FINE, "Are you open?", "listed")
    begun = client.get(asked)
    assert (begun.status_code, begun["HX-Refresh"]) == (204, "true")
    asked = _asks(client.get("/conversations").content.decode())
    assert (client.get(asked).status_code, client.get(asked).content) == (204, b"")
    hear(team, number, FINE, "And <tomorrow>?", "listed2")
    new = client.get(asked)
    assert (new.status_code, "And &lt;tomorrow&gt;?" in new.content.decode()) == (200, True)
    assert client.get(_earlier(_asks(new.content.decode()), 3_700)).status_code == 286
    hear(team, number, FINE, "STOP", "listed3")
    assert "The carrier: " in client.get("/conversations").content.decode()
    assert "hx-get" not in client.get("/conversations?page=1").content.decode()


def test_asking_for_news_takes_few_statements(client_of: ClientOf) -> None:
    team = make_team(days=0)
    number, client = give_number(team), client_of(team, Role.MEMBER)
    for nth in range(5):
        hear(team, number, f"+12065550{nth:03d}", "Are you open?", f"cheap{nth}")
    asked = _asks(client.get("/conversations").content.decode())
    client.get(asked)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(asked).status_code == 204
    # Who asks (session, user, place), and the list with its last words.
    assert len(seen) <= 7, [query["sql"][:90] for query in seen.captured_queries]


def test_a_page_that_nobody_looks_at_asks_nothing(open_as: Open) -> None:
    team = make_team(days=0)
    number = give_number(team)
    hear(team, number, FINE, "Are you open?", "hidden0")
    page = open_as(team, Role.MEMBER)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/news" in request.url else None)
    hide = "value => Object.defineProperty(document, 'hidden', {value, configurable: true})"
    page.goto("/conversations")
    page.evaluate(hide, True)
    page.wait_for_timeout(7_000)  # two polls and more
    assert asked == []
    page.evaluate(hide, False)
    hear(team, number, FINE, "Hello?", "hidden1")
    page.wait_for_selector("#talks >> text='Hello?'", timeout=30_000)
    assert asked
    assert faults(page) == []


def test_a_text_appears_in_an_open_conversation_and_leaves_what_is_being_written(open_as: Open) -> None:
    team = make_team(days=0)
    number = give_number(team)
    say(team, number, FINE, "Your table is ready.")
    page = open_as(team, Role.MEMBER)
    page.goto(_address(team))
    page.fill("[name=body]", "I am writing th")
    hear(team, number, FINE, "We are late.", "shown")
    page.wait_for_selector("#texts .theirs", timeout=30_000)  # on a busy machine a poll takes a while
    assert page.locator("#texts article").count() == 2
    assert page.input_value("[name=body]") == "I am writing th"
    assert faults(page) == []
