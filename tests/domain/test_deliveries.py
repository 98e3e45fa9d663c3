"""Signatures and waits of webhooks."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from refill.domain import deliveries

WHOLE = st.integers(min_value=1, max_value=9)


def test_a_signature_is_that_of_the_public_library() -> None:
    secret = bytes(range(32))
    theirs = Webhook(deliveries.show_secret(secret))
    made = deliveries.sign([secret], "evt_1", 1_700_000_000, b'{"a":1}')
    at = datetime.fromtimestamp(1_700_000_000, tz=UTC)
    assert made == theirs.sign("evt_1", at, '{"a":1}')


def test_two_secrets_make_two_signatures() -> None:
    one, other = b"1" * 32, b"2" * 32
    both = deliveries.sign([one, other], "evt_1", 1, b"{}")
    assert both.split(" ") == [deliveries.sign([one], "evt_1", 1, b"{}"), deliveries.sign([other], "evt_1", 1, b"{}")]


def test_ten_tries_take_three_days() -> None:
    hours = sum(deliveries.WAITS) / 3_600
    assert 70 < hours < 72
    assert len(deliveries.WAITS) + 1 == 10
    assert deliveries.wait_seconds(10, 0) is None


@given(WHOLE, st.integers(min_value=0, max_value=999))
def test_jitter_is_a_tenth_at_most(tries: int, thousandths: int) -> None:
    base = deliveries.WAITS[tries - 1]
    wait = deliveries.wait_seconds(tries, thousandths)
    assert wait is not None
    assert abs(wait - base) <= base // 10 + 1


def test_jitter_spreads_both_ways() -> None:
    assert deliveries.wait_seconds(3, 0) == 1_620
    assert deliveries.wait_seconds(3, 999) == 1_980


@pytest.mark.parametrize(("asked", "waited"), [(0, 5), (60, 60), (999_999, 3_600)])
def test_a_receiver_may_ask_for_up_to_an_hour(asked: int, waited: int) -> None:
    assert deliveries.wait_seconds(1, 500, asked) == waited


def test_an_endpoint_that_fails_is_left_alone_for_longer_and_longer() -> None:
    assert [deliveries.pause_seconds(failures) for failures in range(1, 9)] == [1, 5, 30, 120, 300, 600, 600, 600]
