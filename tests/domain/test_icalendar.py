"""A calendar file, to the letter of RFC 5545."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from refill.domain.icalendar import Entry, fold, write

AT = datetime(2027, 4, 22, 13, tzinfo=UTC)


def test_a_file_of_one_entry() -> None:
    assert write("Harbor; resets", [Entry("acc_1-20270422", AT, "1,000 credits")], AT).split("\r\n") == [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Refill//Resets//EN", "X-WR-CALNAME:Harbor\\; resets",
        "REFRESH-INTERVAL;VALUE=DURATION:PT12H", "BEGIN:VEVENT", "UID:acc_1-20270422", "DTSTAMP:20270422T130000Z",
        "DTSTART:20270422T130000Z", "SUMMARY:1\\,000 credits", "TRANSP:TRANSPARENT", "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip


def test_a_name_writes_no_line_of_its_own() -> None:
    made = write("a\r\nBEGIN:VEVENT\n", [], AT)
    assert "\nBEGIN:VEVENT" not in made


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=300))
def test_folded_lines_are_short_and_say_the_same(line: str) -> None:
    folded = fold(line)
    assert folded.replace("\r\n ", "") == line
    assert all(len(piece.encode()) <= 75 for piece in folded.split("\r\n"))
