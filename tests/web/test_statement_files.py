"""The statement to keep: as CSV, PDF and JSON, with the totals that the page has, narrowed as the page is."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable

import pypdf
import pytest
from django.test import Client

from refill.domain.roles import Role
from refill.web.views import statement_files
from tests.api.client import Api
from tests.web.accounts import Team, make_team

DAYS = "?from=2027-02-22&to=2027-03-30"
ClientOf = Callable[..., Client]


@pytest.fixture(scope="module")
def eaters(database: str) -> Team:
    """Eight days of thirty credits, by the Owner and the Member in turn, and a pack."""
    return make_team(days=8, pack=1_000)


def _tally(client: Client, query: str) -> dict[str, str]:
    text = client.get(f"/statement{query}").content.decode()
    return dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", text))


def test_the_page_offers_all_three_as_it_is_narrowed(client_of: ClientOf, eaters: Team) -> None:
    text = client_of(eaters, Role.OWNER).get(f"/statement{DAYS}&family=used").content.decode()
    for ending in ("csv", "pdf", "json"):
        assert f'href="/statement.{ending}?from=2027-02-22&amp;to=2027-03-30&amp;family=used"' in text


def test_page_and_files_have_the_same_totals(client_of: ClientOf, eaters: Team) -> None:
    client = client_of(eaters, Role.OWNER)
    tally = _tally(client, DAYS)
    assert tally == {
        "Opening balance": "0", "Added": "+2,000", "Used": "−240", "Ended": "0", "Closing balance": "1,760",
    }  # fmt: skip
    data = json.loads(client.get(f"/statement.json{DAYS}").getvalue())
    totals = (data["opening"], data["added"], data["used"], data["ended"], data["closing"], data["set_aside"])
    assert totals == (0, 2_000, 240, 0, 1_760, 0)
    rows = list(csv.DictReader(io.StringIO(client.get(f"/statement.csv{DAYS}").getvalue().decode())))
    assert [row["id"] for row in rows] == [row["id"] for row in data["movements"]]
    assert (sum(int(row["credits"]) for row in rows), rows[-1]["balance_after"]) == (1_760, "1760")
    answer = client.get(f"/statement.pdf{DAYS}")
    printed = pypdf.PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    for words in ("Closing balance", "1,760", "+2,000", "−240"):
        assert words in printed
    assert answer.headers["Content-Disposition"].endswith('"refill-statement-2027-02-22-2027-03-30.pdf"')


def test_the_json_is_the_api_answer(client_of: ClientOf, eaters: Team, platform_key: str) -> None:
    data = json.loads(client_of(eaters, Role.OWNER).get(f"/statement.json{DAYS}").getvalue())
    api = Api(platform_key, account=data["account"])
    asked = f"/statement?from={data['starts_at']}&to={data['ends_at']}"
    assert json.dumps(api.get(asked).json, sort_keys=True) == json.dumps(data, sort_keys=True)


def test_a_member_keeps_what_is_their_own_and_no_balance(client_of: ClientOf, eaters: Team) -> None:
    client = client_of(eaters, Role.MEMBER)
    assert _tally(client, DAYS) == {"Added": "0", "Used": "−120", "Ended": "0"}
    data = json.loads(client.get(f"/statement.json{DAYS}").getvalue())
    assert (data["used"], len(data["movements"]), "closing" in data, "opening" in data) == (120, 4, False, False)
    printed = pypdf.PdfReader(io.BytesIO(client.get(f"/statement.pdf{DAYS}").content)).pages[0].extract_text()
    assert "Closing balance" not in printed
    assert "−120" in printed


def test_an_observer_gets_none_of_them(client_of: ClientOf, eaters: Team) -> None:
    client = client_of(eaters, Role.OBSERVER)
    assert [client.get(f"/statement.{each}").status_code for each in ("csv", "pdf", "json")] == [403, 403, 403]


def test_more_than_is_printed_is_refused_in_a_sentence(
    client_of: ClientOf, eaters: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statement_files, "MOST_PRINTED", 3)
    answer = client_of(eaters, Role.OWNER).get(f"/statement.pdf{DAYS}")
    assert answer.status_code == 422
    assert "10 movements: at most 3 in one statement. Narrow the dates." in answer.content.decode()


def test_dates_before_the_account_make_an_empty_file(client_of: ClientOf, eaters: Team) -> None:
    data = json.loads(client_of(eaters, Role.OWNER).get("/statement.json?from=2020-01-01&to=2020-01-02").getvalue())
    assert (data["opening"], data["closing"], data["movements"]) == (0, 0, [])
