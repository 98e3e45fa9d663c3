"""Auto-recharge: what is asked for, how it stands, and its decisions (RULES §5)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from refill.api.shapes.parts import CreditsIn, IdText, In, Instant, Money, MoneyIn, Out, id_or_none, money, words
from refill.domain import ids
from refill.domain.recharge import MOST_PER_DAY, Saving
from refill.queries.recharge import Advice, DecisionRow

PerDay = Annotated[int, Field(strict=True, ge=1, le=MOST_PER_DAY)]
STATES = ("off", "ready", "charging", "retrying", "needs_action", "capped", "stopped")
REASONS = (
    "fired", "declined", "dropped", "not_sent", "needs_action", "day_cap", "month_cap", "gap_above_month_cap",
    "breaker_open", "no_card", "recharge_open", "account_closed",
)  # fmt: skip
CAUSES = ("spend", "hold", "debit", "refused", "saved", "settled", "card", "cap", "charge", "retry")


class AutoRechargeIn(In):
    """The rule. What is left out stays as it was. `consent` is the sentence that the answer to a call without it gives.

    A card that is left out stays as it was too; null gives its part up (the default card is charged then).
    """

    enabled: Annotated[bool, Field(strict=True)]
    threshold: CreditsIn | None = None
    pack: IdText | None = None
    max_per_day: PerDay | None = None
    max_per_month: MoneyIn | None = None
    payment_method: IdText | None = None
    backup_payment_method: IdText | None = None
    consent: Annotated[str, Field(strict=True, max_length=1_000)] | None = None


class Asked(BaseModel):
    """Values to read the sentence for; those left out are the account's own, or those offered."""

    threshold: int | None = Field(None, ge=1, le=1_000_000_000)
    pack: str | None = Field(None, max_length=64)
    max_per_day: int | None = Field(None, ge=1, le=MOST_PER_DAY)
    max_per_month: int | None = Field(None, ge=1, le=10**12, description="Minor units of the account's currency.")


class Saved(Out):
    """The same credits, cheaper."""

    pack: str | None = None
    price: str | None = None
    quantity: int
    credits: int
    paid: Money
    would_pay: Money
    saved: Money

    @classmethod
    def of(cls, saving: Saving | None, currency: str, prefix: Literal["pack", "price"]) -> Saved | None:
        if saving is None:
            return None
        return cls(
            **{prefix: ids.encode(prefix, saving.id)}, quantity=saving.quantity, credits=saving.credits,
            paid=money(saving.paid_minor, currency),
            would_pay=money(saving.would_pay_minor, currency), saved=money(saving.saved_minor, currency),
        )  # fmt: skip


class RechargeAdvice(Out):
    """A day of three recharges or more: a larger pack for that day, a larger plan for this period."""

    on: date
    recharges: int
    credits: int
    paid: Money
    pack: Saved | None
    plan: Saved | None

    @classmethod
    def of(cls, row: Advice, currency: str) -> RechargeAdvice:
        return cls(
            on=row.on, recharges=row.recharges, credits=row.credits, paid=money(row.paid_minor, currency),
            pack=Saved.of(row.pack, currency, "pack"), plan=Saved.of(row.plan, currency, "price"),
        )  # fmt: skip


class AutoRecharge(Out):
    """How it stands. `sentence` is what saving these values asks consent to; `consent` what was agreed to last.

    `fires_now`: saving charges (GET), or did (PUT), at once. Without a rule of its own the account is shown one to
    begin with. `today` and `this_month` count recharges open, unknown and settled, with tax.
    """

    enabled: bool
    threshold: int
    pack: str | None
    max_per_day: int
    max_per_month: Money
    payment_method: str | None
    backup_payment_method: str | None
    sentence: str | None
    fires_now: bool
    warnings: list[str]
    consent: str | None
    consented_by: str | None
    consented_at: Instant | None
    state: Annotated[str, words(*STATES)]
    reason: str | None
    until: Instant | None
    broken_payment_methods: list[str]
    order: str | None
    action_url: str | None
    today: int
    this_month: Money
    advice: RechargeAdvice | None


class RechargeDecision(Out):
    """Fired; or not, and why. `entry` is the debit that was the cause, `amount` what closing the gap costs with tax."""

    at: Instant
    fired: bool
    reason: Annotated[str, words(*REASONS)]
    cause: Annotated[str, words(*CAUSES)]
    entry: str | None
    available: int
    threshold: int
    required: int | None
    gap: int
    packs: int
    amount: Money
    order: str | None
    until: Instant | None

    @classmethod
    def of(cls, account_id: int, row: DecisionRow) -> RechargeDecision:
        entry = None if row.entry_seq is None else ids.encode("ent", account_id, row.entry_seq)
        return cls(
            at=row.at, fired=row.reason == "fired", reason=row.reason, cause=row.cause, entry=entry,
            available=row.available, threshold=row.threshold, required=row.required, gap=row.gap, packs=row.packs,
            amount=money(row.amount_minor, row.currency), order=id_or_none("ord", row.order_id), until=row.until,
        )  # fmt: skip
