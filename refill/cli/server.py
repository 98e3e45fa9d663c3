"""granian, whose processes always come back.

granian itself takes two deaths of one process within 5.5 seconds for a loop, and ends. That the kernel killed a process
twice is no reason to stop answering: here it is begun again, after longer pauses while it keeps dying young.
"""

import time
from typing import Any

from granian.server.mp import MPServer

YOUNG_SECONDS = 10.0
LONGEST_PAUSE_SECONDS = 2.0
_FIRST_PAUSE_SECONDS = 0.1


class Server(MPServer):
    """A granian that ends when it is asked to, and not before."""

    def __init__(self, target: str, **options: Any) -> None:
        options["respawn_failed_workers"] = True
        super().__init__(target, **options)
        self._young_deaths: dict[int, int] = {}

    def _respawn_workers(self, workers: list[int], spawn_target: Any, target_loader: Any, delay: float = 0) -> None:
        """For the dead, and with a `delay` for the living, who are asked to end."""
        for place in workers:
            # One death may be told twice.
            if delay or not self.wrks[place].inner.is_alive():
                time.sleep(0 if delay else self._pause(place))
                super()._respawn_workers([place], spawn_target, target_loader, delay)
        # granian tells a loop by these.
        self.respawned_wrks.clear()
        # It forgets who dies while it takes its list of the dead, until the next death.
        self.interrupt_children[:] = [place for place, worker in enumerate(self.wrks) if not worker.inner.is_alive()]
        if self.interrupt_children:
            self.main_loop_interrupt.set()

    def _pause(self, place: int) -> float:
        """None after a long life, so that a single death keeps nobody waiting."""
        if time.monotonic() - self.wrks[place].birth > YOUNG_SECONDS:
            self._young_deaths[place] = 0
            return 0
        deaths = self._young_deaths[place] = self._young_deaths.get(place, 0) + 1
        pause: float = min(LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2**deaths)
        return pause
