"""An open conversation: new texts appear by themselves, cheaply, and it asks no more where nothing happens."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from django.test import Client
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


def test_a_page_on_which_nothing_happened_for_an_hour_asks_no_more(client_of: ClientOf) -> None:
    team = make_team(days=0)
    number, client = give_number(team), client_of(team, Role.OBSERVER)
    say(team, number, FINE, "Your table is ready.")
    address = _address(team)
    asked = _asks(client.get(address).content.decode())
    since = int(re.findall(r"since=(\d+)", asked)[0])
    assert client.get(asked.replace(str(since), str(since - 3_500))).status_code == 204
    rested = client.get(asked.replace(str(since), str(since - 3_700)))
    assert (rested.status_code, "hx-get" in rested.content.decode()) == (286, False)
    assert f'<a href="{address}">Look now</a>' in rested.content.decode()
    assert "hx-get" not in client.get(f"{address}?before=1").content.decode().split("composer")[0]


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
