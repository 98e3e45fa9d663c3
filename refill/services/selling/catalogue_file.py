"""The catalogue as a file: TOML read into records, every fault named, and written from them (RULES §4.9)."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from refill.domain.errors import Invalid
from refill.domain.money import EXPONENTS, say_money
from refill.services.selling.catalogue import MOST_CREDITS, MOST_MINOR

MOST_RANK = MOST_LIMIT = 1_000_000
CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True, order=True)
class FilePrice:
    interval: str
    credits: int
    amount_minor: int
    currency: str

    @property
    def step(self) -> tuple[str, int, str]:
        """What a customer would call the same step at another price."""
        return self.interval, self.credits, self.currency

    def said(self, plan: str) -> str:
        words = f"{self.credits:,} credits a {self.interval} at {say_money(self.amount_minor, self.currency)}"
        return f"{plan} {words}".strip()


@dataclass(frozen=True, slots=True, order=True)
class FilePack:
    credits: int
    amount_minor: int
    currency: str

    @property
    def said(self) -> str:
        return f"pack of {self.credits:,} credits at {say_money(self.amount_minor, self.currency)}"


@dataclass(frozen=True, slots=True)
class FilePlan:
    code: str
    name: str
    rank: int
    features: tuple[str, ...]
    limits: tuple[tuple[str, int], ...]
    prices: tuple[FilePrice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """Who is on `price` of the plan pays `to_minor` from a local date or an instant on: one of the two."""

    plan: str
    price: FilePrice
    to_minor: int
    effective_on: date | None
    effective_at: datetime | None
    where: str = ""


@dataclass(frozen=True, slots=True)
class CatalogueFile:
    """What a file says. A section that it does not name is None and stays as it is."""

    plans: tuple[FilePlan, ...] | None
    packs: tuple[FilePack, ...] | None
    changes: tuple[FileChange, ...]


class _Reading:
    """Takes values out of parsed tables and remembers each fault by its place."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def fault(self, where: str, said: str) -> None:
        self.faults.append(f"{where}: {said}" if where else said)

    def table(self, value: Any, where: str, needed: str, further: str = "") -> dict[str, Any]:
        """The value as a table with the needed keys and at most the further ones; an empty one where it is none."""
        if not isinstance(value, dict):
            self.fault(where, "this is not a table.")
            return {}
        for key in sorted(value.keys() - {*needed.split(), *further.split()}):
            self.fault(where, f"there is no key {key}.")
        for key in needed.split():
            if key not in value:
                self.fault(where, f"{key} is missing.")
        return value

    def tables(self, parsed: dict[str, Any], key: str, where: str = "") -> list[Any]:
        value = parsed.get(key, [])
        if not isinstance(value, list):
            self.fault(where, f"{key} is not a list of tables.")
            return []
        return value

    def whole(self, table: dict[str, Any], key: str, where: str, least: int, most: int) -> int:
        value = table.get(key, least)
        if type(value) is not int or not least <= value <= most:
            self.fault(where, f"{key} is a whole number from {least} to {most:,}, not {value!r}.")
            return least
        return value

    def text(self, table: dict[str, Any], key: str, where: str, most: int) -> str:
        value = table.get(key, "-")
        if not isinstance(value, str) or not 1 <= len(value) <= most or not value.isprintable():
            self.fault(where, f"{key} is a text of 1 to {most} characters, not {value!r}.")
            return "-"
        return value

    def currency(self, table: dict[str, Any], where: str, default: str) -> str:
        value = table.get("currency", default)
        if not isinstance(value, str) or value not in EXPONENTS:
            self.fault(where, f"currency is a lower-case ISO 4217 code such as usd, not {value!r}.")
            return default
        return value

    def price(self, table: dict[str, Any], where: str, default: str, amount: str, least: int) -> FilePrice:
        interval = table.get("interval", "month")
        if interval not in ("month", "year"):
            self.fault(where, f"interval is month or year, not {interval!r}.")
        return FilePrice(
            str(interval), self.whole(table, "credits", where, 0, MOST_CREDITS),
            self.whole(table, amount, where, least, MOST_MINOR), self.currency(table, where, default),
        )  # fmt: skip

    def once(self, values: Iterable[Any], where: str, noun: str) -> None:
        for value, times in Counter(values).items():
            if times > 1:
                self.fault(where, f"{noun} {value} is there {times} times.")


def read(text: str) -> CatalogueFile:
    """Read the TOML text of a file. Raises Invalid, naming the line where it is no TOML, else every key at fault."""
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise Invalid(f"This is not TOML: {wrong}.") from None
    reading = _Reading()
    reading.table(parsed, "", "", "currency plans packs price_changes")
    currency = reading.currency(parsed, "", "usd")
    plans = tuple(_plan(reading, row, n, currency) for n, row in enumerate(reading.tables(parsed, "plans"), start=1))
    packs = tuple(_pack(reading, row, n, currency) for n, row in enumerate(reading.tables(parsed, "packs"), start=1))
    rows = enumerate(reading.tables(parsed, "price_changes"), start=1)
    changes = tuple(_change(reading, row, n, currency) for n, row in rows)
    if not reading.faults:
        reading.once((plan.code for plan in plans), "plans", "code")
        reading.once((pack.said for pack in packs), "packs", "the")
        reading.once((change.price.said(change.plan) for change in changes), "price_changes", "the change of")
    if reading.faults:
        raise Invalid("\n".join(reading.faults))
    return CatalogueFile(plans if "plans" in parsed else None, packs if "packs" in parsed else None, changes)


