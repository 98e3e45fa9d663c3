"""Catalogue versions: a file compared with what is on offer; applying adds and withdraws rows (RULES §4.9)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

from django.db import transaction
from django.db.models import Q

from refill.domain.errors import Conflict, Invalid, Refusal
from refill.domain.modes import MODES
from refill.domain.money import say_money
from refill.domain.records import Actor
from refill.gateways import clock
from refill.models import Pack, Plan, Price
from refill.models.price_changes import PriceChange
from refill.services.recording import audit
from refill.services.selling import price_changes
from refill.services.selling.catalogue_file import CatalogueFile, FileChange, FilePack, FilePlan, FilePrice
from refill.services.selling.price_changes import Announcement

Verb = Literal["add", "withdraw", "change", "announce"]


@dataclass(frozen=True, slots=True)
class Step:
    """One difference, for people. `accounts` are on its prices now: they stay, or are announced to."""

    verb: Verb
    what: str
    accounts: int | None = None


@dataclass(slots=True)
class Comparison:
    """What applying a file does: the steps to show, and the rows to add and withdraw."""

    steps: list[Step] = field(default_factory=list)
    plans_out: list[Plan] = field(default_factory=list)
    prices_out: list[Price] = field(default_factory=list)
    packs_out: list[Pack] = field(default_factory=list)
    plans_in: list[FilePlan] = field(default_factory=list)
    prices_in: list[tuple[Plan, FilePrice]] = field(default_factory=list)
    packs_in: list[FilePack] = field(default_factory=list)
    announcements: list[Announcement] = field(default_factory=list)

    @property
    def mark(self) -> str:
        """The same for the same steps alone: what was shown is what is done."""
        return sha256(repr(self.steps).encode()).hexdigest()


def compare(file: CatalogueFile, mode: str) -> Comparison:
    """Say what applying the file would do to one mode's rows. Raises Invalid, Conflict."""
    _demand_mode(mode)
    found = Comparison()
    if file.plans is not None:
        _compare_plans(found, file.plans, mode)
    if file.packs is not None:
        _compare_packs(found, file.packs, mode)
    for change in file.changes:
        _compare_change(found, change, mode)
    return found


def apply(*, actor: Actor, file: CatalogueFile, mode: str = "both", mark: str | None = None) -> Comparison:
    """Do it all in one transaction, and return what was done; a second time there is nothing to do.

    Rows are added and withdrawn, never edited; those on a withdrawn price stay on it (RULES §4.9). With the `mark` of a
    comparison, only where it does exactly that. Raises as `compare`, and Conflict where it does not.
    """
    with transaction.atomic(durable=True):
        price_changes.lock_prices()
        now = clock.now()
        found = compare(file, mode)
        if mark is not None and found.mark != mark:
            raise Conflict("The catalogue has changed meanwhile. Look at the changes again.")
        _withdraw(found, actor, now)
        for plan in found.plans_in:
            _add_plan(plan, mode, actor, now)
        for row, price in found.prices_in:
            _add_price(row, price, mode, actor, now)
        for pack in found.packs_in:
            kept = Pack.objects.create(
                credits=pack.credits, amount_minor=pack.amount_minor, currency=pack.currency, mode=mode, created_at=now
            )
            audit(None, now, actor, "catalogue.pack_added", subject=str(kept.pk), after=_facts(kept))
        for announcement in found.announcements:
            price_changes.announce(announcement, actor, now)
    price_changes.finish()
    return found


def show(mode: str = "both") -> CatalogueFile:
    """What is on offer in one mode, and the price changes to come."""
    _demand_mode(mode)
    plans = tuple(
        FilePlan(
            row.code, row.name, row.rank, tuple(row.features), tuple(sorted(row.limits.items())),
            tuple(sorted({_price_of(price) for price in prices})),
        )
        for row, prices in _offered_plans(mode)
    )  # fmt: skip
    now = clock.now()
    changes = {}
    rows = PriceChange.objects.select_related("from_price__plan", "to_price").filter(
        from_price__mode=mode, withdrawn_at=None
    )
    for row in rows.filter(Q(effective_on__gt=now.date()) | Q(effective_at__gt=now)).order_by("pk"):
        price = _price_of(row.from_price)
        changes[row.from_price.plan.code, price] = FileChange(
            plan=row.from_price.plan.code, price=price, to_minor=row.to_price.amount_minor,
            effective_on=row.effective_on, effective_at=row.effective_at,
        )  # fmt: skip
    packs = tuple(sorted({_pack_of(row) for row in _offered_packs(mode)}))
    return CatalogueFile(plans, packs, tuple(changes.values()))


