"""A calendar file by RFC 5545: what a calendar program subscribes to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

MOST_OCTETS = 75


@dataclass(frozen=True, slots=True)
class Entry:
    """One instant worth knowing; `uid` stays the same when it is read again."""

    uid: str
    at: datetime
    summary: str


def write(name: str, entries: Iterable[Entry], made_at: datetime) -> str:
    """The whole file, its lines folded and ended as the standard has it."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Refill//Resets//EN", f"X-WR-CALNAME:{_text(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT12H",
    ]  # fmt: skip
    for entry in entries:
        lines += [
            "BEGIN:VEVENT", f"UID:{_text(entry.uid)}", f"DTSTAMP:{_utc(made_at)}", f"DTSTART:{_utc(entry.at)}",
            f"SUMMARY:{_text(entry.summary)}", "TRANSP:TRANSPARENT", "END:VEVENT",
        ]  # fmt: skip
    return "".join(f"{fold(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def fold(line: str) -> str:
    """At most 75 octets a line; the rest goes on after a blank, and no character is split."""
    pieces, piece, room = [], "", MOST_OCTETS
    for character in line:
        size = len(character.encode())
        if size > room:
            pieces.append(piece)
            piece, room = "", MOST_OCTETS - 1
        piece += character
        room -= size
    return "\r\n ".join([*pieces, piece])


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(words: str) -> str:
    plain = "".join(" " if ord(character) < 32 else character for character in words.replace("\r\n", " "))
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
