"""Meters and bars, drawn here as SVG. Lengths are in thousandths of the whole, or in the drawing's own units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from refill.domain.money import ceil_div
from refill.queries.pages.use import DayUse


@dataclass(frozen=True, slots=True)
class Piece:
    colour: str
    start: str
    length: str


@dataclass(frozen=True, slots=True)
class Bar:
    colour: str
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class Bars:
    """A drawing of bars; `lines` are the heights of its guide lines."""

    width: int
    height: int
    base: int
    bars: tuple[Bar, ...]
    lines: tuple[int, ...]
    top: int
    first: DayUse
    last: DayUse

    @property
    def colours(self) -> set[str]:
        """Those that occur: the key names no others."""
        return {bar.colour for bar in self.bars}


def percent(part: int, whole: int) -> str:
    """A share as 16.4%, in whole thousandths."""
    thousandths = 1000 * part // whole if whole > 0 else 0
    return f"{thousandths // 10}.{thousandths % 10}%"


def meter(parts: Sequence[tuple[str, int]], whole: int) -> tuple[Piece, ...]:
    """Pieces one after the other, each with a hair of space before the next."""
    pieces, start = [], 0
    for colour, part in parts:
        if part > 0:
            pieces.append(Piece(colour, percent(start, whole), percent(part, whole)))
            start += part
    return tuple(pieces)


def _nice(most: int) -> int:
    """The round number at or above the highest bar."""
    step = 10 ** max(len(str(most)) - 2, 0)
    return ceil_div(max(most, 1), step) * step


def _at(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02}"


def bars(days: Sequence[DayUse], *, width: int, height: int) -> Bars:
    """Stacked bars by day: plan credits, bought, other."""
    top = _nice(max((day.credits for day in days), default=0))
    base, head = height - 22, 18
    room = (base - head) * 100
    step = width * 100 // max(len(days), 1)
    drawn = []
    for index, day in enumerate(days):
        floor = base * 100
        for colour, used in (("plan", day.plan), ("bought", day.bought), ("other", day.other)):
            if used:
                tall = max(room * used // top, 100)
                floor -= tall
                drawn.append(Bar(colour, _at(index * step + step // 8), _at(floor), _at(step * 3 // 4), _at(tall)))
    lines = (head, (head + base) // 2)
    return Bars(width, height, base, tuple(drawn), lines, top, days[0], days[-1])
