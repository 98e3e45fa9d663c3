"""How policies are read from JSON, written back and said in a sentence: one Spec for each kind of value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from refill.domain.money import say_count
from refill.domain.taxes import Tax, say_rate

Direction = Literal["out", "in"]
Kind = Literal["text", "mms", "call", "transcript", "lookup", "other"]
ShowMoney = Callable[[int], str]

DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
KINDS: tuple[Kind, ...] = get_args(Kind)
EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class Fault:
    """One value that cannot be: the policy's name (with place, as in rate_card[2].credits) and why."""

    name: str
    message: str


class PolicyFaults(ValueError):
    """The mapping is not a policy; `faults` lists everything that is wrong with it."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{fault.name}: {fault.message}" for fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class StepPrice:
    """The price of one further seat or number, minor units for a month and for a year."""

    month_minor: int
    year_minor: int

    def of(self, interval: str) -> int:
        """Return the minor units for the interval of the subscription."""
        return self.month_minor if interval == "month" else self.year_minor


@dataclass(frozen=True, slots=True)
class Rate:
    """A row of the rate card: `country` is ISO 3166 alpha-2 in capitals or "*" for all others. With
    `per_part` the credits are for each part (of a call: each minute begun), else for all of it.
    RULES §7.2."""

    country: str
    direction: Direction
    kind: Kind
    credits: int
    per_part: bool


DEFAULT_RATES: tuple[Rate, ...] = tuple(
    Rate(EVERYWHERE, direction, kind, 3 if kind == "mms" else 1, kind in ("text", "call", "other"))
    for kind in KINDS
    for direction in DIRECTIONS
)


@dataclass(frozen=True, slots=True)
class Spec:
    """How one policy is called, read, written and said. `sentence` has {value}, filled by `say`; `rule` is
    its place in RULES, `allowed` its bounds in words, `options` what each of a few words stands for."""

    name: str
    field: str
    rule: str
    allowed: str
    sentence: str
    read: Callable[[Any, str], Any]
    write: Callable[[Any], Any]
    say: Callable[[Any, ShowMoney], str]
    options: Mapping[str, str] | None = None


def _bad(name: str, message: str) -> PolicyFaults:
    return PolicyFaults([Fault(name, message)])


def _read_whole(value: Any, name: str, low: int, high: int) -> int:
    if type(value) is not int or not low <= value <= high:
        raise _bad(name, f"a whole number from {low:,} to {high:,}")
    return value


def _same(value: Any) -> Any:
    return value


def _counted(count: int, unit: str) -> str:
    return f"{count:,} %" if unit == "%" else say_count(count, unit)


def whole(name: str, unit: str, low: int, high: int, rule: str, sentence: str, field: str = "") -> Spec:
    """A whole number in a unit; `field` where the attribute has its unit in the name and the rule has not."""
    return Spec(
        name, field or name, rule, f"a whole number from {low:,} to {high:,}", sentence,
        lambda value, name: _read_whole(value, name, low, high),
        _same,
        lambda value, money: _counted(value, unit),
    )  # fmt: skip


def choice(name: str, rule: str, sentences: dict[str, str]) -> Spec:
    """One of a few words, each with the sentence that it stands for."""
    allowed = f"one of {', '.join(sentences)}"

    def read(value: Any, name: str) -> str:
        if not isinstance(value, str) or value not in sentences:
            raise _bad(name, allowed)
        return value

    return Spec(name, name, rule, allowed, "{value}", read, _same, lambda value, money: sentences[value], sentences)


def _listed(values: tuple[int, ...]) -> str:
    *most, last = map(str, values)
    return f"{', '.join(most)} and {last}" if most else last


def ladder(name: str, step: Literal[1, -1], high: int, rule: str, sentence: str) -> Spec:
    """A few whole numbers that only rise (step 1) or only fall (step -1)."""
    way = "rising" if step == 1 else "falling"
    allowed = f"1 to 12 different whole numbers from 0 to {high}, {way}"

    def read(value: Any, name: str) -> tuple[int, ...]:
        if not isinstance(value, list | tuple) or not 1 <= len(value) <= 12:
            raise _bad(name, allowed)
        if any(type(rung) is not int or not 0 <= rung <= high for rung in value):
            raise _bad(name, allowed)
        if list(value) != sorted(set(value), reverse=step == -1):
            raise _bad(name, allowed)
        return tuple(value)

    return Spec(name, name, rule, allowed, sentence, read, list, lambda value, money: _listed(value))


def _read_row(value: Any, name: str, keys: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or set(value) != set(keys):
        raise _bad(name, f"an object with exactly {', '.join(keys)}")
    return value


def price(name: str, rule: str, sentence: str) -> Spec:
    """Minor units for a month and for a year."""

    def read(value: Any, name: str) -> StepPrice:
        row = _read_row(value, name, ("month", "year"))
        month, year = (_read_whole(row[key], f"{name}.{key}", 0, 100_000_000) for key in ("month", "year"))
        return StepPrice(month, year)

    return Spec(
        name, name, rule, "minor units from 0 to 100,000,000 for month and for year", sentence, read,
        lambda price: {"month": price.month_minor, "year": price.year_minor},
        lambda price, money: f"{money(price.month_minor)} a month or {money(price.year_minor)} a year",
    )  # fmt: skip


def read_tax(value: Any, name: str) -> Tax:
    """Return the tax of a JSON object. Raises PolicyFaults."""
    row = _read_row(value, name, ("rate_basis_points", "inclusive"))
    if type(row["inclusive"]) is not bool:
        raise _bad(f"{name}.inclusive", "true or false")
    return Tax(_read_whole(row["rate_basis_points"], f"{name}.rate_basis_points", 0, 10_000), row["inclusive"])


def write_tax(tax: Tax) -> dict[str, Any]:
    """Return the tax ready for JSON."""
    return {"rate_basis_points": tax.rate_basis_points, "inclusive": tax.inclusive}


def say_tax(tax: Tax, money: ShowMoney) -> str:
    """Return the tax in words: 19 %, 8.25 %, or none."""
    if not tax.rate_basis_points:
        return "none"
    return f"{say_rate(tax.rate_basis_points)} is {'part of the prices' if tax.inclusive else 'added to the prices'}"


def _read_rate(value: Any, name: str) -> Rate:
    row = _read_row(value, name, ("country", "direction", "kind", "credits", "per_part"))
    faults = []
    country = row["country"]
    if not (isinstance(country, str) and (country == EVERYWHERE or _is_country(country))):
        faults.append(Fault(f"{name}.country", "two capital letters (ISO 3166) or *"))
    for key, values in (("direction", DIRECTIONS), ("kind", KINDS)):
        if row[key] not in values:
            faults.append(Fault(f"{name}.{key}", f"one of {', '.join(values)}"))
    if type(row["credits"]) is not int or not 0 <= row["credits"] <= 10_000:
        faults.append(Fault(f"{name}.credits", "a whole number from 0 to 10,000"))
    if type(row["per_part"]) is not bool:
        faults.append(Fault(f"{name}.per_part", "true or false"))
    if faults:
        raise PolicyFaults(faults)
    return Rate(country, row["direction"], row["kind"], row["credits"], row["per_part"])


def _is_country(text: str) -> bool:
    return len(text) == 2 and text.isascii() and text.isalpha() and text.isupper()


def read_rates(value: Any, name: str) -> tuple[Rate, ...]:
    """Return the rates of a JSON list; a kind that it leaves open keeps its default row for everywhere,
    so that nothing is without a price. Raises PolicyFaults with every fault of every row."""
    if not isinstance(value, list | tuple) or len(value) > 2_000:
        raise _bad(name, "a list of at most 2,000 rates")
    faults: list[Fault] = []
    given: dict[tuple[str, str, str], Rate] = {}
    for place, item in enumerate(value):
        try:
            row = _read_rate(item, f"{name}[{place}]")
        except PolicyFaults as wrong:
            faults.extend(wrong.faults)
            continue
        if (row.country, row.direction, row.kind) in given:
            faults.append(Fault(f"{name}[{place}]", "a second rate for this country, direction and kind"))
        given[row.country, row.direction, row.kind] = row
    if faults:
        raise PolicyFaults(faults)
    rows = {(row.country, row.direction, row.kind): row for row in DEFAULT_RATES} | given
    # "*" sorts before every letter.
    return tuple(
        sorted(
            rows.values(),
            key=lambda row: (KINDS.index(row.kind), DIRECTIONS.index(row.direction), row.country),
        )
    )


def write_rates(rows: tuple[Rate, ...]) -> list[dict[str, Any]]:
    """Return the rates ready for JSON."""
    names = ("country", "direction", "kind", "credits", "per_part")
    return [{name: getattr(row, name) for name in names} for row in rows]


def say_rates(rows: tuple[Rate, ...], money: ShowMoney) -> str:
    """Return in words what texts and media cost everywhere."""
    units = {"text": "part of a text", "call": "minute of a call begun"}
    said = []
    for row in rows:
        if row.country == EVERYWHERE and row.kind in ("text", "mms"):
            each = units.get(row.kind, "part") if row.per_part else row.kind
            way = "sent" if row.direction == "out" else "received"
            said.append(f"{_counted(row.credits, 'credit')} for each {each} {way}")
    return ", ".join(said)
