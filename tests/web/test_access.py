"""The access policy: every page has a line, and every line holds for every role."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from refill.domain.roles import Role, may
from refill.models import Membership
from refill.web.policy import PAGES
from tests.web.accounts import Team

ADDRESSES = {
    "billing": "/settings/billing",
    "calendar": "/settings/billing/resets",
    "roles": "/settings/roles",
    "statement": "/statement",
    "statement_csv": "/statement.csv",
    "invoices": "/settings/invoices",
    "upgrade": "/settings/billing/upgrade",
    "buy": "/settings/billing/buy",
    "manage": "/settings/billing/manage",
    "cards": "/settings/cards",
    "card_new": "/settings/cards/new",
    "asks": "/settings/requests",
    "ask": "/ask",
}
DEEDS = {
    "quote": "/settings/billing/quotes",
    "undo": "/settings/billing/undo",
    "resume": "/settings/billing/resume",
    "ask_answer": "/settings/requests/answer",
}


def _names(patterns: list[URLPattern | URLResolver], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found |= _names(pattern.url_patterns, prefix + str(pattern.pattern))
        elif not prefix.startswith(("v1/", "hooks/")) and pattern.name:
            found.add(pattern.name)
    return found


def test_every_page_has_a_line_in_the_policy() -> None:
    others = {"healthz", "readyz", "problem", "problems", "metrics"}
    assert {name for name in _names(get_resolver().url_patterns) if name not in PAGES} - others == set()


@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_the_pages_that_its_rights_open_and_no_other(
    team: Team, client_of: Callable[..., Client], role: Role
) -> None:
    client = client_of(team, role)
    answers = {name: client.get(address).status_code for name, address in ADDRESSES.items()}
    assert answers == {name: 200 if may(role, PAGES[name].right) else 403 for name in ADDRESSES}


@pytest.mark.parametrize("role", [Role.MANAGER, Role.MEMBER, Role.OBSERVER])
def test_a_deed_is_refused_to_who_has_not_the_right(team: Team, client_of: Callable[..., Client], role: Role) -> None:
    client = client_of(team, role)
    assert {name: client.post(address).status_code for name, address in DEEDS.items()} == dict.fromkeys(DEEDS, 403)


def test_a_stranger_is_asked_to_sign_in_everywhere(team: Team) -> None:
    for address in ADDRESSES.values():
        answer = Client().get(address)
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/user/login/")


def test_a_page_without_a_line_is_refused(
    team: Team, client_of: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("refill.web.access.PAGES", {})
    assert client_of(team, Role.OWNER).get("/settings/billing").status_code == 403


def test_who_has_not_the_right_reads_who_has_it_and_may_ask(team: Team, client_of: Callable[..., Client]) -> None:
    text = client_of(team, Role.MEMBER).get("/settings/billing/upgrade").content.decode()
    assert "Ann Okafor" in text
    assert "Ben Ruiz" in text
    assert "Cora Lind" not in text
    assert 'href="/ask?for=change&amp;right=change_billing"' in text


def test_prices_are_not_shown_to_who_may_not_see_them(team: Team, client_of: Callable[..., Client]) -> None:
    text = client_of(team, Role.MEMBER).get("/settings/billing").content.decode()
    assert "$" not in text
    assert "of 1,000 plan credits" in text


def test_a_member_sees_only_their_own_movements(team: Team, client_of: Callable[..., Client]) -> None:
    rows = (
        client_of(team, Role.MEMBER).get("/statement.csv?from=2027-02-01&to=2027-04-01").content.decode().split("\r\n")
    )
    assert len(rows) == 1 + 8 + 1
    assert all("Dan Mensah" in row for row in rows[1:-1])


def test_another_accounts_things_do_not_exist(team: Team, dry_team: Team, client_of: Callable[..., Client]) -> None:
    invoice = client_of(dry_team, Role.OWNER).get("/settings/invoices").content.decode()
    address = "/settings/invoices/" + invoice.split("/settings/invoices/")[1].split('"')[0]
    assert client_of(dry_team, Role.OWNER).get(address).status_code == 200
    assert client_of(team, Role.OWNER).get(address).status_code == 404


def test_money_needs_a_sign_in_of_the_last_twelve_hours(team: Team, client_of: Callable[..., Client]) -> None:
    assert client_of(team, Role.OWNER, hours_ago=11).get("/settings/cards/new").status_code == 200
    late = client_of(team, Role.OWNER, hours_ago=13).get("/settings/cards/new")
    assert late.headers["Location"] == "/user/reauthenticate/?next=%2Fsettings%2Fcards%2Fnew"


def test_a_role_that_is_lost_is_lost_at_once(client_of: Callable[..., Client], dry_team: Team) -> None:
    client = client_of(dry_team, Role.MANAGER)
    assert client.get("/statement").status_code == 200
    from_manager = dry_team.members[Role.MANAGER]
    _set_role(from_manager, "observer")
    assert client.get("/statement").status_code == 403
    _set_role(from_manager, "manager")


def _set_role(member_id: int, role: str) -> None:
    Membership.objects.filter(pk=member_id).update(role=role)
