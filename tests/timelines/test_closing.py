"""Closing an account, the notices before the purge, and what the purge leaves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from refill.domain.errors import ChargeInProgress, Forbidden, Invalid
from refill.domain.records import QuoteRequest
from refill.domain.roles import Role
from refill.ledger import verify
from refill.models import (
    Account,
    ApiKey,
    AuditRow,
    Delivery,
    Entry,
    HelpMessage,
    Invoice,
    Mail,
    Period,
    WebhookEndpoint,
)
from refill.services import credits, helping
from refill.services.chores import clocks
from refill.services.developers import keys
from refill.services.money import account_closing
from tests.web import accounts
from tests.web.accounts import Team, make_team

START = datetime(2027, 2, 22, 14, 0, tzinfo=UTC)
CLOSED = START + timedelta(days=3)


@pytest.fixture
def team() -> Team:
    return make_team(days=3, pack=250, name="Yak Physio")


def _close(team: Team) -> None:
    account_closing.close(account_id=team.account_id, actor=team.actor(Role.OWNER), name="Yak Physio")


def _go(team: Team, to: datetime, *, work: bool = True) -> None:
    clocks.advance(clock_id=team.clock_id, to=to, work=work)


def _notices(team: Team) -> list[datetime]:
    rows = Mail.objects.filter(account_id=team.account_id, kind="purge_coming", to=team.emails[Role.OWNER])
    return list(rows.order_by("at").values_list("at", flat=True))


def test_closing_ends_the_plan_at_once_and_keeps_what_was_bought(team: Team) -> None:
    keys.make(
        account_id=team.account_id, actor=team.actor(Role.OWNER), name="ours", role=Role.ADMIN, scopes=["send"]
    )  # fmt: skip
    _close(team)
    account = Account.objects.get(pk=team.account_id)
    balance = credits.balance(account_id=team.account_id)
    assert (account.status, account.canceled_at, account.purge_at) == ("canceled", CLOSED, CLOSED + timedelta(days=30))
    assert (balance.allowance_left, balance.purchased_left, balance.closed) == (0, 250, "canceled")
    assert Period.objects.filter(account_id=team.account_id, state__in=["current", "upcoming"]).count() == 0
    assert ApiKey.objects.filter(account_id=team.account_id, revoked_at=None).count() == 0
    told = Mail.objects.filter(account_id=team.account_id, kind="account_closed").values_list("to", flat=True)
    assert sorted(told) == sorted([team.emails[Role.OWNER], team.emails[Role.ADMIN]])
    deeds = AuditRow.objects.filter(account_id=team.account_id, action__in=["account.closed", "key.revoked"])
    assert deeds.count() == 2
    assert verify.run(team.account_id) == []


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MANAGER, Role.MEMBER, Role.OBSERVER])
def test_x5_nobody_but_the_owner_closes(team: Team, role: Role) -> None:
    with pytest.raises(Forbidden):
        account_closing.close(account_id=team.account_id, actor=team.actor(role), name="Yak Physio")
    assert Account.objects.get(pk=team.account_id).status == "active"


def test_another_name_closes_nothing(team: Team) -> None:
    with pytest.raises(Invalid):
        account_closing.close(account_id=team.account_id, actor=team.actor(Role.OWNER), name="Yak")
    assert Account.objects.get(pk=team.account_id).status == "active"


def test_while_a_charge_is_undecided_nothing_is_closed(team: Team) -> None:
    accounts.buy(team, 250, "unknown_then_ok")
    with pytest.raises(ChargeInProgress):
        _close(team)
    assert Account.objects.get(pk=team.account_id).status == "active"


def test_notices_go_out_seven_days_and_one_day_before_and_then_it_is_purged(team: Team) -> None:
    member = team.user(Role.MEMBER)
    helping.start(
        user_id=member.pk, account_id=team.account_id, channel="chat", body="Call me: 555 0100", context=[],
        once="c" * 32,
    )  # fmt: skip
    WebhookEndpoint.objects.create(
        account_id=team.account_id, url="https://hooks.example/in", kinds=["*"], secret=b"", created_at=START
    )
    due = Delivery.objects.filter(account_id=team.account_id, state="pending")
    _close(team)
    purge_at = CLOSED + timedelta(days=30)
    _go(team, purge_at - timedelta(hours=1))
    assert len(_notices(team)) == 2
    Mail.objects.filter(account_id=team.account_id).update(sent_at=CLOSED, send_at=None)
    Mail.objects.filter(account_id=team.account_id, kind="account_closed").update(sent_at=None, fault="550 nobody")
    assert due.exists()
    _go(team, purge_at + timedelta(hours=1))
    assert not Mail.objects.filter(account_id=team.account_id).exists()  # be they sent or given up
    assert not due.exists()
    account = Account.objects.get(pk=team.account_id)
    assert (account.status, account.name) == ("purged", f"Closed account {account.pk}")
    bodies = HelpMessage.objects.filter(thread__account_id=team.account_id).values_list("body", flat=True)
    assert list(bodies) == [""]
    assert credits.balance(account_id=team.account_id).purchased_left == 250
    assert Invoice.objects.filter(account_id=team.account_id).count() == 2
    assert Entry.objects.filter(account_id=team.account_id).count() > 4
    assert verify.run(team.account_id) == []


def test_each_notice_comes_at_its_time(team: Team) -> None:
    _close(team)
    purge_at = CLOSED + timedelta(days=30)
    _go(team, purge_at - timedelta(minutes=1))
    assert _notices(team) == [purge_at - timedelta(days=7), purge_at - timedelta(days=1)]


def test_where_nobody_was_told_the_purge_waits_for_a_day(team: Team) -> None:
    _close(team)
    late = CLOSED + timedelta(days=40)
    _go(team, late, work=False)
    _go(team, late + timedelta(hours=1))
    assert Account.objects.get(pk=team.account_id).status == "canceled"
    assert len(_notices(team)) == 1
    _go(team, late + timedelta(hours=26))
    assert Account.objects.get(pk=team.account_id).status == "purged"


def test_who_comes_back_is_told_anew_the_next_time(team: Team) -> None:
    _close(team)
    _go(team, CLOSED + timedelta(days=25))
    assert len(_notices(team)) == 1
    accounts.order(team, QuoteRequest(kind="reactivate", price_id=accounts.price_id("growth", 1_000)))
    account = Account.objects.get(pk=team.account_id)
    assert (account.status, account.purge_at, account.purge_told) == ("active", None, 0)
    assert credits.balance(account_id=team.account_id).available == 1_250


def test_an_account_without_a_plan_is_closed_the_same_way() -> None:
    team = make_team(days=0)
    accounts.order(team, QuoteRequest(kind="cancel"))
    _close_now(team)
    assert Account.objects.get(pk=team.account_id).status == "canceled"
    assert verify.run(team.account_id) == []


def _close_now(team: Team) -> None:
    account_closing.close(account_id=team.account_id, actor=team.actor(Role.OWNER), name="Northwind Dental")
