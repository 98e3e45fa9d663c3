"""The text of an API key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refill.domain import key_texts

RANDOM = st.binary(min_size=key_texts.RANDOM_BYTES, max_size=key_texts.RANDOM_BYTES)


def test_a_key_says_its_mode_and_ends_with_its_checksum() -> None:
    assert key_texts.write(bytes(20), livemode=False) == "rf_test_00000000000000000000000000000000_0gkk93x"
    assert key_texts.write(bytes(20), livemode=True).startswith("rf_live_0000")
    assert key_texts.prefix_of(key_texts.write(bytes(20), livemode=False)) == "rf_test_000000"


def test_a_key_needs_all_its_random_bytes() -> None:
    with pytest.raises(ValueError, match="20 random bytes"):
        key_texts.write(bytes(19), livemode=False)


@given(RANDOM, RANDOM)
def test_different_bytes_make_different_keys(one: bytes, other: bytes) -> None:
    same = key_texts.write(one, livemode=False) == key_texts.write(other, livemode=False)
    assert same == (one == other)


@given(RANDOM, st.integers(min_value=8, max_value=47), st.sampled_from(key_texts.ALPHABET))
def test_one_wrong_character_is_noticed_without_a_lookup(random: bytes, at: int, typed: str) -> None:
    key = key_texts.write(random, livemode=True)
    if key[at] != "_" and typed != key[at]:
        assert key_texts.is_mistyped(key[:at] + typed + key[at + 1 :])
    assert not key_texts.is_mistyped(key)


def test_a_key_that_the_operator_chose_is_never_called_mistyped() -> None:
    for chosen in ("rf_test_choose_a_long_one", "rf_test_" + "a" * 32, "rf_test_" + "0" * 39, ""):
        assert not key_texts.is_mistyped(chosen)
