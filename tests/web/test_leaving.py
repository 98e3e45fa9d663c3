"""The page that closes an account: what happens first, then the name, then the deed."""

from __future__ import annotations

import csv
from collections.abc import Callable
from io import BytesIO, StringIO
from zipfile import ZipFile

from django.http import HttpResponse
from django.test import Client
from playwright.sync_api import Page

from refill.domain import ids
from refill.domain.roles import Role
from refill.models import Account, AuditRow, Message
from refill.services import credits
from tests.web.accounts import make_team
from tests.web.looking import faults
from tests.web.texting import give_number, hear, say, work

Open = Callable[..., Page]


def test_the_owner_closes_the_account_after_typing_its_name(open_as: Open) -> None:
    team = make_team(days=1, pack=0, name="Ibis Clinic")
    page = open_as(team)
    page.goto("/settings/profile")
    page.click("text='See what happens'")
    assert "970 plan credits end now." in page.locator("main").inner_text()
    assert faults(page) == []
    page.fill("[name=name]", "Ibis")
    page.click("button.ends")
    assert Account.objects.get(pk=team.account_id).status == "active"
    assert faults(page) == []
    page.fill("[name=name]", "Ibis Clinic")
    page.click("button.ends")
    assert page.locator(".banner.done").inner_text() == "Ibis Clinic is closed. You can come back from this page."
    assert Account.objects.get(pk=team.account_id).status == "canceled"


def test_all_data_can_be_downloaded_again_from_the_page_that_is_open(open_as: Open) -> None:
    team = make_team(days=0, name="Kite Clinic")
    page = open_as(team)
    page.goto("/settings/close")
    for _ in range(2):
        with page.expect_download() as kept:
            page.click("text='Download all as CSV'")
        assert kept.value.suggested_filename == f"refill-{ids.encode('acc', team.account_id)}.zip"
    assert AuditRow.objects.filter(account_id=team.account_id, action="account.exported").count() == 2


def _files(answer: HttpResponse) -> dict[str, list[dict[str, str]]]:
    with ZipFile(BytesIO(b"".join(answer))) as archive:
        assert archive.testzip() is None
        return {
            name.removesuffix(".csv"): list(csv.DictReader(StringIO(archive.read(name).decode(), newline="")))
            for name in archive.namelist()
        }


def test_the_owner_takes_everything_along_and_nothing_of_others(client_of: Callable[..., Client]) -> None:
    team, other = make_team(days=2, pack=0), make_team(days=1, pack=0)
    number = give_number(team)
    say(team, number, "+12065550123", '=1+1 Grüße,\n"you"')
    work(team)
    hear(team, number, "+12065550123", "STOP", "along")
    hear(other, give_number(other), "+12065550199", "Not theirs", "along")
    answer = client_of(team, Role.OWNER).post("/settings/export")
    code = ids.encode("acc", team.account_id)
    assert (answer.status_code, answer["Content-Disposition"]) == (200, f'attachment; filename="refill-{code}.zip"')
    found = _files(answer)
    assert list(found) == ["account", "members", "inboxes", "numbers", "contacts", "texts", "statement", "invoices",
                           "credit_notes", "audit"]  # fmt: skip
    assert [row["email"] for row in found["members"] if row["role"] == "owner"] == [team.emails[Role.OWNER]]
    assert [(row["direction"], row["body"]) for row in found["texts"]][:2] == [
        ("out", "'=1+1 Grüße,\n\"you\""), ("in", "STOP"),
    ]  # fmt: skip
    assert [(row["number"], row["stopped_utc"] != "") for row in found["contacts"]] == [("+12065550123", True)]
    available = credits.balance(account_id=team.account_id).available
    assert sum(int(row["credits"]) for row in found["statement"]) == available
    assert int(found["statement"][-1]["balance_after"]) == available
    assert [row["total_minor"] for row in found["invoices"]] == ["3500"]
    assert found["audit"][-1]["action"] == "account.exported"
    assert "Not theirs" not in str(found)


def test_what_came_in_at_zero_and_is_not_shown_is_not_taken_along(client_of: Callable[..., Client]) -> None:
    team = make_team(days=0, pack=0)
    hear(team, give_number(team), "+12065550123", "Hidden words", "hidden")
    Message.objects.filter(account_id=team.account_id).update(step="hidden")
    assert _files(client_of(team, Role.OWNER).post("/settings/export"))["texts"] == []


def test_only_the_owner_takes_it_and_only_by_a_form(client_of: Callable[..., Client]) -> None:
    team = make_team(days=0, a_day=0)
    assert client_of(team, Role.ADMIN).post("/settings/export").status_code == 403
    assert client_of(team, Role.OWNER).get("/settings/export").status_code == 405
    assert client_of(team, Role.OWNER, hours_ago=1).post("/settings/export").status_code == 302
    assert not AuditRow.objects.filter(account_id=team.account_id, action="account.exported").exists()


def test_an_admin_reads_who_can_close_it(open_as: Open) -> None:
    page = open_as(make_team(days=0, a_day=0), Role.ADMIN)
    page.goto("/settings/profile")
    assert page.locator("text='See what happens'").count() == 0
    page.goto("/settings/close")
    assert "one has to be Owner" in page.locator("main").inner_text()
