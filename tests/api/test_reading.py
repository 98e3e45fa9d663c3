"""The statement in three forms with the same totals, advice with its arithmetic, the calendar at its secret address."""

import csv
import json
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.test import Client

from refill.api.shapes.statements import StatementOut
from tests.api.client import Api, open_account

FROM, TO = "2027-03-01T00:00:00Z", "2027-05-01T00:00:00Z"
STRETCH = f"/statement?from={FROM}&to={TO}"


def raw(account: Api, path: str, accept: str) -> Any:
    headers = {"Authorization": f"Bearer {account.key}", "Refill-Account": account.account or "", "Accept": accept}
    return Client().get(f"/v1{path}", headers=headers)


@pytest.fixture
def lived(subscriber: Api) -> Api:
    subscriber.give(100)
    subscriber.spend(30)
    subscriber.post("/holds", {"credits": 20})
    subscriber.post("/usage", {"credits": 1, "kind": "text", "reference": "=cmd|' /C calc'!A0"})
    subscriber.advance("2027-04-22T13:00:00Z")
    return subscriber


def test_the_statement_adds_up_and_ends_on_the_balance(lived: Api) -> None:
    row = lived.get(STRETCH).json
    assert row["opening"] == 0
    assert row["closing"] == lived.available()
    assert row["opening"] + row["added"] - row["used"] - row["ended"] - row["set_aside"] == row["closing"]
    assert row["opening"] + sum(one["credits"] for one in row["movements"]) == row["closing"]
    assert [one["id"] for one in row["movements"]] == [one["id"] for one in reversed(lived.ledger())]
    assert row["used"] == 31


def test_the_json_has_the_form_that_the_contract_says(lived: Api) -> None:
    empty = "/statement?from=2020-01-01T00:00:00Z&to=2020-02-01T00:00:00Z"
    for stretch in (STRETCH, empty):
        row = lived.get(stretch).json
        assert json.loads(StatementOut.model_validate(row).model_dump_json(by_alias=True)) == row
    assert lived.get(empty).json["movements"] == []


def test_a_day_is_a_whole_day_of_the_accounts_zone(lived: Api) -> None:
    """The same as its instants; the day that the clock springs forward has 23 hours."""
    assert lived.patch("/account", {"timezone": "America/New_York"}).status == 200
    for days, instants in (
        ("from=2027-03-14&to=2027-03-14", "from=2027-03-14T05:00:00Z&to=2027-03-15T04:00:00Z"),
        ("from=2027-03-01&to=2027-05-01T00:00:00Z", "from=2027-03-01T05:00:00Z&to=2027-05-01T00:00:00Z"),
    ):
        assert lived.get(f"/statement?{days}").json == lived.get(f"/statement?{instants}").json
    wrong = ("from=2027-02-30", "from=1979-12-31", "to=2200-01-01", "to=2027-3-1", "from=2027-03-02&to=2027-03-01")
    for days in wrong:
        assert lived.get(f"/statement?{days}").code == "422 invalid_request"


