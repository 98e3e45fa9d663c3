"""The account's life is told in sentences: no deed without words, no raw facts."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client

import refill
from refill.domain import ids
from refill.domain.records import QuoteRequest
from refill.domain.roles import Role
from refill.models import Charge
from refill.services import accounts, credits
from refill.services.developers import keys
from refill.services.money import refunds
from refill.services.places import inboxes
from refill.services.team import invitations, members
from refill.web.office_deeds import WORDS
from tests.web.accounts import OPERATOR, Team, buy, make_team, order, price_id

SERVICES = Path(refill.__file__).parent / "services"
TOLD_ELSEWHERE = {"help.answered", "credits.granted", "request.asked"}
# Their rest is known when they are done.
OPEN_ENDED = {"charge.", "dispute.", "order."}


def _deeds_of_accounts() -> Iterator[str]:
    """What the services write into the audit of an account; what belongs to no account stands on no such page."""
    for path in SERVICES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.endswith("audit")):
                continue
            if isinstance(node.args[0], ast.Constant) or len(node.args) < 4:
                continue
            action = node.args[3]
            if isinstance(action, ast.Constant):
                yield action.value
            elif isinstance(action, ast.JoinedStr):
                assert isinstance(action.values[0], ast.Constant)
                yield action.values[0].value


def test_every_deed_has_words() -> None:
    deeds = set(_deeds_of_accounts()) - {
        "help.answered",
        "credits.granted",
        "request.asked",
    }  # these have rows of their own
    assert len(deeds) > 60
    assert {deed for deed in deeds - OPEN_ENDED if deed not in WORDS} == set()


@pytest.fixture(scope="module")
def told(database: str) -> Team:
    """An account in which much was done on one day."""
    team = make_team(days=1, name="Quill & Page", a_day=0)
    owner, account_id = team.actor(Role.OWNER), team.account_id
    refunds.make(
        account_id=account_id, order_id=ids.decode("ord", buy(team, 250))[0], reason="operator", amount_minor=100,
        actor=OPERATOR, note="sorry",
    )  # fmt: skip
    order(team, QuoteRequest(kind="change_plan", price_id=price_id("growth", 500)))
    members.change_role(account_id=account_id, actor=owner, member_id=team.members[Role.MEMBER], role=Role.MANAGER)
    invitations.invite(account_id=account_id, actor=owner, emails=["guest@quill.example"], role=Role.OBSERVER)
    inbox = inboxes.create(account_id=account_id, actor=owner, name="Front desk")
    inboxes.edit(account_id=account_id, actor=owner, inbox_id=inbox, name="Counter")
    keys.make(account_id=account_id, actor=owner, name="Sender", role=Role.MEMBER)
    accounts.update(account_id=account_id, actor=owner, timezone="Europe/Berlin")
    credits.spend(account_id=account_id, credits=1, key="one", fingerprint=1, kind="other")
    return team


def _words(answer: object) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "said",
    [
        "Plan change scheduled Growth 500, by owner of the test", "Role changed Dan Mensah, Member → Manager, by",
        "Invitation sent guest@quill.example, Observer, by", "Inbox changed Counter, Front desk → Counter, by",
        "API key made Sender, Member, by", "Account changed America/New_York → Europe/Berlin, by",
        "Offer shown credits, $12.50 due, by", "Money given back $1.00, sorry, by the operator’s software",
        "Charge paid: credits bought Visa ending 4242, $1.00 given back", "Used: 1 × other all of the day",
    ],
)  # fmt: skip
def test_a_deed_is_a_sentence(told: Team, operator_client: Callable[..., Client], said: str) -> None:
    page = _words(operator_client().get(f"/office/accounts/{ids.encode('acc', told.account_id)}?month=2027-02"))
    assert said in page
    assert not re.search(r"\b\w+_minor\b|\{|\}|: null| 0 parts", page)


def test_what_happened_to_a_charge_is_said(told: Team, operator_client: Callable[..., Client]) -> None:
    charge = Charge.objects.get(account_id=told.account_id, order__kind="buy_credits")
    page = _words(operator_client().get(f"/office/charges/{ids.encode('chg', charge.pk)}"))
    assert "Charge made, $12.50" in page
    assert "Paid, $12.50" in page
    assert "charge.created" not in page
