"""One sample, and what it cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench import cpu
from bench.pgbench import Sample
from bench.site import Site
from refill.cli.places import StartRefused


@dataclass(frozen=True)
class Taken:
    sample: Sample
    cpu_us: float


def take(place: Site, name: str, work: Callable[[], Sample]) -> Taken:
    """Take a sample; processor time is that of all processes that do the work. StartRefused says which kind failed."""
    before = cpu.used_microseconds(place.processes)
    try:
        sample = work()
    except StartRefused as refusal:
        raise StartRefused(f"{name}: {refusal}") from None
    used = cpu.used_microseconds(place.processes) - before
    return Taken(sample, used / max(1, sample.done))
