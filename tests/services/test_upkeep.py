"""What is older than it is kept is forgotten, however much of it there is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from refill.domain.records import LoggedCall
from refill.gateways import clock
from refill.models import ApiRequest
from refill.services.chores import upkeep
from refill.services.developers import request_log

OLD, YOUNG = timedelta(days=31), timedelta(days=29)


def test_more_than_one_bunch_is_forgotten_in_one_go(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_log, "FORGOTTEN_AT_ONCE", 2)
    ages = [OLD] * 5 + [YOUNG]
    request_log.keep([LoggedCall(1, 1, clock.now() - age, "GET", "/v1/account", 200, 3) for age in ages])
    assert upkeep.forget() == 5
    assert ApiRequest.objects.count() == 1
    assert upkeep.forget() == 0
