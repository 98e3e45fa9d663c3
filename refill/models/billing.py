"""Subscriptions, their stored periods, quotes, orders, charges, invoices and cards (RULES §3, §4, §9)."""

from __future__ import annotations

from django.db import models

from refill.domain.payments import card_label
from refill.models.catalogue import Pack, PolicyVersion, Price
from refill.models.people import Account


class PaymentMethod(models.Model):
    """A card kept by the provider; we hold its reference and what a person may see."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="payment_methods", db_index=False)
    gateway = models.CharField(max_length=16)
    reference = models.CharField(max_length=255)
    customer_reference = models.CharField(
        max_length=255, default="", db_default="", help_text="the provider's name of who pays"
    )
    fingerprint = models.CharField(max_length=64, default="")
    brand = models.CharField(max_length=32)
    last4 = models.CharField(max_length=4)
    exp_month = models.SmallIntegerField()
    exp_year = models.SmallIntegerField()
    is_default = models.BooleanField(default=False)
    is_recharge = models.BooleanField(default=False)
    is_backup = models.BooleanField(default=False)
    expires_at = models.GeneratedField(
        expression=models.Func(
            "exp_year", "exp_month", function="make_timestamp",
            template="((%(function)s(%(expressions)s, 1, 0, 0, 0) + interval '1 month') at time zone 'UTC')",
        ),
        output_field=models.DateTimeField(), db_persist=True,
    )  # fmt: skip
    expiry_told_at = models.DateTimeField(null=True, help_text="when people were told that it expires")
    created_at = models.DateTimeField()
    renewed_at = models.DateTimeField(null=True, help_text="when the bank last gave it another number or date")
    removed_at = models.DateTimeField(null=True)
    forgotten_at = models.DateTimeField(null=True, help_text="when the provider was told that it is removed")

    class Meta:
        constraints = [
            models.UniqueConstraint("account", "id", name="card_in_account"),
            models.UniqueConstraint(
                "account", condition=models.Q(is_default=True, removed_at__isnull=True), name="one_default_card"
            ),
            models.UniqueConstraint(
                "account", condition=models.Q(is_recharge=True, removed_at__isnull=True), name="one_recharge_card"
            ),
            models.UniqueConstraint(
                "account", condition=models.Q(is_backup=True, removed_at__isnull=True), name="one_backup_card"
            ),
        ]
        indexes = [
            models.Index(
                "expires_at", name="card_to_tell",
                condition=models.Q(expiry_told_at__isnull=True, removed_at__isnull=True)
                & (models.Q(is_default=True) | models.Q(is_recharge=True) | models.Q(is_backup=True)),
            )
        ]  # fmt: skip

    @property
    def label(self) -> str:
        """Visa ending 4242."""
        return card_label(self.brand, self.last4)


class Subscription(models.Model):
    """What an account is on, from one anchor. A new anchor ends the row and starts another (RULES §3.3)."""

    class Status(models.TextChoices):
        TRIALING = "trialing"
        ACTIVE = "active"
        PAST_DUE = "past_due"
        SUSPENDED = "suspended"
        CANCELED = "canceled"

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="subscriptions", db_index=False)
    status = models.CharField(max_length=10, choices=Status.choices)
    price = models.ForeignKey(Price, on_delete=models.PROTECT, related_name="+")
    anchor_wall = models.DateTimeField(help_text="the wall clock of the anchor in its zone, written as if UTC")
    anchor_zone = models.CharField(max_length=64)
    anchor_at = models.DateTimeField(help_text="the instant of boundary 0")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end_told_at = models.DateTimeField(null=True, help_text="when people were told that it has ended")
    cancel_at = models.DateTimeField(null=True, help_text="it ends with this boundary instead of renewing")
    cancel_asked_at = models.DateTimeField(null=True)
    purchased_until = models.DateTimeField(null=True, help_text="how long bought credits are kept after cancel_at")
    scheduled_price = models.ForeignKey(Price, null=True, on_delete=models.PROTECT, related_name="+")
    scheduled_at = models.DateTimeField(null=True)
    scheduled_by = models.CharField(max_length=200, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint("account", "id", name="subscription_in_account"),
            models.UniqueConstraint("account", condition=models.Q(ended_at__isnull=True), name="one_subscription"),
        ]
        indexes = [
            models.Index(
                "ended_at", name="end_to_tell", condition=models.Q(ended_at__isnull=False, end_told_at__isnull=True)
            )
        ]


class Period(models.Model):
    """One half-open stretch. Stored some ahead as `upcoming`, with what its boundary will do."""

    class State(models.TextChoices):
        UPCOMING = "upcoming"
        CURRENT = "current"
        PAST = "past"
        SKIPPED = "skipped"

    class Paid(models.TextChoices):
        FREE = "free"
        UNPAID = "unpaid"
        PAID = "paid"
        VOID = "void"

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="periods", db_index=False)
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, related_name="periods", db_constraint=False, db_index=False
    )
    index = models.IntegerField()
    months = models.IntegerField(help_text="months from the anchor to its start; the interval may change on the way")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    full_ends_at = models.DateTimeField(help_text="where it would have ended; shares are of this whole length")
    state = models.CharField(max_length=8, choices=State.choices)
    price = models.ForeignKey(Price, on_delete=models.PROTECT, related_name="+", db_index=False)
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    credits = models.BigIntegerField(help_text="the allowance of its price")
    most_held = models.BigIntegerField(help_text="largest allowance of any price held in this period")
    advance = models.BigIntegerField(default=0, help_text="credits granted at its boundary before it is paid")
    paid = models.CharField(max_length=6, choices=Paid.choices)
    paid_minor = models.BigIntegerField(default=0, help_text="paid and not refunded for the plan in this period")
    billed = models.BooleanField(default=False, help_text="its renewal is taken care of by the worker")
    notice_at = models.DateTimeField(null=True, help_text="when people are told what comes with its end; none: told")
    month_at = models.DateTimeField(null=True, help_text="when the next month of a year is told; none: no more")
    advance_settled = models.BooleanField(default=False, help_text="what its unpaid advance gave is accounted for")
    advance_made_up = models.BigIntegerField(default=0, db_default=0, help_text="credits of it accounted for so far")

    class Meta:
        constraints = [
            models.UniqueConstraint("account", "id", name="period_in_account"),
            models.UniqueConstraint("subscription", "index", name="period_once"),
            models.UniqueConstraint("account", condition=models.Q(state="current"), name="one_current_period"),
            models.CheckConstraint(condition=models.Q(ends_at__gte=models.F("starts_at")), name="period_half_open"),
        ]
        indexes = [
            models.Index("price", name="period_at_price", condition=models.Q(state="upcoming")),
            models.Index("notice_at", name="period_to_tell", condition=models.Q(notice_at__isnull=False)),
            models.Index("month_at", name="period_month_to_tell", condition=models.Q(month_at__isnull=False)),
            models.Index(
                "starts_at", name="period_to_bill", condition=models.Q(billed=False) & ~models.Q(state="upcoming")
            ),
        ]


class AddOn(models.Model):
    """Paid extras beyond the plan: seats or numbers, following the subscription's interval."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="add_ons", db_index=False)
    kind = models.CharField(max_length=8)
    quantity = models.IntegerField()
    quantity_at_renewal = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint("account", "kind", name="add_on_once"),
            models.CheckConstraint(
                condition=models.Q(quantity__gte=0, quantity_at_renewal__gte=0), name="add_on_not_negative"
            ),
        ]


