"""What is older than it is kept is forgotten, however much of it there is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from refill.domain.records import LoggedCall
from refill.gateways import clock
from refill.models import ApiRequest, Delivery, Mail, WebhookEndpoint
from refill.services.chores import upkeep
from refill.services.developers import delivering, request_log
from refill.services.mail import mailing, mails
from tests.ledger.world import open_purse

OLD, YOUNG = timedelta(days=31), timedelta(days=29)


def test_more_than_one_bunch_is_forgotten_in_one_go(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_log, "FORGOTTEN_AT_ONCE", 2)
    ages = [OLD] * 5 + [YOUNG]
    request_log.keep([LoggedCall(1, 1, clock.now() - age, "GET", "/v1/account", 200, 3) for age in ages])
    assert upkeep.forget() == 5
    assert ApiRequest.objects.count() == 1
    assert upkeep.forget() == 0


def test_mails_that_nobody_took_keep_no_others_from_being_forgotten(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailing, "FORGOTTEN_AT_ONCE", 2)
    now = clock.now()
    for name in "abcde":
        mails.post(kind="written", account_id=None, at=now, to=[f"{name}@x.example"], facts={}, once="forgotten")
    Mail.objects.update(posted_at=now - timedelta(days=366), send_at=None, fault="550 no such mailbox")
    Mail.objects.filter(to="d@x.example").update(sent_at=now - timedelta(days=366))
    Mail.objects.filter(to="e@x.example").update(posted_at=now - timedelta(days=364))
    assert upkeep.forget() == 4
    assert [mail.to for mail in Mail.objects.all()] == ["e@x.example"]


def test_deliveries_that_wait_where_nobody_listens_keep_no_others_from_being_forgotten(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "FORGOTTEN_AT_ONCE", 2)
    purse, now = open_purse(), clock.now()
    WebhookEndpoint.objects.create(
        account_id=purse.id, url="https://hooks.example/in", kinds=["*"], secret=b"", created_at=now
    )
    for _ in range(5):
        purse.give(1)
    _, held, again, ended, young = Delivery.objects.order_by("pk").values_list("pk", flat=True)
    WebhookEndpoint.objects.update(state="disabled")
    Delivery.objects.exclude(pk=young).update(created_at=now - OLD, due_at=now - OLD)
    Delivery.objects.filter(pk=held).update(due_at=None)
    Delivery.objects.filter(pk=again).update(due_at=now)
    Delivery.objects.filter(pk=ended).update(state="delivered", ended_at=now - YOUNG)
    assert upkeep.forget() == 2
    assert list(Delivery.objects.order_by("pk").values_list("pk", flat=True)) == [again, ended, young]
