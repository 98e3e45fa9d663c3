"""Card numbers are found in any text, and nothing else is taken for one."""

import json
import subprocess
import sys

import pytest

from refill.domain.card_numbers import has_card_number, without_card_numbers

CARDS = [
    "4242424242424242", "4242 4242 4242 4242", "4242-4242-4242-4242", "5555555555554444", "2223003122003222",
    "378282246310005", "3782 822463 10005", "6011111111111117", "3566002020360505", "6011000990139424",
    "my card is 4000056655665556, thanks", "4000000000000000006",
]  # fmt: skip
OTHERS = [
    "4242424242424241",  # the check digit is wrong
    "+491512345678901", "4915112345678", "+1 415 555 0134", "1234567890123456", "42424242424242424242",
    "req_0m2k4242424242424242", "2027-03-22 14:00:00", "order 0000000000000000", "",
]  # fmt: skip


@pytest.mark.parametrize("text", CARDS)
def test_x21_a_card_number_is_found(text: str) -> None:
    assert has_card_number(text)


@pytest.mark.parametrize("text", OTHERS)
def test_x21_other_numbers_are_none(text: str) -> None:
    assert not has_card_number(text)
    assert without_card_numbers(text) == text


def test_x21_a_card_number_is_taken_out_and_the_rest_stays() -> None:
    said = without_card_numbers("Mine is 4242 4242 4242 4242, phone +1 415 555 0134.")
    assert said == "Mine is [card number removed], phone +1 415 555 0134."


LOGGING = """
import logging.config, structlog
from refill.logs import configure_logs, logging_settings
configure_logs()
logging.config.dictConfig(logging_settings("INFO"))
card = "4242 4242 4242 4242"
structlog.get_logger("refill").info("typed", note=card, facts={"body": [f"my card {card}"], "count": 4})
logging.getLogger("django.request").warning("Not Found: %s", f"/help/{card.replace(' ', '')}")
try:
    raise ValueError(f"no such name: {card}")
except ValueError:
    logging.getLogger("refill.api").exception("fault in %s", "POST /v1/account")
"""


def test_x21_no_line_of_the_log_has_a_card_number_wherever_it_was_typed() -> None:
    done = subprocess.run([sys.executable, "-c", LOGGING], capture_output=True, text=True, check=True)
    typed, library, fault = map(json.loads, done.stderr.splitlines())
    assert "4242" not in done.stderr
    assert typed["note"] == "[card number removed]"
    assert typed["facts"] == {"body": ["my card [card number removed]"], "count": 4}
    assert library["event"] == "Not Found: /help/[card number removed]"
    assert "ValueError: no such name: [card number removed]" in fault["exception"]
