"""Ids are opaque, reversible and spelled in exactly one way."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refill.domain import ids

NUMBERS = st.integers(0, 2**63 - 1)
PREFIXES = st.sampled_from(sorted(ids.PREFIXES))
FIRST_IDS = ["acc_4cet5rmq7cv1c", "acc_6j536kvkjcw5h", "acc_612jgw6f7865b", "acc_4we7xbf86bhw0"]
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def test_known_ids_keep_their_spelling_for_ever() -> None:
    assert [ids.encode("acc", number) for number in (0, 1, 2, 2**63 - 1)] == FIRST_IDS
    assert ids.encode("msg", 1, 2) == "msg_" + FIRST_IDS[1][4:] + FIRST_IDS[2][4:]


@given(PREFIXES, st.lists(NUMBERS, min_size=1, max_size=3))
def test_what_was_encoded_is_decoded(prefix: str, numbers: list[int]) -> None:
    text = ids.encode(prefix, *numbers)
    assert re.fullmatch(prefix + "_([0-9a-hjkmnp-tv-z]{13})+", text)
    assert len(text) == len(prefix) + 1 + 13 * len(numbers)
    assert ids.decode(prefix, text, len(numbers)) == tuple(numbers)


@given(st.text(ALPHABET, min_size=13, max_size=13))
def test_a_text_is_refused_or_is_the_one_spelling_of_its_number(tail: str) -> None:
    try:
        (number,) = ids.decode("usr", "usr_" + tail)
    except ids.UnknownId:
        return
    assert ids.encode("usr", number) == "usr_" + tail


@given(NUMBERS, st.integers(0, 12), st.characters())
def test_a_changed_character_never_leads_to_the_same_number(number: int, place: int, other: str) -> None:
    text = ids.encode("gra", number)
    changed = text[: 4 + place] + other + text[5 + place :]
    if changed == text:
        return
    try:
        assert ids.decode("gra", changed) != (number,)
    except ids.UnknownId:
        assert changed != text


def test_the_first_thousand_ids_differ_and_do_not_count_up() -> None:
    texts = [ids.encode("ent", number) for number in range(1_000)]
    assert len(set(texts)) == 1_000
    assert texts != sorted(texts)
    assert len({text[4:8] for text in texts[1:]}) > 990


GOOD = ids.encode("acc", 7)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "acc",
        "acc_",
        GOOD[4:],
        GOOD[:-1],
        GOOD + "0",
        GOOD.upper(),
        "ACC" + GOOD[3:],
        "usr" + GOOD[3:],
        "acc-" + GOOD[4:],
        " " + GOOD[:-1],
        GOOD[:-1] + "\n",
        GOOD[:-1] + "u",
        GOOD[:-1] + "i",
        GOOD[:-1] + "l",
        GOOD[:-1] + "o",
        GOOD[:-1] + "_",
        GOOD[:-1] + "٣",
        GOOD[:-1] + "\ud800",
        "acc_g" + GOOD[5:],
        "acc_zzzzzzzzzzzzz",
        GOOD + GOOD[4:],
    ],
)
def test_a_malformed_id_is_unknown(text: str) -> None:
    with pytest.raises(ids.UnknownId):
        ids.decode("acc", text)


def test_an_id_whose_number_would_be_too_large_is_unknown() -> None:
    refused = 0
    for head in ALPHABET[:16]:
        try:
            ids.decode("acc", f"acc_{head}000000000001")
        except ids.UnknownId:
            refused += 1
    assert refused == 8


def test_one_number_is_not_read_as_two() -> None:
    with pytest.raises(ids.UnknownId):
        ids.decode("acc", GOOD, 2)


@pytest.mark.parametrize("number", [-1, 2**63, 2**64])
def test_a_number_out_of_range_has_no_id(number: int) -> None:
    with pytest.raises(ValueError):
        ids.encode("acc", number)


@pytest.mark.parametrize(("prefix", "numbers"), [("xyz", (1,)), ("", (1,)), ("acc", ())])
def test_an_id_needs_a_known_prefix_and_a_number(prefix: str, numbers: tuple[int, ...]) -> None:
    with pytest.raises(ValueError):
        ids.encode(prefix, *numbers)


def test_the_prefixes_are_those_of_the_contract() -> None:
    contract = (
        "acc usr mem inv plan price sub per quo ord chg gra hold ent msg bro inb num use pack ivt key pm evt"
        " whe clk req"
    )
    assert set(contract.split()) | {"pol", "aud", "cn", "ref", "dis", "tax", "hlp", "cor", "cnv"} == ids.PREFIXES
