"""What goes wrong with the next calls. Each fault is used once, by the first call whose method and path begin so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# before: nothing was done; after: it was done, and the answer does not say so.
Fault = Literal[
    "lost_before", "lost_after", "hang_before", "hang_after", "500_before", "500_after", "429", "409", "401",
    "html_after", "cut_after", "garbage_after", "empty_after", "wrong_amount", "wrong_currency", "wrong_key",
]  # fmt: skip
PAY = "POST /v1/payment_intents"
# Those in which the money was taken, though nobody here knows it yet.
DONE = (
    "lost_after", "hang_after", "500_after", "html_after", "cut_after", "garbage_after", "empty_after", "wrong_amount",
    "wrong_currency", "wrong_key",
)  # fmt: skip


@dataclass
class Step:
    fault: Fault
    call: str


class Script:
    def __init__(self) -> None:
        self.steps: list[Step] = []

    def next(self, fault: Fault, call: str = PAY, times: int = 1) -> None:
        """The next `times` calls that begin with `call` go wrong like this."""
        self.steps += [Step(fault, call)] * times

    def take(self, method: str, path: str) -> Fault | None:
        for place, step in enumerate(self.steps):
            if f"{method} {path}".startswith(step.call):
                return self.steps.pop(place).fault
        return None
