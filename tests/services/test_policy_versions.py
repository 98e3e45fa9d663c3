"""New policies reach every period that has not begun, whoever stores some at that very moment (RULES §3)."""

from __future__ import annotations

from threading import Event, Thread

import pytest
from django.db import connection

from refill.domain import ids
from refill.domain.records import Actor
from refill.models import Period
from refill.services import periods
from refill.services.developers import keys
from refill.services.entering import entered
from refill.services.selling import policies
from tests.conftest import TEST_PLATFORM_KEY
from tests.life import Platform


@pytest.mark.usefixtures("fresh_database")
def test_periods_that_are_being_stored_follow_the_new_version() -> None:
    keys.register_test_platform_key(TEST_PLATFORM_KEY)
    platform = Platform(TEST_PLATFORM_KEY)
    (account_id,) = ids.decode("acc", platform.life("2027-03-22 00:00", platform.price("growth", 1000)).id)
    stored, go_on = Event(), Event()

    def store() -> None:
        try:
            with entered(account_id):
                periods.rewrite_ahead(account_id)
                stored.set()
                go_on.wait(10)
        finally:
            connection.close()

    def decide() -> None:
        try:
            policies.put(actor=Actor("operator"), values={"renewal_advance": 50})
        finally:
            connection.close()

    storing, deciding = Thread(target=store), Thread(target=decide)
    storing.start()
    assert stored.wait(10)
    deciding.start()
    deciding.join(0.5)
    assert deciding.is_alive()
    go_on.set()
    storing.join()
    deciding.join()
    upcoming = Period.objects.filter(account_id=account_id, state="upcoming")
    assert set(upcoming.values_list("policy_id", "advance")) == {(periods.latest_policy().pk, 500)}
