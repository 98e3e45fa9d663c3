"""Turning auto-recharge on and off, and what has to be agreed to (RULES §5.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from refill.domain.errors import ConsentRequired, Invalid, NoCard
from refill.domain.recharge import Decision, Rule, agrees, cost, decide, faults_of, sentence, warnings_of
from refill.domain.records import Actor, BalanceRead
from refill.models import Account, Order, Pack, PaymentMethod, Recharge
from refill.services.entering import entered
from refill.services.money import recharging, warning
from refill.services.money.notices.recharges import settings_changed
from refill.services.money.recharge_facts import cards_of, open_order, rule_of, standing_of, tax_of
from refill.services.money.situations import modes_of
from refill.services.recording import audit, emit

# What is offered to somebody who has said nothing yet.
THRESHOLD = 400
PACK_CREDITS = 1_000
MAX_PER_DAY = 3
MONTH_PACKS = 5
_PARTS = {"payment_method": "is_recharge", "backup_payment_method": "is_backup"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody wants; None stays as it was, or as offered. `cards` names those to set, or (None) to clear."""

    enabled: bool = True
    threshold: int | None = None
    pack_id: int | None = None
    max_per_day: int | None = None
    max_per_month_minor: int | None = None
    currency: str | None = None
    consent: str = ""
    cards: Mapping[str, int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Preview:
    """What saving would mean now: the sentence to agree to, and the charge that would follow at once."""

    pack_id: int | None
    threshold: int
    max_per_day: int
    max_per_month_minor: int
    currency: str
    sentence: str | None
    warnings: tuple[str, ...]
    fires_now: bool
    fires_minor: int


def preview(*, account_id: int, wanted: Wanted) -> Preview:
    """Say what saving these values would mean. Raises Invalid for values that cannot be saved."""
    with entered(account_id) as balance:
        account = Account.objects.get(pk=account_id)
        values = _values(account, wanted, balance.at)
        if values.pack_id is None:
            return Preview(
                None, values.threshold, values.max_per_day, values.max_per_month_minor, account.currency, None, (),
                False, 0,
            )  # fmt: skip
        rule = rule_of(values)
        if _names_values(wanted):
            _demand_sound(account, rule, wanted, balance.at)
        decision = _would(account, balance, rule)
        fires = decision.reason == "fired"
        return Preview(
            values.pack_id, rule.threshold, rule.max_per_day, rule.max_per_month_minor, rule.currency, sentence(rule),
            tuple(warnings_of(rule, tax_of(account_id, balance.at))), fires, decision.total_minor if fires else 0,
        )  # fmt: skip


def put(*, account_id: int, actor: Actor, wanted: Wanted) -> bool:
    """Save, on consent; say whether a recharge fires because of it. Saving is a person's word: the breaker closes.

    Raises ConsentRequired (with the sentence), Invalid (out of bounds, in conflict), NoCard, Unknown.
    """
    with entered(account_id) as balance:
        account = Account.objects.get(pk=account_id)
        values = _values(account, wanted, balance.at)
        if values.pack_id is None:
            raise Invalid("There is no pack in this account's currency.", param="pack")
        rule = rule_of(values)
        # What was sound once may not be so any more; turning it off is never refused for that.
        if wanted.enabled or _names_values(wanted):
            _demand_sound(account, rule, wanted, balance.at)
        _set_cards(account_id, wanted)
        if wanted.enabled and not cards_of(account_id):
            raise NoCard("Add a card first: there is none to recharge with.")
        if wanted.enabled and not agrees(wanted.consent, rule):
            decision = _would(account, balance, rule)
            raise ConsentRequired(
                "Send the sentence as consent, to the letter.", param="consent", sentence=sentence(rule),
                fires_now=decision.reason == "fired",
            )  # fmt: skip
        fires = wanted.enabled and _would(account, balance, rule).reason == "fired"
        _save(values, rule, actor, balance, wanted.enabled)
    if wanted.enabled:
        recharging.run_due(account_id)
    return fires


def _values(account: Account, wanted: Wanted, now: datetime) -> Recharge:
    """The row as it would be, not saved: what is wanted over what is there over what is offered."""
    row = Recharge.objects.select_related("pack").filter(account_id=account.pk).first()
    if row is None:
        packs = Pack.objects.filter(currency=account.currency, mode__in=modes_of(account), withdrawn_at=None)
        offered = packs.filter(credits=PACK_CREDITS).first() or packs.order_by("credits", "id").first()
        row = Recharge(account_id=account.pk, threshold=THRESHOLD, pack=offered, max_per_day=MAX_PER_DAY)
        row.max_per_month_minor = 0
    if wanted.pack_id is not None and wanted.pack_id != row.pack_id:
        found = Pack.objects.filter(pk=wanted.pack_id, mode__in=modes_of(account), withdrawn_at=None).first()
        if found is None:
            raise Invalid("There is no such pack. GET /v1/packs lists those on offer.", param="pack")
        row.pack = found
    row.threshold = wanted.threshold if wanted.threshold is not None else row.threshold
    row.max_per_day = wanted.max_per_day if wanted.max_per_day is not None else row.max_per_day
    if wanted.max_per_month_minor is not None:
        row.max_per_month_minor = wanted.max_per_month_minor
    elif not row.max_per_month_minor and row.pack_id is not None:
        row.max_per_month_minor = cost(rule_of(row), MONTH_PACKS, tax_of(account.pk, now))[1]
    return row


def _names_values(wanted: Wanted) -> bool:
    named = (wanted.pack_id, wanted.threshold, wanted.max_per_day, wanted.max_per_month_minor)
    return any(value is not None for value in named)


def _demand_sound(account: Account, rule: Rule, wanted: Wanted, now: datetime) -> None:
    if rule.currency != account.currency:
        raise Invalid(f"This account pays in {account.currency.upper()}; choose a pack in it.", param="pack")
    if wanted.currency not in (None, rule.currency):
        said = f"The cap is in {rule.currency.upper()}, like the pack."
        raise Invalid(said, param="max_per_month.currency")
    for param, why in faults_of(rule, tax_of(account.pk, now)):
        raise Invalid(why, param=param)


def _would(account: Account, balance: BalanceRead, rule: Rule) -> Decision:
    """What saving does at once. A recharge that is declined or waits for the customer gives way to it."""
    order = open_order(account.pk)
    is_open = order is not None and order.status == Order.Status.PROCESSING
    return decide(rule, standing_of(account, balance, 0, [], is_open=is_open))


def _set_cards(account_id: int, wanted: Wanted) -> None:
    cards = PaymentMethod.objects.filter(account_id=account_id, removed_at=None)
    named = [card_id for card_id in wanted.cards.values() if card_id is not None]
    if len(set(named)) < len(named):
        raise Invalid("The backup is another card than the first.", param="backup_payment_method")
    for param, card_id in wanted.cards.items():
        part = _PARTS[param]
        if card_id is not None and not cards.filter(pk=card_id).exists():
            raise Invalid("There is no such card.", param=param)
        cards.filter(**{part: True}).exclude(pk=card_id or 0).update(**{part: False})
        cards.filter(pk=card_id or 0).update(**{part: True})


def turn_off(*, account_id: int, actor: Actor, balance: BalanceRead) -> None:
    """Turn it off within the transaction that holds the account; nothing where it is off."""
    row = Recharge.objects.select_related("pack").filter(account_id=account_id, enabled=True).first()
    if row is not None:
        _save(row, None, actor, balance, False)


def _save(row: Recharge, rule: Rule | None, actor: Actor, balance: BalanceRead, enabled: bool) -> None:
    account_id, now = row.account_id, balance.at
    before = _shown(Recharge.objects.select_related("pack").filter(account_id=account_id).first())
    row.enabled = enabled
    if enabled and rule is not None:
        row.consent, row.consent_by, row.consent_at = sentence(rule), actor.label, now
        row.look_at, row.look_cause, row.reason, row.reason_until, row.broken = now, "saved", "", None, []
        row.told = [mark for mark in row.told if mark != "no_card"]
    else:
        row.look_at, row.look_cause, row.reason, row.reason_until = None, "", "", None
        Order.objects.filter(account_id=account_id, kind="recharge", status="declined").update(next_try_at=None)
    row.save()
    warning.watch(account_id, row.threshold if enabled else None)
    after = _shown(row)
    audit(account_id, now, actor, "auto_recharge.changed", subject=str(account_id), before=before, after=after)
    emit(account_id, now, "auto_recharge.changed", enabled=enabled, threshold=row.threshold, pack=row.pack_id)
    settings_changed(row, before, actor, now)


def _shown(row: Recharge | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "enabled": row.enabled, "threshold": row.threshold, "pack": row.pack_id, "max_per_day": row.max_per_day,
        "max_per_month_minor": row.max_per_month_minor, "consent": row.consent, "consent_by": row.consent_by,
        "cards": [card.pk for card in cards_of(row.account_id)],
    }  # fmt: skip
