"""Live and test data never mix; a row of the catalogue may belong to both."""

from __future__ import annotations

MODES = ("both", "live", "test")


def mode_of(livemode: bool | None) -> str:
    """The mode of a row made by a key of this mode; without one it belongs to both."""
    return "both" if livemode is None else "live" if livemode else "test"


def modes_for(livemode: bool | None) -> tuple[str, ...]:
    """The modes of the rows that an account of this mode sees; without one, all."""
    return MODES if livemode is None else ("both", mode_of(livemode))
