"""Days at the edge of the calendar, figures that are none, a form without its word: said, and nothing is done."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from refill.domain import ids
from refill.domain.policies import SPECS
from refill.domain.roles import Role
from refill.models import Account, Correction, Membership, Message, Pack, PolicyVersion, Quote, TaxRate, User
from refill.web.views.office.selling import MOST_CHARACTERS
from tests.web.accounts import Team, make_team
from tests.web.conftest import session_of
from tests.web.texting import FINE, give_number

ClientOf = Callable[..., Client]
EDGES = ["0001-01-01", "9999-12-31"]


@pytest.mark.parametrize("query", ["month=²-1", f"month={'9' * 5_000}-1", "month=0001-01", "month=9999-12", "month=-"])
def test_a_month_that_is_none_shows_the_usual_one(team: Team, operator_client: ClientOf, query: str) -> None:
    page = f"/office/accounts/{ids.encode('acc', team.account_id)}"
    usual, odd = (operator_client().get(f"{page}?{asked}") for asked in ("", query))
    assert odd.status_code == 200
    assert odd.context["month"] == usual.context["month"]


@pytest.mark.parametrize("day", [*EDGES, "²", "2026-02-30"])
def test_a_day_that_is_none_shows_today(team: Team, operator_client: ClientOf, day: str) -> None:
    page = f"/office/accounts/{ids.encode('acc', team.account_id)}/usage"
    usual, odd = (operator_client().get(page, {"day": asked}) for asked in ("", day))
    assert (odd.status_code, odd.context["day"]) == (200, usual.context["day"])


@pytest.mark.parametrize("day", EDGES)
def test_credits_and_taxes_that_begin_or_end_at_the_edge_of_the_calendar_are_refused(
    team: Team, operator_client: ClientOf, day: str
) -> None:
    before = (Correction.objects.count(), TaxRate.objects.count())
    correction = {"direction": "give", "credits": 5, "source": "promotion", "ends_on": day, "reason": "x", "once": day}
    tax = {"country": "DE", "name": "VAT", "rate": "19", "starts_on": day, "mode": "test", "do": "add"}
    client = operator_client()
    for page, sent in ((f"/office/accounts/{ids.encode('acc', team.account_id)}/credits", correction),
                       ("/office/taxes", tax)):  # fmt: skip
        answer = client.post(page, sent)
        assert answer.status_code == 422
        assert "Choose a day of this century." in answer.content.decode()
    assert (Correction.objects.count(), TaxRate.objects.count()) == before


@pytest.mark.parametrize("day", EDGES)
def test_a_text_for_the_edge_of_the_calendar_is_refused(client_of: ClientOf, day: str) -> None:
    team = make_team(days=0)
    number, before = give_number(team), Message.objects.count()
    sent = {"number": number, "to": FINE, "body": "Late", "send_at": f"{day}T00:00", "once": day, "act": "send"}
    answer = client_of(team, Role.OWNER).post("/conversations/new", sent)
    assert answer.status_code == 422
    assert "Choose a day of this century." in answer.content.decode()
    assert Message.objects.count() == before


@pytest.mark.parametrize("quantity", ["0", "-1", "2.5", "two", "1001", "9" * 40])
def test_a_quantity_that_is_none_makes_no_offer(team: Team, client_of: ClientOf, quantity: str) -> None:
    before = Quote.objects.count()
    pack = ids.encode("pack", Pack.objects.filter(mode="both", currency="usd").earliest("id").pk)
    sent = {"kind": "buy_credits", "pack": pack, "quantity": quantity}
    answer = client_of(team, Role.OWNER).post("/settings/billing/quotes", sent, follow=True)
    assert answer.redirect_chain == [("/settings/billing/buy", 302)]
    assert "Choose between 1 and 1,000 packs." in answer.content.decode()
    assert Quote.objects.count() == before


def test_an_account_is_started_once_however_often_the_button_is_pressed(database: str) -> None:
    user = User.objects.create_user(email="twice@web.example", password=None, name="Twice")
    client = Client()
    client.cookies["refill_session"] = session_of(user)
    sent = {"team": "Once", "zone": "Europe/Berlin", "once": "start"}
    answers = [client.post("/start", sent) for _ in range(2)]
    assert [answer.headers["Location"] for answer in answers] == ["/settings/billing/upgrade"] * 2
    assert Membership.objects.filter(user=user).count() == 1
    without = client.post("/start", {"team": "Another", "zone": "Europe/Berlin"})
    assert without.status_code == 422
    assert "Load the page again." in without.content.decode()
    assert Account.objects.filter(name="Another").count() == 0


def test_a_catalogue_that_is_too_long_is_refused_not_cut(operator_client: ClientOf) -> None:
    text = operator_client().get("/office/catalogue?mode=test").context["text"]
    answer = operator_client().post(
        "/office/catalogue", {"mode": "test", "do": "compare", "text": text + "#" * MOST_CHARACTERS}
    )
    assert (answer.status_code, answer.context["found"]) == (422, None)
    assert "At most 200,000 characters." in answer.content.decode()


def test_a_policy_nested_without_end_is_no_value(operator_client: ClientOf) -> None:
    before = PolicyVersion.objects.count()
    answer = operator_client().post("/office/policies", {SPECS[0].name: "[" * 100_000, "do": "apply"})
    assert answer.status_code == 422
    assert PolicyVersion.objects.count() == before