def _demand_mode(mode: str) -> None:
    if mode not in MODES:
        raise Invalid(f"mode is one of {', '.join(MODES)}.", param="mode")


def _compare_plans(found: Comparison, plans: tuple[FilePlan, ...], mode: str) -> None:
    present = {row.code: (row, prices) for row, prices in _offered_plans(mode)}
    for plan in plans:
        if plan.code not in present:
            found.plans_in.append(plan)
            found.steps.append(Step("add", f"plan {plan.code}: {plan.name}"))
            found.steps += [Step("add", price.said(plan.code)) for price in plan.prices]
            continue
        row, prices = present.pop(plan.code)
        changed = _changed(row, plan)
        if changed:
            every = list(Price.objects.filter(plan=row, withdrawn_at=None))
            found.plans_out.append(row)
            found.prices_out += every
            found.plans_in.append(plan)
            said = f"plan {plan.code}: {', '.join(changed)}; a new version, with its prices"
            found.steps.append(Step("change", said, price_changes.count_on([price.pk for price in every])))
            _tell_prices(found, plan.code, every, plan.prices)
        else:
            wanted = set(plan.prices)
            out = [price for price in prices if _price_of(price) not in wanted]
            found.prices_out += out
            here = {_price_of(price) for price in prices}
            found.prices_in += [(row, price) for price in plan.prices if price not in here]
            _tell_prices(found, plan.code, prices, plan.prices)
    for row, _ in present.values():
        every = list(Price.objects.filter(plan=row, withdrawn_at=None))
        found.plans_out.append(row)
        found.prices_out += every
        found.steps.append(Step("withdraw", f"plan {row.code}: {row.name}"))
        _tell_prices(found, row.code, every, ())


def _tell_prices(found: Comparison, code: str, rows: list[Price], wanted: tuple[FilePrice, ...]) -> None:
    """The steps of one plan's prices; one price for another of the same step is a changed amount."""
    here: dict[FilePrice, list[int]] = {}
    for row in rows:
        here.setdefault(_price_of(row), []).append(row.pk)
    gone = [price for price in sorted(here) if price not in wanted]
    new = [price for price in wanted if price not in here]
    out, into = Counter(price.step for price in gone), Counter(price.step for price in new)
    alone = {step for step in out if out[step] == into[step] == 1}
    became = {price.step: price for price in new if price.step in alone}
    for price in gone:
        accounts = price_changes.count_on(here[price])
        if price.step in alone:
            now = say_money(became[price.step].amount_minor, price.currency)
            found.steps.append(Step("change", f"{price.said(code)} → {now}", accounts))
        else:
            found.steps.append(Step("withdraw", price.said(code), accounts))
    found.steps += [Step("add", price.said(code)) for price in new if price.step not in alone]


def _compare_packs(found: Comparison, packs: tuple[FilePack, ...], mode: str) -> None:
    rows = _offered_packs(mode)
    here = {_pack_of(row) for row in rows}
    found.packs_out = [row for row in rows if _pack_of(row) not in packs]
    found.packs_in = [pack for pack in packs if pack not in here]
    found.steps += [Step("withdraw", pack.said) for pack in sorted(here - set(packs))]
    found.steps += [Step("add", pack.said) for pack in found.packs_in]


