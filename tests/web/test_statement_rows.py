"""A text on the statement is one row, where the balance went down; what failed shows its way there and back."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client
from playwright.sync_api import Page

from refill.domain.roles import Role
from refill.models import Entry
from refill.queries.pages.movements import Movement
from tests.texting import BLOCKED, FINE
from tests.web import texting
from tests.web.accounts import make_team
from tests.web.looking import too_wide

Row = tuple[str, int, int]


def _rows(answer: object) -> list[Row]:
    """What stands on the page: words, credits, balance after; the oldest first."""
    days: list[tuple[object, list[tuple[Movement, str]]]] = answer.context["days_of_rows"]  # type: ignore[attr-defined]
    return [(what, row.credits, row.balance_after) for _, rows in days for row, what in rows][::-1]


def test_a_text_is_one_row_with_the_balance_after_it(client_of: Callable[..., Client]) -> None:
    team = make_team(days=0, a_day=0)
    number = texting.give_number(team)
    for body in ("Hello", "a" * 161):
        texting.say(team, number, FINE, body)
    texting.work(team)
    texting.hear(team, number, FINE, "Thank you", "x")
    texting.say(team, number, BLOCKED, "Hello")
    texting.work(team)
    client = client_of(team, Role.OWNER)
    answer = client.get("/statement")
    assert _rows(answer)[1:] == [
        ("Text", -1, 999), ("Text, 2 parts", -2, 997), ("Text, received", -1, 996), ("Set aside", -1, 995),
        ("Given back", 1, 996),
    ]  # fmt: skip
    assert not answer.context["has_brackets"]
    kinds = list(Entry.objects.filter(account_id=team.account_id).order_by("seq").values_list("kind", flat=True))
    assert kinds == ["grant", "hold", "hold", "capture", "capture", "spend", "hold", "release"]
    why = client.get(f"/statement/{answer.context['days_of_rows'][0][1][-2][0].public_id}").content.decode()
    assert "Set aside, then used" in why
    assert "See it in its conversation" in why
    assert _rows(client.get("/statement", {"family": "held"}))[-1] == ("Given back", 1, 996)
    assert [row[0] for row in _rows(client.get("/statement", {"family": "used"}))] == ["Text", "Text, 2 parts", "Text"]


def test_a_long_name_stays_within_its_row_on_a_small_phone(open_as: Callable[..., Page]) -> None:
    team = make_team(days=2, owner_name="Maximiliana-Konstantina " * 8)
    page = open_as(team, width=320)
    for address in ("/statement", "/settings/billing", "/settings/team"):
        page.goto(address)
        assert too_wide(page) <= 0, address
