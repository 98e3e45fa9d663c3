"""When an account is told that its credits run out (RULES §6.1). Pure."""

from __future__ import annotations

from dataclasses import dataclass

from refill.domain.money import ceil_div


@dataclass(frozen=True, slots=True)
class Refilled:
    """What warnings are made from: the credits right after the last refill, the entry that wrote it, and at which
    percents of those credits the account is told, by the policies of its period."""

    credits: int
    low_percents: tuple[int, ...]
    seq: int = 0

    def percent(self, available: int) -> int:
        """What is left of it, rounded up, at most 100."""
        return min(100, ceil_div(100 * available, max(self.credits, 1)))

    def is_low(self, available: int) -> bool:
        return available * 100 <= max(self.low_percents) * self.credits

    def reached(self, available: int, told: int | None) -> int | None:
        """The lowest percent that is reached and was not told yet; `told` is the lowest told since this refill."""
        return min((p for p in self._left(told) if available * 100 <= p * self.credits), default=None)

    def next_below(self, told: int | None) -> int | None:
        """A balance below it has reached the next percent to be told; none when all are told or nothing was given."""
        percent = max(self._left(told), default=None)
        return None if percent is None or not self.credits else percent * self.credits // 100 + 1

    def _left(self, told: int | None) -> list[int]:
        return [percent for percent in self.low_percents if told is None or percent < told]