def test_csv_has_the_same_totals_and_starts_no_formula(lived: Api) -> None:
    row, answer = lived.get(STRETCH).json, raw(lived, STRETCH, "text/csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(StringIO(answer.content.decode())))
    assert (rows[0]["kind"], int(rows[0]["balance_after"])) == ("opening", row["opening"])
    assert (rows[-1]["kind"], int(rows[-1]["balance_after"])) == ("closing", row["closing"])
    assert sum(int(one["credits"]) for one in rows[1:-1]) == row["closing"] - row["opening"]
    assert "'=cmd|' /C calc'!A0" in [one["reference"] for one in rows]


def test_pdf_is_a_pdf_and_the_same_bytes_again(lived: Api) -> None:
    first, second = raw(lived, STRETCH, "application/pdf"), raw(lived, STRETCH, "application/pdf")
    assert first["Content-Type"] == "application/pdf"
    assert first.content[:5] == b"%PDF-"
    assert first.content == second.content
    assert first["Content-Disposition"] == 'attachment; filename="refill-statement-2027-03-01-2027-05-01.pdf"'


@pytest.mark.parametrize(
    ("accept", "status", "media"),
    [
        ("", 200, "application/json"), ("*/*", 200, "application/json"),
        ("text/html, text/csv;q=0.5, application/pdf;q=0.4", 200, "text/csv; charset=utf-8"),
        ("text/csv;q=0, application/*", 200, "application/json"), ("text/html", 406, "application/problem+json"),
        ("application/pdf;q=0", 406, "application/problem+json"), ("*/*;q=0", 406, "application/problem+json"),
        ("nonsense", 406, "application/problem+json"), ("TEXT/CSV;q=0.1", 200, "text/csv; charset=utf-8"),
        ("text/csv;q=0.\xb2, application/pdf;q=0.5", 200, "text/csv; charset=utf-8"),
    ],
)  # fmt: skip
def test_the_form_is_that_which_is_preferred(accept: str, status: int, media: str, account: Api) -> None:
    answer = raw(account, "/statement", accept)
    assert (answer.status_code, answer["Content-Type"]) == (status, media)


def test_a_stretch_that_ends_before_it_begins_is_refused(account: Api) -> None:
    assert account.get(f"/statement?from={TO}&to={FROM}").code == "422 invalid_request"


def test_advice_for_who_uses_nothing_is_nothing(subscriber: Api) -> None:
    advice = subscriber.get("/advice").json
    assert advice["next_step"]["do"] == "nothing"
    assert advice["runway"] == {
        "available": 1000, "used_in_week": 0, "days_left": None, "runs_out_at": None, "lasts_until_reset": True,
        "working": "nothing was used in the last 7 days, so the credits last",
    }  # fmt: skip
    assert advice["plan_fit"] is None


def test_advice_names_the_cheapest_way_and_its_quote_costs_what_it_says(subscriber: Api) -> None:
    subscriber.spend(900)
    subscriber.advance("2027-03-23T13:00:00Z")
    advice = subscriber.get("/advice").json
    step = advice["next_step"]
    assert advice["runway"]["days_left"] == 0
    assert not advice["runway"]["lasts_until_reset"]
    assert step["do"] in ("buy_credits", "change_plan")
    quote = subscriber.post("/quotes", step["quote"]).json
    assert quote["due_now"] == step["due_now"]
    assert quote["credits"]["after"] - quote["credits"]["before"] == step["credits"]
    assert "short" in step["working"]


def test_the_plan_fit_is_worked_out_from_whole_months(platform_key: str, prices: Any) -> None:
    price = prices["starter", "month", 1000]
    account = open_account(platform_key, price=price, payment_method={"sandbox": "visa_ok"})
    account.spend(10)
    account.advance("2027-04-10T13:00:00Z")
    fit = account.get("/advice").json["plan_fit"]
    assert fit["months"] == [{"month": "2027-03-01", "credits": 10}]
    assert fit["working"] == "(10) ÷ 1 = 10 credits a month"
    costs = [row["month"]["amount"] for row in fit["prices"]]
    assert costs == sorted(costs)
    assert fit["current"]["price"] == price
    assert fit["saves"]["amount"] == max(0, fit["current"]["month"]["amount"] - costs[0])


def test_the_calendar_is_read_without_a_key_until_it_is_revoked(subscriber: Api) -> None:
    url = subscriber.post("/subscription/calendar/address").json["url"]
    path = url.removeprefix("http://127.0.0.1:8000")
    answer = Client().get(path)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    text = answer.content.decode()
    assert text.count("BEGIN:VEVENT") == 12
    first = subscriber.get("/subscription/calendar").json["data"][0]["at"]
    stamp = datetime.fromisoformat(first).astimezone(UTC).strftime("DTSTART:%Y%m%dT%H%M%SZ")
    assert stamp in text

    second = subscriber.post("/subscription/calendar/address").json["url"]
    assert Client().get(path).status_code == 404
    assert Client().get(second.removeprefix("http://127.0.0.1:8000")).status_code == 200
    assert subscriber.delete("/subscription/calendar/address").json == {"url": None}
    assert Client().get(second.removeprefix("http://127.0.0.1:8000")).status_code == 404