def _compare_change(found: Comparison, change: FileChange, mode: str) -> None:
    price, said = change.price, change.price.said(change.plan)
    rows = Price.objects.filter(
        plan__code=change.plan, plan__mode=mode, mode=mode, interval=price.interval, credits=price.credits,
        currency=price.currency, amount_minor=price.amount_minor,
    ).select_related("plan")  # fmt: skip
    out = {row.pk for row in found.prices_out}
    kept = [row for row in rows if row.withdrawn_at is None and row.plan.withdrawn_at is None and row.pk not in out]
    coming = [new for plan, new in found.prices_in if plan.code == change.plan]
    coming += [new for plan in found.plans_in if plan.code == change.plan for new in plan.prices]
    if not rows:
        raise Invalid(f"{change.where}: there never was {said}.")
    if kept or price in coming:
        raise Invalid(f"{change.where}: {said} is on offer. Give its plan another amount, or leave the price out.")
    try:
        announcement = price_changes.plan(
            list(rows), to_minor=change.to_minor, effective_on=change.effective_on, effective_at=change.effective_at
        )
    except Refusal as refusal:
        refusal.detail = f"{change.where}: {refusal.detail}"
        raise
    if announcement.from_prices:
        found.announcements.append(announcement)
        to, at = say_money(change.to_minor, price.currency), change.effective_on or change.effective_at
        accounts = price_changes.count_on([row.pk for row in announcement.from_prices])
        found.steps.append(Step("announce", f"{said} → {to} from {at}", accounts))


def _withdraw(found: Comparison, actor: Actor, now: datetime) -> None:
    rows: list[tuple[str, Plan | Price | Pack]] = [
        *(("plan", plan) for plan in found.plans_out), *(("price", price) for price in found.prices_out),
        *(("pack", pack) for pack in found.packs_out),
    ]  # fmt: skip
    for kind, row in rows:
        row.withdrawn_at = now
        row.save(update_fields=["withdrawn_at"])
        audit(None, now, actor, f"catalogue.{kind}_withdrawn", subject=str(row.pk), before=_facts(row))


def _add_plan(plan: FilePlan, mode: str, actor: Actor, now: datetime) -> None:
    row = Plan.objects.create(
        code=plan.code, name=plan.name, rank=plan.rank, features=list(plan.features), limits=dict(plan.limits),
        mode=mode, created_at=now,
    )  # fmt: skip
    audit(None, now, actor, "catalogue.plan_added", subject=str(row.pk), after=_facts(row))
    for price in plan.prices:
        _add_price(row, price, mode, actor, now)


def _add_price(plan: Plan, price: FilePrice, mode: str, actor: Actor, now: datetime) -> None:
    row = Price.objects.create(
        plan=plan, interval=price.interval, credits=price.credits, amount_minor=price.amount_minor,
        currency=price.currency, mode=mode, created_at=now,
    )  # fmt: skip
    audit(None, now, actor, "catalogue.price_added", subject=str(row.pk), after=_facts(row))


def _facts(row: Plan | Price | Pack) -> dict[str, Any]:
    if isinstance(row, Plan):
        return {"code": row.code, "name": row.name, "rank": row.rank, "features": row.features, "limits": row.limits}
    said: dict[str, Any] = {"credits": row.credits, "amount_minor": row.amount_minor, "currency": row.currency}
    return {"plan": row.plan_id, "interval": row.interval} | said if isinstance(row, Price) else said


def _offered_plans(mode: str) -> list[tuple[Plan, list[Price]]]:
    """The mode's own plans on offer, lowest first, each with the mode's own prices on offer."""
    plans = Plan.objects.filter(mode=mode, withdrawn_at=None).order_by("rank", "id")
    prices = Price.objects.filter(mode=mode, withdrawn_at=None).order_by("id")
    return [(plan, list(prices.filter(plan=plan))) for plan in plans]


def _offered_packs(mode: str) -> list[Pack]:
    return list(Pack.objects.filter(mode=mode, withdrawn_at=None).order_by("credits", "id"))


def _changed(row: Plan, plan: FilePlan) -> list[str]:
    pairs = {
        "name": (row.name, plan.name),
        "rank": (row.rank, plan.rank),
        "features": (row.features, list(plan.features)),
        "limits": (row.limits, dict(plan.limits)),
    }
    return [f"{name} {_say(was)} → {_say(now)}" for name, (was, now) in pairs.items() if was != now]


def _say(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {each}" for name, each in sorted(value.items())) or "none"
    return (", ".join(value) or "none") if isinstance(value, list) else str(value)


def _price_of(row: Price) -> FilePrice:
    return FilePrice(row.interval, row.credits, row.amount_minor, row.currency)


def _pack_of(row: Pack) -> FilePack:
    return FilePack(row.credits, row.amount_minor, row.currency)
