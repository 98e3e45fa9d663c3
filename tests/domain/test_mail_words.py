"""Of an answer by mail, only the new words are kept."""

import pytest

from refill.domain.mail_words import ANSWER_ABOVE, own_words


@pytest.mark.parametrize(
    "quoted",
    [
        f"{ANSWER_ABOVE}\n\nAn answer from Refill",
        f"> {ANSWER_ABOVE}\n> more",
        "On Mon, 22 Mar 2027 at 09:00, Refill <help@refill.example> wrote:\n> Hello",
        "On Mon, 22 Mar 2027 at 09:00, Refill Support of the House\n<help+0123@refill.example> wrote:\n> Hello",
        "Am 22.03.2027 um 09:00 schrieb Refill <help@refill.example>:\n> Hallo",
        "-----Original Message-----\nFrom: Refill",
        "________________________________\nFrom: Refill <help@refill.example>\nSent: Monday",
        "-- \nAnn Okafor\nNorthwind Dental",
    ],
)
def test_what_was_answered_to_is_cut_off(quoted: str) -> None:
    assert own_words(f"Thanks, that works.\n\nOn Monday too.\n\n{quoted}") == "Thanks, that works.\n\nOn Monday too."


def test_an_answer_without_a_quote_stays_whole_with_any_line_ends() -> None:
    assert own_words("One\r\nTwo\rOn time, they wrote\n") == "One\nTwo\nOn time, they wrote"


def test_nothing_but_a_quote_is_nothing() -> None:
    assert own_words("> Hello") == ""
