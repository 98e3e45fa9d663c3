"""The sandbox carrier: the recipient's number alone says what becomes of a text; a number is rented once."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import connection

from refill.domain.carriers import TextAsk, TextIntent
from refill.gateways.carriers import carrier_for
from refill.gateways.sandbox_carrier import SandboxCarrier

CARRIER = SandboxCarrier()


def _intent(recipient: str) -> TextIntent:
    return TextIntent(uuid4().hex, "+12025550100", recipient, "Your table is ready.")


def _asked(intent: TextIntent) -> TextAsk:
    return TextAsk(intent, "", datetime(2027, 3, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("ending", "first", "last", "code"),
    [
        ("23", "accepted", "delivered", ""),
        ("80", "refused", "refused", "21211"),
        ("81", "accepted", "failed", "30005"),
        ("82", "accepted", "delivered", ""),
        ("83", "refused", "refused", "21610"),
        ("85", "unknown", "delivered", ""),
        ("86", "unknown", "refused", "never_sent"),
    ],
)
def test_the_number_says_what_becomes_of_a_text(ending: str, first: str, last: str, code: str) -> None:
    intent = _intent(f"+120655501{ending}")
    assert CARRIER.send(intent).state == first
    word = CARRIER.ask(_asked(intent))
    if first == "refused":
        assert (word.state, word.code) == ("refused", "never_sent")
        assert CARRIER.send(intent).code == code
    else:
        assert (word.state, word.code) == (last, code)


def test_some_numbers_answer() -> None:
    said = {}
    for ending in ("84", "87", "89", "23"):
        intent = _intent(f"+120655501{ending}")
        CARRIER.send(intent)
        said[ending] = [(reply.sender, reply.recipient, reply.body) for reply in CARRIER.ask(_asked(intent)).replies]
    assert said == {
        "84": [("+12065550184", "+12025550100", "Yes, please.")],
        "87": [("+12065550187", "+12025550100", "STOP")],
        "89": [("+12065550189", "+12025550100", "HELP")],
        "23": [],
    }


def test_handing_over_twice_is_counted_so_that_tests_can_tell() -> None:
    intent = _intent("+12065550123")
    assert [CARRIER.send(intent).reference for _ in range(2)] == [intent.provider_key] * 2
    with connection.cursor() as cursor:
        cursor.execute("select sends from sandbox_text where provider_key = %s", [intent.provider_key])
        assert cursor.fetchone() == (2,)


def test_a_number_is_rented_once_and_offered_again_when_released() -> None:
    number = CARRIER.available_numbers(country="CA", kind="local", area="604", limit=1)[0].number
    assert number.startswith("+1604555")
    assert CARRIER.ask_number(number, "ours").code == "never_bought"
    assert CARRIER.buy_number(number, "ours").state == CARRIER.buy_number(number, "ours").state == "bought"
    assert (CARRIER.buy_number(number, "theirs").code, CARRIER.ask_number(number, "ours").state) == ("taken", "bought")
    assert number not in [offer.number for offer in CARRIER.available_numbers(country="CA", kind="local", limit=300)]
    assert CARRIER.release_number(number, "")
    assert CARRIER.release_number(number, "")
    assert number in [offer.number for offer in CARRIER.available_numbers(country="CA", kind="local", limit=300)]
    assert CARRIER.buy_number("+442079460123", "ours").code == "not_offered"


def test_toll_free_numbers_are_a_kind_of_their_own() -> None:
    offers = CARRIER.available_numbers(country="US", kind="toll_free", limit=3)
    assert [offer.kind for offer in offers] == ["toll_free"] * 3
    assert CARRIER.available_numbers(country="FR", kind="local") == ()


def test_test_accounts_text_through_the_sandbox() -> None:
    assert carrier_for(livemode=False).name == "sandbox"
