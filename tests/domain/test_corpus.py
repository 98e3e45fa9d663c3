"""Parts and encoding of many texts as people write them, against an independent count on the bytes (RULES §7.1; L13).

The suite has a few invented ones; `make soak` reads 5,574 real ones from the file that REFILL_SMS_CORPUS names: a
label, a tab and a text on each line.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refill.domain.segments import measure, split
from tests.domain.test_segments import carrier

INVENTED = [
    "Your table is ready.",
    "Hi Ana, your appointment is on 3 May at 9:00. Reply C to confirm.",
    "C u l8r :) thx!!",
    "It’s at the café, 5 £ or 6 €",
    "Price list: [a] {b} ~c~ | d \\ e ^ f €",
    "Ñandú über Øresund, Ça va? àèéìòù",
    "Σήμερα κλειστά",
    "Σ Δ Φ Ω are plain, α is not",
    "x" * 160, "x" * 161, "x" * 306, "x" * 307, "€" * 80, "€" * 81, "x" * 152 + "€" + "x" * 152,
    "字" * 70, "字" * 71, "字" * 134, "字" * 135, "😀" * 35, "😀" * 36, "字" * 66 + "😀" + "字" * 66,
    "line one\nline two\r\nline three\tand a tab",
    "👩🏽‍⚕️ Dr. Lee is in", "",
]  # fmt: skip
# The totals of the real ones: texts, parts, units, texts that are UCS-2, texts of several parts; and a hash of all
# (encoding, parts, units).
REAL = (5_574, 5_995, 448_638, 89, 344, "7202cea7a2bd87a0")


def totals(texts: Iterable[str]) -> tuple[int, int, int, int, int, str]:
    """Sums over all texts, each of them agreed with the count on the bytes."""
    seen: Counter[str] = Counter()
    print_ = hashlib.sha256()
    for text in texts:
        found = measure(text)
        assert (found.encoding, found.parts, found.units) == carrier(text), text
        assert "".join(split(text)) == text
        assert len(split(text)) == found.parts
        print_.update(f"{found.encoding} {found.parts} {found.units}\n".encode())
        seen.update(texts=1, parts=found.parts, units=found.units)
        seen.update(ucs2=found.encoding == "ucs2", several=found.parts > 1)
    return seen["texts"], seen["parts"], seen["units"], seen["ucs2"], seen["several"], print_.hexdigest()[:16]


def test_invented_texts_are_counted_as_a_carrier_counts_them() -> None:
    assert totals(INVENTED)[:5] == (25, 38, 2_558, 13, 10)


@pytest.mark.soak
def test_every_real_text_is_counted_as_a_carrier_counts_it() -> None:
    file = Path(os.environ.get("REFILL_SMS_CORPUS", "../shared/data/sms_corpus.tsv"))
    lines = file.read_text(encoding="utf-8").split("\n")
    assert lines[0] == "Label\tSMS"
    assert totals(line.partition("\t")[2] for line in lines[1:] if line) == REAL


@given(before=st.integers(60, 160), pair=st.sampled_from(["€", "^", "😀", "𝐇"]), after=st.integers(0, 320))
def test_a_pair_at_any_place_is_cut_as_a_carrier_cuts_it(before: int, pair: str, after: int) -> None:
    plain = "x" if pair in "€^" else "字"
    text = plain * before + pair + plain * after + pair
    found = measure(text)
    assert (found.encoding, found.parts, found.units) == carrier(text)
    assert all(len(part.encode("utf-16-le", "strict")) for part in split(text))
    assert "".join(split(text)) == text
