"""Arrays as they are written for the wire say to PostgreSQL what they say here."""

import pytest

from refill.ledger.hot import statement, texts, wholes
from refill.ledger.rows import call_hot

WORDS = statement("test_words", "select array_to_json($1::text[])")
NUMBERS = statement("test_numbers", "select array_to_json($1::bigint[])")


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ([], b"[]"),
        (["a", None, "", "NULL"], b'["a",null,"","NULL"]'),
        (['say "hi"', "a\\b", "{x,y}"], rb'["say \"hi\"","a\\b","{x,y}"]'),
        ([None, '"'], rb'[null,"\""]'),
        (["\n", "é"], '["\\n","é"]'.encode()),
    ],
)
def test_texts_are_read_as_they_were_written(given: list[str | None], read: bytes) -> None:
    assert call_hot(WORDS, [texts(given)]) == [read]


def test_whole_numbers_are_read_as_they_were_written() -> None:
    assert call_hot(NUMBERS, [wholes([1, None, -(2**62)])]) == [f"[1,null,{-(2**62)}]".encode()]
    assert call_hot(NUMBERS, [wholes([])]) == [b"[]"]