def _plan(reading: _Reading, value: Any, number: int, currency: str) -> FilePlan:
    code, where = (value.get("code") if isinstance(value, dict) else None), f"plan {number}"
    if isinstance(code, str) and CODE.fullmatch(code):
        where = f"plan {number} ({code})"
    elif code is not None:
        reading.fault(where, f"code is of a-z, 0-9, - and _, at most 64, not {code!r}.")
    table = reading.table(value, where, "code name", "rank features limits prices")
    features = table.get("features", [])
    if not isinstance(features, list) or any(not isinstance(f, str) or not 1 <= len(f) <= 64 for f in features):
        reading.fault(where, "features is a list of names.")
        features = []
    limits = table.get("limits", {})
    if not isinstance(limits, dict):
        reading.fault(where, "limits is not a table.")
        limits = {}
    prices = []
    for n, row in enumerate(reading.tables(table, "prices", where), start=1):
        place = f"{where}, price {n}"
        priced = reading.table(row, place, "interval credits amount", "currency")
        prices.append(reading.price(priced, place, currency, "amount", 0))
    reading.once((price.said("") for price in prices), where, "the price")
    return FilePlan(
        str(code), reading.text(table, "name", where, 200), reading.whole(table, "rank", where, 0, MOST_RANK),
        tuple(features),
        tuple((name, reading.whole(limits, name, f"{where}, limits", 0, MOST_LIMIT)) for name in sorted(limits)),
        tuple(sorted(prices)),
    )  # fmt: skip


def _pack(reading: _Reading, value: Any, number: int, currency: str) -> FilePack:
    where = f"pack {number}"
    table = reading.table(value, where, "credits amount", "currency")
    return FilePack(
        reading.whole(table, "credits", where, 1, MOST_CREDITS), reading.whole(table, "amount", where, 1, MOST_MINOR),
        reading.currency(table, where, currency),
    )  # fmt: skip


def _change(reading: _Reading, value: Any, number: int, currency: str) -> FileChange:
    where = f"price change {number}"
    table = reading.table(value, where, "plan interval credits from to effective_on", "currency")
    price = reading.price(table, where, currency, "from", 1)
    to_minor = reading.whole(table, "to", where, 1, MOST_MINOR)
    if "to" in table and price.amount_minor == to_minor:
        reading.fault(where, "from and to are the same amount.")
    at = table.get("effective_on", date.max)
    if not isinstance(at, date) or (isinstance(at, datetime) and at.tzinfo is None):
        reading.fault(where, "effective_on is a date, or an instant with its offset from UTC.")
        at = date.max
    instant = at if isinstance(at, datetime) else None
    return FileChange(
        plan=reading.text(table, "plan", where, 64), price=price, to_minor=to_minor,
        effective_on=None if instant else at, effective_at=instant, where=where,
    )  # fmt: skip


def write(file: CatalogueFile) -> str:
    """Write what `read` reads back as the same."""
    lines = ["# Amounts are minor units. What is left out of a section is withdrawn by `refill catalogue apply`."]
    lines += [f"{name} = []" for name, rows in (("plans", file.plans), ("packs", file.packs)) if rows == ()]
    for plan in file.plans or ():
        features = ", ".join(map(_toml, plan.features))
        limits = ", ".join(f"{_key(name)} = {_toml(most)}" for name, most in plan.limits)
        lines += [
            "", "[[plans]]", f"code = {_toml(plan.code)}", f"name = {_toml(plan.name)}", f"rank = {plan.rank}",
            f"features = [{features}]", f"limits = {{ {limits} }}" if limits else "limits = {}", "prices = [",
        ]  # fmt: skip
        for price in plan.prices:
            said = f'interval = "{price.interval}", credits = {price.credits}, amount = {price.amount_minor}'
            lines.append(f'  {{ {said}, currency = "{price.currency}" }},')
        lines.append("]")
    for pack in file.packs or ():
        lines += ["", "[[packs]]", f"credits = {pack.credits}", f"amount = {pack.amount_minor}"]
        lines.append(f'currency = "{pack.currency}"')
    for change in file.changes:
        price, at = change.price, change.effective_on or change.effective_at
        assert at is not None
        lines += [
            "", "[[price_changes]]", f"plan = {_toml(change.plan)}", f'interval = "{price.interval}"',
            f"credits = {price.credits}", f'currency = "{price.currency}"', f"from = {price.amount_minor}",
            f"to = {change.to_minor}", f"effective_on = {at.isoformat()}",
        ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    return name if re.fullmatch("[A-Za-z0-9_-]+", name) else _toml(name)


def _toml(value: str | int) -> str:
    """A text or number as TOML: JSON's form of it, but for the one character that JSON leaves bare."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
