"""The fields of auto-recharge's sentence: as they stand, as they were typed, and as a wish for the service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from refill.domain import ids
from refill.domain.errors import Invalid
from refill.services.money.recharge_settings import Preview, Wanted
from refill.web.addresses import minor_units, number_of, typed_money, whole

FIELDS = ("threshold", "pack", "day", "month", "card", "backup")
# The service's names of what is wrong, as fields of the form.
_FIELD_OF = {
    "threshold": "threshold", "pack": "pack", "max_per_day": "day", "max_per_month": "month",
    "payment_method": "card", "backup_payment_method": "backup",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Typed:
    """The texts in the fields; the cards' are empty for the plan's card, and for no backup."""

    threshold: str
    pack: str
    day: str
    month: str
    card: str
    backup: str

    @property
    def query(self) -> str:
        return urlencode(self.pairs)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return [(name, getattr(self, name)) for name in FIELDS]

    def over(self, given: Mapping[str, str]) -> Typed:
        """With what somebody typed instead."""
        return Typed(*(given.get(name, getattr(self, name))[:40] for name in FIELDS))


def in_force(preview: Preview, main: int | None, backup: int | None) -> Typed:
    """The rule as it is, or as it is offered to somebody who has none."""
    return Typed(
        str(preview.threshold), ids.encode("pack", preview.pack_id) if preview.pack_id else "",
        str(preview.max_per_day), typed_money(preview.max_per_month_minor, preview.currency),
        ids.encode("pm", main) if main else "", ids.encode("pm", backup) if backup else "",
    )  # fmt: skip


def wanted_of(given: Mapping[str, str], currency: str) -> Wanted:
    """What the fields ask for. Raises Invalid for a sum that is none; bounds are the service's."""
    month = minor_units(given.get("month", ""), currency)
    if month is None:
        raise Invalid("Write the month's limit as a sum, such as 200.00.", param="max_per_month")
    return Wanted(
        threshold=whole(given.get("threshold")), pack_id=number_of("pack", given.get("pack", "")),
        max_per_day=whole(given.get("day")), max_per_month_minor=month, consent=given.get("consent", "")[:1_000],
        cards={
            "payment_method": _card(given.get("card", "")), "backup_payment_method": _card(given.get("backup", "")),
        },
    )  # fmt: skip


def field_of(param: str | None) -> str:
    """Which field a refusal is about; the first where it names none."""
    return _FIELD_OF.get((param or "").partition(".")[0], "threshold")


def _card(text: str) -> int | None:
    return number_of("pm", text) if text else None