class Quote(models.Model):
    """A stored offer with its exact consequences. Lives 30 minutes (RULES §4.1)."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="quotes", db_index=False)
    kind = models.CharField(max_length=16)
    request = models.JSONField()
    offer = models.JSONField(help_text="lines, tax, recurring, credits, warnings: what was shown")
    plan = models.JSONField(help_text="what the effect needs: price, period, grants as they stood")
    basis = models.JSONField(help_text="what it was computed from; any difference makes it stale")
    due_now_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    payment_method = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=200)
    effective_at = models.DateTimeField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("account", "id", name="quote_in_account"),
            models.CheckConstraint(condition=models.Q(due_now_minor__gte=0), name="quote_not_negative"),
        ]


class Order(models.Model):
    """An accepted quote, or what the product itself does on consent: start, renewal, recharge."""

    class Status(models.TextChoices):
        PROCESSING = "processing"
        NEEDS_ACTION = "needs_action"
        SUCCEEDED = "succeeded"
        DECLINED = "declined"
        REFUNDED = "refunded"

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="orders", db_index=False)
    kind = models.CharField(max_length=16)
    quote = models.OneToOneField(Quote, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="order")
    period = models.ForeignKey(
        Period, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="orders", db_index=False
    )
    status = models.CharField(max_length=12, choices=Status.choices)
    amount_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    plan = models.JSONField(help_text="what its effect needs, copied from the quote")
    lines = models.JSONField()
    tax_lines = models.JSONField(default=list)
    credited_from = models.JSONField(
        default=list, db_default=[], help_text="whose money it credits: [order, minor units, plan or kind of extras]"
    )
    actor = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    tries = models.IntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, help_text="when the ladder of RULES §9.4 tries again")

    class Meta:
        constraints = [
            models.UniqueConstraint("account", "id", name="order_in_account"),
            models.UniqueConstraint("period", condition=models.Q(kind="renewal"), name="one_renewal_a_period"),
            models.UniqueConstraint(
                "account",
                condition=models.Q(kind="recharge")
                & (
                    models.Q(status__in=["processing", "needs_action"])
                    | models.Q(status="declined", next_try_at__isnull=False)
                ),
                name="one_open_recharge",
            ),
        ]
        indexes = [
            models.Index("account", "id", name="order_by_account"),
            models.Index("next_try_at", name="order_to_try", condition=models.Q(next_try_at__isnull=False)),
        ]


class Charge(models.Model):
    """One intent to take money: one row, one provider key (RULES §9.1, §9.2)."""

    class State(models.TextChoices):
        CREATED = "created"
        SENT = "sent"
        SUCCEEDED = "succeeded"
        DECLINED = "declined"
        NEEDS_ACTION = "needs_action"
        UNKNOWN = "unknown"

    UNDECIDED = (State.CREATED, State.SENT, State.NEEDS_ACTION, State.UNKNOWN)

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="charges", db_index=False)
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, db_constraint=False, related_name="charges", db_index=False
    )
    payment_method = models.ForeignKey(
        PaymentMethod, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+", db_index=False
    )
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    provider_key = models.CharField(max_length=64, unique=True)
    confirm_key = models.CharField(max_length=255, null=True, help_text="the idempotency key that asked for it")
    provider_reference = models.CharField(max_length=255, default="")
    state = models.CharField(max_length=12, choices=State.choices, default=State.CREATED)
    decline_code = models.CharField(max_length=64, default="")
    decline_final = models.BooleanField(default=False)
    action_url = models.CharField(max_length=500, default="")
    attention = models.CharField(
        max_length=80, default="", db_default="", help_text="why a person must look: unanswered, differs: …"
    )
    refund_due_minor = models.BigIntegerField(default=0, help_text="what is to be given back in all")
    refunded_minor = models.BigIntegerField(default=0)
    refund_try_at = models.DateTimeField(null=True, help_text="when the provider is asked again to give back")
    disputed_minor = models.BigIntegerField(default=0, help_text="what the customer's bank has taken back")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    asks = models.IntegerField(default=0)
    next_ask_at = models.DateTimeField(null=True, help_text="when the provider is asked again")
    leased_until = models.DateTimeField(null=True, help_text="real time; whoever works on it")
    fence = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint("account", "id", name="charge_in_account"),
            models.UniqueConstraint(
                "order",
                condition=models.Q(state__in=["created", "sent", "needs_action", "unknown"]),
                name="one_undecided_charge",
            ),
            models.UniqueConstraint("order", condition=models.Q(state="succeeded"), name="one_settled_charge"),
            models.CheckConstraint(
                condition=models.Q(amount_minor__gt=0, refunded_minor__gte=0)
                & models.Q(refunded_minor__lte=models.F("refund_due_minor"))
                & models.Q(disputed_minor__gte=0)
                & models.Q(refund_due_minor__lte=models.F("amount_minor") - models.F("disputed_minor")),
                name="charge_positive",
            ),
        ]
        indexes = [
            models.Index("account", "order", name="charge_by_order"),
            models.Index("next_ask_at", name="charge_to_ask", condition=models.Q(next_ask_at__isnull=False)),
            models.Index("refund_try_at", name="charge_to_refund", condition=models.Q(refund_try_at__isnull=False)),
            models.Index("provider_reference", name="charge_by_reference", condition=~models.Q(provider_reference="")),
            models.Index("id", name="charge_for_a_person", condition=~models.Q(attention="")),
        ]


class InvoiceSeries(models.Model):
    """The counter of gapless invoice numbers; its row is locked by whoever finalises."""

    name = models.CharField(primary_key=True, max_length=16)
    last = models.BigIntegerField(default=0)


class Invoice(models.Model):
    """A final document; never changed but for its payment state: a trigger refuses it (RULES §9.5)."""

    class Status(models.TextChoices):
        OPEN = "open"
        PAID = "paid"
        VOID = "void"

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="invoices", db_index=False)
    order = models.OneToOneField(Order, on_delete=models.PROTECT, db_constraint=False, related_name="invoice")
    series = models.ForeignKey(InvoiceSeries, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.BigIntegerField()
    status = models.CharField(max_length=4, choices=Status.choices)
    lines = models.JSONField()
    tax_lines = models.JSONField(default=list)
    subtotal_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    buyer = models.JSONField(default=dict, help_text="the billing details as they were")
    seller = models.JSONField(default=dict, help_text="who sold, as settings said")
    hash = models.BinaryField(default=b"", help_text="of all that never changes; the database computes it")
    finalized_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("account", "id", name="invoice_in_account"),
            models.UniqueConstraint("series", "number", name="invoice_number_once"),
            models.CheckConstraint(
                condition=models.Q(total_minor=models.F("subtotal_minor") + models.F("tax_minor")),
                name="invoice_adds_up",
            ),
        ]
        indexes = [models.Index("account", "id", name="invoice_by_account")]


__all__ = [
    "AddOn", "Charge", "Invoice", "InvoiceSeries", "Order", "Pack", "PaymentMethod", "Period", "Quote", "Subscription",
]  # fmt: skip
