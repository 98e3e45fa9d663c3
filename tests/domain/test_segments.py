"""Texts are cut as carriers cut them, and what makes them dear is named (RULES §7.1; L13)."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from refill.domain import texts_gsm
from refill.domain.segments import BrokenText, Measure, Offence, measure, plain, split, suggest

# The basic table of GSM 03.38 by place, as code points; 0x1B is the escape.
STANDARD = [
    0x40, 0xA3, 0x24, 0xA5, 0xE8, 0xE9, 0xF9, 0xEC, 0xF2, 0xC7, 0x0A, 0xD8, 0xF8, 0x0D, 0xC5, 0xE5,
    0x394, 0x5F, 0x3A6, 0x393, 0x39B, 0x3A9, 0x3A0, 0x3A8, 0x3A3, 0x398, 0x39E, None, 0xC6, 0xE6, 0xDF, 0xC9,
    *range(0x20, 0x24), 0xA4, *range(0x25, 0x40),
    0xA1, *range(0x41, 0x5B), 0xC4, 0xD6, 0xD1, 0xDC, 0xA7,
    0xBF, *range(0x61, 0x7B), 0xE4, 0xF6, 0xF1, 0xFC, 0xE0,
]  # fmt: skip
EXTENDED = {0x0C: 0x0A, 0x5E: 0x14, 0x7B: 0x28, 0x7D: 0x29, 0x5C: 0x2F, 0x5B: 0x3C, 0x7E: 0x3D, 0x5D: 0x3E,
            0x7C: 0x40, 0x20AC: 0x65}  # fmt: skip
SEPTETS = {chr(code): bytes([place]) for place, code in enumerate(STANDARD) if code is not None}
SEPTETS |= {chr(code): bytes([0x1B, place]) for code, place in EXTENDED.items()}

BASIC = st.sampled_from(texts_gsm.BASIC_IN_ORDER)
EXTENSION = st.sampled_from(texts_gsm.EXTENSION_IN_ORDER)
WIDE = st.sampled_from("😀🧾𝐇字é’ñ\u200d")
GSM_TEXTS = st.lists(st.one_of(BASIC, EXTENSION), max_size=500).map("".join)
UCS_TEXTS = st.lists(st.one_of(BASIC, WIDE), max_size=300).map("".join)
ANY_TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=200)


def carrier(body: str) -> tuple[str, int, int]:
    """An independent count on the bytes themselves: encode all, then cut, stepping back off a broken pair."""
    try:
        data, alone, limit, encoding = b"".join(SEPTETS[one] for one in body), 160, 153, "gsm7"
    except KeyError:
        data, alone, limit, encoding = body.encode("utf-16-be"), 140, 134, "ucs2"
    units, parts = len(data) // (1 if encoding == "gsm7" else 2), 0
    if len(data) <= alone:
        return encoding, min(1, units), units
    while data:
        end = limit
        if encoding == "gsm7" and len(data) > end and data[end - 1] == 0x1B:
            end -= 1
        if encoding == "ucs2" and len(data) > end and 0xDC <= data[end] <= 0xDF:
            end -= 2
        data, parts = data[end:], parts + 1
    return encoding, parts, units


def test_the_tables_are_those_of_the_standard() -> None:
    assert len(STANDARD) == 128
    assert {chr(code) for code in STANDARD if code is not None} == texts_gsm.BASIC
    assert {chr(code) for code in EXTENDED} == texts_gsm.EXTENSION
    assert len(texts_gsm.BASIC) == 127
    assert not texts_gsm.BASIC & texts_gsm.EXTENSION


@pytest.mark.parametrize(
    ("body", "encoding", "parts", "characters", "units"),
    [
        ("", "gsm7", 0, 0, 0),
        ("a", "gsm7", 1, 1, 1),
        ("a" * 160, "gsm7", 1, 160, 160),
        ("a" * 161, "gsm7", 2, 161, 161),
        ("a" * 306, "gsm7", 2, 306, 306),
        ("a" * 307, "gsm7", 3, 307, 307),
        ("€" * 80, "gsm7", 1, 80, 160),
        ("a" + "€" * 80, "gsm7", 2, 81, 161),
        ("€" * 81, "gsm7", 2, 81, 162),
        # 153 is odd, so each part holds 76 pairs and one septet stays empty.
        ("€" * 152, "gsm7", 2, 152, 304),
        ("€" * 153, "gsm7", 3, 153, 306),
        ("a" * 152 + "{" + "a" * 151, "gsm7", 2, 304, 305),
        ("a" * 152 + "{" + "a" * 152, "gsm7", 3, 305, 306),
        ("ä" * 160, "gsm7", 1, 160, 160),
        ("ç", "ucs2", 1, 1, 1),
        ("\x1b", "ucs2", 1, 1, 1),
        ("`" + "a" * 69, "ucs2", 1, 70, 70),
        ("`" + "a" * 70, "ucs2", 2, 71, 71),
        ("`" + "a" * 133, "ucs2", 2, 134, 134),
        ("`" + "a" * 134, "ucs2", 3, 135, 135),
        ("😀" * 35, "ucs2", 1, 35, 70),
        ("😀" * 36, "ucs2", 2, 36, 72),
        # 67 is odd, so each part holds 33 pairs.
        ("😀" * 66, "ucs2", 2, 66, 132),
        ("😀" * 67, "ucs2", 3, 67, 134),
        ("字" * 66 + "😀" + "字" * 65, "ucs2", 2, 132, 133),
        ("字" * 66 + "😀" + "字" * 66, "ucs2", 3, 133, 134),
        ("€" + "字" * 69, "ucs2", 1, 70, 70),
    ],
)
def test_a_text_is_measured(body: str, encoding: str, parts: int, characters: int, units: int) -> None:
    found = measure(body)
    assert (found.encoding, found.parts, found.characters, found.units) == (
        encoding,
        parts,
        characters,
        units,
    )


@given(st.one_of(GSM_TEXTS, UCS_TEXTS, ANY_TEXTS))
@example("a" * 159 + "€")
@example("a" * 153 + "€" * 4)
@example("字" * 67 + "😀" * 2)
def test_the_count_agrees_with_a_carrier_that_cuts_bytes(body: str) -> None:
    found = measure(body)
    assert (found.encoding, found.parts, found.units) == carrier(body)
    assert found.characters == len(body)


@given(st.one_of(GSM_TEXTS, UCS_TEXTS))
def test_the_parts_are_the_text_and_each_is_within_the_limit(body: str) -> None:
    found, parts = measure(body), split(body)
    assert "".join(parts) == body
    assert len(parts) == found.parts
    limit = {"gsm7": (160, 153), "ucs2": (70, 67)}[found.encoding][len(parts) > 1]
    for part in parts:
        data = b"".join(SEPTETS[one] for one in part) if found.encoding == "gsm7" else part.encode("utf-16-be")
        assert 1 <= len(data) // (1 if found.encoding == "gsm7" else 2) <= limit


def test_parts_are_filled_greedily_and_pairs_stay_whole() -> None:
    assert split("a" * 152 + "€" + "b" * 10) == ["a" * 152, "€" + "b" * 10]
    assert split("字" * 66 + "😀" + "字" * 5) == ["字" * 66, "😀" + "字" * 5]
    assert split("a" * 161) == ["a" * 153, "a" * 8]
    assert split("a" * 160) == ["a" * 160]
    assert split("") == []


def test_the_character_at_fault_is_named_with_its_place_and_a_plain_one() -> None:
    assert measure("It’s 5 – 6 🙂") == Measure(
        "ucs2", 1, 12, 13, (Offence(2, "’", "'"), Offence(7, "–", "-"), Offence(11, "🙂", None))
    )


def test_a_text_in_gsm_has_no_character_at_fault() -> None:
    assert measure("Grüße, 5 € {ok} ñ @ Ω").offending == ()


@pytest.mark.parametrize(
    ("character", "suggestion"),
    [
        ("‘", "'"), ("’", "'"), ("`", "'"), ("´", "'"), ("“", '"'), ("”", '"'), ("„", '"'), ("«", '"'),
        ("–", "-"), ("—", "-"), ("‑", "-"), ("−", "-"), ("…", "..."), ("\xa0", " "), ("\u202f", " "),
        ("\u3000", " "), ("\t", " "), ("\u2028", "\n"), ("•", "*"), ("×", "x"), ("™", "TM"), ("©", "(C)"),
        ("á", "a"), ("ê", "e"), ("ç", "c"), ("ő", "o"), ("Ł", "L"), ("ẞ", "SS"), ("œ", "oe"),
        ("ğ", "g"), ("ế", "e"), ("\u0301", ""), ("\u200b", ""), ("\ufeff", ""), ("\x1b", ""),
        ("\x92", "'"), ("\x85", "..."), ("\x00", ""),
        ("ﬁ", "fi"), ("𝐇", "H"), ("½", "1/2"), ("Ａ", "A"), ("\u2126", "Ω"), ("№", "No"),
        ("🙂", None), ("字", None), ("й", None), ("한", None), ("\u200d", None), ("¨", None), ("α", None),
    ],
)  # fmt: skip
def test_a_plain_suggestion_exists_or_does_not(character: str, suggestion: str | None) -> None:
    assert suggest(character) == suggestion
    assert measure(character).offending == (Offence(0, character, suggestion),)


@given(ANY_TEXTS)
def test_suggestions_are_plain_and_making_a_text_plain_takes_them_all(body: str) -> None:
    said = list(body)
    for offence in measure(body).offending:
        assert body[offence.index] == offence.character
        if offence.suggestion is not None:
            assert measure(offence.suggestion).encoding == "gsm7"
            said[offence.index] = offence.suggestion
    assert plain(body) == "".join(said)
    assert plain(plain(body)) == plain(body)


def test_a_plain_text_is_cheaper() -> None:
    body = "Don’t miss it " + "a" * 100
    assert (measure(body).parts, measure(plain(body)).parts) == (2, 1)


@pytest.mark.parametrize(("body", "index"), [("\ud83d", 0), ("ab\udc00", 2), ("😀\ud83d", 1)])
def test_half_of_a_surrogate_pair_is_refused(body: str, index: int) -> None:
    for call in (measure, split, plain):
        with pytest.raises(BrokenText) as refused:
            call(body)
        assert refused.value.index == index
